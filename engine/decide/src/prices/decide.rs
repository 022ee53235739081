//! Decides what is asked about prices, and whether a task runs or waits for one.

use triad_deferral::{Decision as Decided, Verdict};
use triad_event::Event as AnyEvent;
use triad_event::apart::Apart;
use triad_event::dag::{TaskCancelled, TaskFailed};
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Measure;
use triad_event::intake::Suspension;
use triad_event::prices::{Ask, ReleaseReason, TaskDeferred, TaskReleased};
use triad_event::quantity::{Micros, Millis};

use super::check::{check_carbon, check_carbon_source, check_publication, check_source};
use super::facts::Facts;
use super::question::{Pace, Wants};
use super::reaction::Reaction;
use super::recorded::{estimate, grounds, nothing_known, planned, taken, why_goes_on, why_waits};
use super::refusal::Refusal;
use super::running;
use super::state::{ms, us};
use super::weighing::{Answer, Outlooks};
use crate::decision::Decision;
use crate::limits::{START_MARGIN_MS, check_reason};
use crate::ports::wakes::Wake;

/// Decides on what is asked about prices, which is asked of the installation.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let (price, carbon) = (&facts.state.price, &facts.state.carbon);
    let event: AnyEvent = match ask {
        Ask::SetSource(set) => check_source(*set)?.into(),
        Ask::Publish(published) => {
            check_publication(&published, price, facts.place.at).map(|()| published)?.into()
        }
        Ask::RemoveSource(removed) => {
            price.source.as_ref().ok_or(Refusal::NoSource)?;
            check_reason(&removed.reason)?;
            removed.into()
        }
        Ask::SetCarbonSource(set) => check_carbon_source(&set).map(|()| set)?.into(),
        Ask::PublishCarbon(published) => {
            check_carbon(&published, carbon, facts.place.at).map(|()| published)?.into()
        }
        Ask::RemoveCarbonSource(removed) => {
            carbon.source.as_ref().ok_or(Refusal::NoCarbonSource)?;
            check_reason(&removed.reason)?;
            removed.into()
        }
    };
    Ok(Decision::recorded(StreamId::LOG, event))
}

/// Decides on what is owed by prices.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let (workflow, event) = match reaction {
        Reaction::Decide { workflow, task } | Reaction::Look { workflow, task, .. } => {
            (workflow, look(facts, workflow, task)?)
        }
        Reaction::Pace { workflow, task, request } => {
            (workflow, running::look(facts, workflow, task, request)?)
        }
        Reaction::LookAtRun { workflow, task, .. } => {
            let request = facts.state.runs.get(workflow, task)?.request;
            (workflow, running::look(facts, workflow, task, request)?)
        }
        Reaction::OfferPlace => {
            let (workflow, task, request) = facts.state.runs.first_wanting()?;
            (workflow, running::look(facts, workflow, task, request)?)
        }
    };
    Some((workflow.into(), event))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    match reaction {
        Reaction::Decide { workflow, task } => facts.tasks.is_undecided(workflow, task),
        Reaction::Look { workflow, task, since } => {
            let waits = facts.state.get(workflow, task);
            waits.is_some_and(|waits| waits.decided < since) && !facts.tasks.is_cancelling(workflow)
        }
        Reaction::Pace { workflow, task, request } => {
            let is_new = facts.state.runs.get(workflow, task).is_none_or(|run| run.request != request);
            is_new && running::is_owed(facts, workflow, task, request)
        }
        Reaction::LookAtRun { workflow, task, since } => {
            let run = facts.state.runs.get(workflow, task).filter(|run| run.decided < since);
            run.is_some_and(|run| running::is_owed(facts, workflow, task, run.request))
        }
        Reaction::OfferPlace => {
            let wanting = facts.state.runs.first_wanting();
            let is_owed = |(workflow, task, request)| running::is_owed(facts, workflow, task, request);
            facts.attempts.has_place(true, facts.settings) && wanting.is_some_and(is_owed)
        }
    }
}

/// A task that waits is to be looked at again.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let (workflow, task) = (WorkflowId::from(wake.stream), u32::try_from(wake.about).ok()?);
    if let Some(run) = facts.state.runs.get(workflow, task) {
        return running::look(facts, workflow, task, run.request);
    }
    if facts.tasks.is_cancelling(workflow) {
        return Some(TaskCancelled { task }.into());
    }
    look(facts, workflow, task)
}

/// Whether a task goes on, waits, or must have ended by now.
pub(super) fn look(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<AnyEvent> {
    if facts.tasks.is_late(workflow, task, facts.place.elapsed) {
        let (attempts, _) = facts.tasks.attempts(workflow, task)?;
        return Some(TaskFailed { task, attempts, ending: Ending::DeadlinePassed }.into());
    }
    let worth = facts.tasks.worth(workflow, task)?;
    let estimate = estimate(facts, workflow, task)?;
    let wants = Wants {
        bid: worth.bid,
        weights: worth.weights,
        missing: worth.missing,
        usual: estimate.usual.length,
        longest: estimate.longest.length,
        pace: if worth.may_pause { Pace::Starts } else { Pace::Whole },
    };
    let now_ms = ms(facts.place.at);
    let last = last_safe_start(facts, workflow, task, wants.longest);
    let last_ms = now_ms + ms(Micros(last.0 - facts.place.elapsed.0));
    let (bid, last_safe_start) = (wants.bid, us(last_ms));
    let Some(answer) = facts.state.ask(&wants, last_ms, now_ms, &Outlooks::default()) else {
        let grounds = grounds(&wants, estimate, None, None);
        let optimised = nothing_known(&wants).map(Apart::from);
        let (reason, price) = (ReleaseReason::NoSource, None);
        return Some(TaskReleased { task, reason, bid, price, last_safe_start, grounds, optimised }.into());
    };
    let Answer { decision: Decided { verdict, .. }, price, threshold, optimised } = answer;
    let is_by_prices = optimised.as_ref().is_none_or(|optimised| optimised.decided_by == [Measure::Price]);
    let (price, plan) = (price.map(taken), planned(verdict, now_ms).filter(|_| is_by_prices));
    let (grounds, optimised) = (grounds(&wants, estimate, plan, threshold), optimised.map(Apart::from));
    Some(match verdict {
        Verdict::Execute(reason) => {
            let reason = why_goes_on(reason);
            TaskReleased { task, reason, bid, price, last_safe_start, grounds, optimised }.into()
        }
        Verdict::Defer { reason, look_again_ms } => {
            let (reason, look_again) = (why_waits(reason), us(look_again_ms));
            let suspension = worth.may_pause.then_some(Suspension::Allowed);
            TaskDeferred {
                task,
                reason,
                bid,
                price,
                look_again,
                last_safe_start,
                grounds,
                optimised,
                suspension,
            }
            .into()
        }
    })
}

/// When a task runs whatever the price, in the time that has passed for the log: so that it can take long before its deadline, or
/// after the longest that a task without one waits.
fn last_safe_start(facts: &Facts<'_>, workflow: WorkflowId, task: u32, longest: Millis) -> Micros {
    let Some(due) = facts.tasks.due(workflow, task) else {
        let since = facts.state.since(workflow, task).unwrap_or(facts.place.elapsed);
        return since.after(facts.settings.span(Setting::DeferralMax));
    };
    let before = longest.to_micros().later(Millis(START_MARGIN_MS).to_micros());
    Micros(due.0.saturating_sub(before.0))
}
