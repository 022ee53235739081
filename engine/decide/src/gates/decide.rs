//! Decides when tasks begin to wait, on what is told to them, and what ends their waiting.

use triad_event::Event as AnyEvent;
use triad_event::dag::{TaskCancelled, TaskFailed};
use triad_event::execution::Ending;
use triad_event::gates::{
    ApprovalDeclined, ApprovalGiven, Ask, Closing, GateClosed, GateOpened, REVIEW_ROLES, SignalReceived,
    Wants,
};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::{ApprovalGate, TaskFlow};
use triad_event::quantity::Millis;

use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::Gate;
use crate::decision::Decision;
use crate::image::length;
use crate::limits::{SIGNALS_KEPT_MAX, TEXT_BYTES_MAX, check_reason};
use crate::ports::wakes::Wake;

/// Decides on what is told to a workflow.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let workflow = WorkflowId::from(stream);
    if facts.tasks.plan(workflow).is_none() || facts.tasks.is_cancelling(workflow) {
        return Err(Refusal::WorkflowUnknown { workflow });
    }
    match ask {
        Ask::Signal(received) => signal(facts, workflow, received),
        Ask::Approve(given) => {
            may_decide(facts, workflow, given.task)?;
            approve(facts, workflow, given)
        }
        Ask::Decline(declined) => {
            may_decide(facts, workflow, declined.task)?;
            decline(workflow, declined)
        }
    }
}

fn signal(facts: &Facts<'_>, workflow: WorkflowId, received: SignalReceived) -> Result<Decision, Refusal> {
    let plan = facts.tasks.plan(workflow).ok_or(Refusal::WorkflowUnknown { workflow })?;
    let waits = |flow: &TaskFlow| flow.signal.as_ref().is_some_and(|gate| gate.name == received.name);
    if !plan.flows().any(|(_, flow)| waits(flow)) {
        return Err(Refusal::SignalUnknown { name: received.name });
    }
    check_reason(&received.reason)?;
    if let Some(content) = &received.content {
        if content.sealed.length.0 > TEXT_BYTES_MAX as u64 {
            return Err(Refusal::SignalTooLarge);
        }
        if (content.subject.id, content.subject.slot) != plan.subject {
            return Err(Refusal::OtherSubject { expected: plan.subject(), given: content.subject.id });
        }
    }
    if facts.state.get(workflow).is_some_and(|gates| gates.arrived.len() >= SIGNALS_KEPT_MAX) {
        return Err(Refusal::TooManySignals);
    }
    Ok(Decision::recorded(workflow.into(), received))
}

fn approve(facts: &Facts<'_>, workflow: WorkflowId, given: ApprovalGiven) -> Result<Decision, Refusal> {
    let gate = waiting(facts, workflow, given.task)?;
    if gate.wants == Wants::Review && given.reason.trim().is_empty() {
        return Err(Refusal::NoReason);
    }
    if gate.approved.contains(&facts.place.principal) {
        let needed = approval(facts, workflow, given.task).map_or(0, |gate| gate.needed);
        return Err(Refusal::ApprovedAlready { missing: needed.saturating_sub(length(gate.approved.len())) });
    }
    check_reason(&given.reason)?;
    Ok(Decision::recorded(workflow.into(), given))
}

fn decline(workflow: WorkflowId, declined: ApprovalDeclined) -> Result<Decision, Refusal> {
    check_reason(&declined.reason)?;
    Ok(Decision::recorded(workflow.into(), declined))
}

/// Whether whoever asks may decide on an approval: the task waits for one, they did not submit it, and they have one of the
/// roles.
/// Where no credential is known, nobody has a role, and none is asked for.
fn may_decide(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Result<(), Refusal> {
    waiting(facts, workflow, task)?;
    let principal = facts.place.principal;
    let plan = facts.tasks.plan(workflow).ok_or(Refusal::WorkflowUnknown { workflow })?;
    if plan.requester() == principal {
        return Err(Refusal::RequesterDecides);
    }
    let roles = match approval(facts, workflow, task) {
        Some(gate) => gate.roles.clone(),
        None => REVIEW_ROLES.map(str::to_owned).to_vec(),
    };
    let has_one = |held: &[String]| held.iter().any(|role| roles.contains(role));
    match facts.roles.of(principal) {
        Some(held) if !has_one(held) => Err(Refusal::NotAnApprover { roles }),
        Some(_) | None => Ok(()),
    }
}

/// The gate of a task, if it waits for approval or a review and nobody has decided on it.
fn waiting<'a>(facts: &Facts<'a>, workflow: WorkflowId, task: u32) -> Result<&'a Gate, Refusal> {
    let is_decided_by_people = |gate: &&Gate| matches!(gate.wants, Wants::Approval | Wants::Review);
    let gate = facts.state.gate(workflow, task).filter(is_decided_by_people);
    gate.filter(|gate| !gate.is_declined).ok_or(Refusal::NotWaiting)
}

