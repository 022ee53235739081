//! Decides on what is asked of healing, and on fixes that wait for a person's word.

use triad_event::Event as AnyEvent;
use triad_event::healing::{Ask, ConfigurationOffered, HealingEnded, NotHealed};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Micros;

use super::facts::Facts;
use super::patients::Proposal;
use super::reaction::Reaction;
use super::refusal::{FIX_ROLES, Refusal};
use super::treatment::{applied, within_limits};
use crate::decision::Decision;
use crate::limits::{OFFERED_MAX, OFFERED_NAME_BYTES_MAX, RULES_BYTES_MAX, check_reason};
use crate::ports::wakes::Wake;

/// Decides on what is asked.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let workflow = WorkflowId::from(stream);
    let event: AnyEvent = match ask {
        Ask::SetRules(set) => {
            check_reason(&set.reason)?;
            if set.document.len() > RULES_BYTES_MAX {
                return Err(Refusal::RulesTooLong);
            }
            (*set).into()
        }
        Ask::RemoveRules(_) if facts.state.rules.is_none() => return Err(Refusal::NoRules),
        Ask::RemoveRules(removed) => {
            check_reason(&removed.reason)?;
            removed.into()
        }
        Ask::OfferConfiguration(offered) => offer(offered)?.into(),
        Ask::ApproveFix(approved) => {
            check_reason(&approved.reason)?;
            may_decide(facts, workflow, approved.task)?;
            approved.into()
        }
        Ask::DeclineFix(declined) => {
            check_reason(&declined.reason)?;
            may_decide(facts, workflow, declined.task)?;
            declined.into()
        }
    };
    Ok(Decision::recorded(stream, event))
}

fn offer(offered: ConfigurationOffered) -> Result<ConfigurationOffered, Refusal> {
    let names = &offered.variables;
    let is_short = |name: &str| !name.is_empty() && name.len() <= OFFERED_NAME_BYTES_MAX;
    let is_sorted = names.is_sorted_by(|before, after| before.name < after.name);
    if names.len() > OFFERED_MAX || !is_sorted || !names.iter().all(|variable| is_short(&variable.name)) {
        return Err(Refusal::Offered);
    }
    Ok(offered)
}

/// Whether whoever asks may decide on a fix: it waits, they did not submit its workflow, and they have one of the roles. Where no
/// credential is known, nobody has a role, and none is asked for.
fn may_decide(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Result<(), Refusal> {
    let plan = facts.tasks.plan(workflow).ok_or(Refusal::WorkflowUnknown { workflow })?;
    let proposal = facts.state.patient(workflow, task).and_then(|patient| patient.proposal.as_deref());
    proposal.filter(|proposal| !proposal.is_decided).ok_or(Refusal::NotWaiting)?;
    let principal = facts.place.principal;
    if plan.requester() == principal {
        return Err(Refusal::RequesterDecides);
    }
    let has_one = |held: &[String]| held.iter().any(|role| FIX_ROLES.contains(&role.as_str()));
    match facts.roles.of(principal) {
        Some(held) if !has_one(held) => Err(Refusal::NotAnApprover),
        Some(_) | None => Ok(()),
    }
}

/// Decides on what is owed by healing.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let (workflow, task) = named(reaction);
    let patient = facts.state.patient(workflow, task)?;
    let Proposal { fix, grounds, .. } = patient.proposal.as_deref()?.clone();
    let allowed = match reaction {
        // Others were applied since it was proposed.
        Reaction::Apply { .. } => within_limits(facts, workflow, patient),
        Reaction::GiveUp { .. } => Err(NotHealed::Declined),
    };
    let event = match allowed {
        Ok(()) => applied(facts, workflow, task, fix, grounds, Micros(0)).into(),
        Err(why) => HealingEnded { task, class: grounds.class, why }.into(),
    };
    Some((workflow.into(), event))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    let (workflow, task) = named(reaction);
    let proposal = facts.state.patient(workflow, task).and_then(|patient| patient.proposal.as_deref());
    proposal.is_some_and(|proposal| proposal.is_decided) && !facts.tasks.is_cancelling(workflow)
}

const fn named(reaction: Reaction) -> (WorkflowId, u32) {
    match reaction {
        Reaction::Apply { workflow, task } | Reaction::GiveUp { workflow, task } => (workflow, task),
    }
}

/// Nobody approved a fix in time.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let (workflow, task) = (WorkflowId::from(wake.stream), u32::try_from(wake.about).ok()?);
    if facts.tasks.is_cancelling(workflow) {
        return Some(triad_event::dag::TaskCancelled { task }.into());
    }
    let proposal = facts.state.patient(workflow, task)?.proposal.as_deref()?;
    let class = proposal.grounds.class;
    Some(HealingEnded { task, class, why: NotHealed::Expired }.into())
}