fn approval<'a>(facts: &Facts<'a>, workflow: WorkflowId, task: u32) -> Option<&'a ApprovalGate> {
    facts.tasks.plan(workflow)?.flow(task)?.approval.as_ref()
}

/// Decides on what is owed by gates.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    match reaction {
        Reaction::Open { workflow, task } => {
            // Deadlines that have come at once pass one after another: its own may follow.
            let event = match facts.tasks.is_late(workflow, task, facts.place.elapsed) {
                true => TaskFailed { task, attempts: 0, ending: Ending::DeadlinePassed }.into(),
                false => open(facts, workflow, task)?.into(),
            };
            Some((workflow.into(), event))
        }
        Reaction::Close { workflow, task } => {
            let how = ripe(facts, workflow, task)?;
            Some((workflow.into(), close(facts, workflow, task, how).into()))
        }
    }
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    match reaction {
        Reaction::Open { workflow, task } => facts.tasks.is_ready(workflow, task),
        Reaction::Close { workflow, task } => {
            ripe(facts, workflow, task).is_some() && !facts.tasks.is_cancelling(workflow)
        }
    }
}

/// A gate ends by itself.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let (workflow, task) = (WorkflowId::from(wake.stream), u32::try_from(wake.about).ok()?);
    if facts.tasks.is_cancelling(workflow) {
        return Some(TaskCancelled { task }.into());
    }
    let how = match facts.state.gate(workflow, task)?.wants {
        Wants::Time => Closing::Elapsed,
        Wants::Signal | Wants::Approval | Wants::Review => Closing::Expired,
    };
    Some(close(facts, workflow, task, how).into())
}

fn open(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<GateOpened> {
    let flow = facts.tasks.plan(workflow)?.flow(task)?;
    let after = |span: &Millis| facts.place.elapsed.after(*span);
    let (wants, signal, due) = match flow {
        TaskFlow { signal: Some(gate), .. } => {
            (Wants::Signal, Some(gate.name.clone()), gate.expires.as_ref().map(after))
        }
        TaskFlow { approval: Some(gate), .. } => (Wants::Approval, None, gate.expires.as_ref().map(after)),
        TaskFlow { wait, .. } => (Wants::Time, None, Some(after(wait.as_ref().unwrap_or(&Millis(0))))),
    };
    Some(GateOpened { task, wants, signal, due })
}

/// What ends a gate, if it is there.
fn ripe(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<Closing> {
    let gates = facts.state.get(workflow)?;
    let gate = gates.open.get(&task)?;
    match gate.wants {
        Wants::Time => None,
        Wants::Signal => gates.signal(gate.signal.as_deref()?).map(|_| Closing::Signalled),
        Wants::Approval | Wants::Review if gate.is_declined => Some(Closing::Declined),
        Wants::Review => (!gate.approved.is_empty()).then_some(Closing::Released),
        Wants::Approval => {
            let needed = approval(facts, workflow, task)?.needed;
            (length(gate.approved.len()) >= needed).then_some(Closing::Approved)
        }
    }
}

fn close(facts: &Facts<'_>, workflow: WorkflowId, task: u32, how: Closing) -> GateClosed {
    let gates = facts.state.get(workflow).filter(|_| how == Closing::Signalled);
    let taken = gates.and_then(|gates| gates.signal(gates.open.get(&task)?.signal.as_deref()?));
    let output = taken.and_then(|signal| signal.content.clone()).map(Into::into);
    GateClosed { task, how, output }
}
