//! What follows from what: the one table of causality between rooms.
//!
//! An internal is owed from the event that sets it off until the world no longer shows it to be owed. So the
//! queue is a part of the world that folding keeps, and recovery, which only folds, arrives at exactly what a
//! stopped process still owed.

use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, WorkflowPhase};
use triad_event::execution::Event as ExecutionEvent;
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Event as IntakeEvent;
use triad_event::{ClockState, Event, Recorded};

use crate::dag::{TaskState, length};
use crate::derive::Place;
use crate::governance;
use crate::owed::{Debt, Internal, Owed};
use crate::world::World;
use crate::{dag, execution, intake};

/// Adds what an event sets off.
pub(crate) fn react(world: &mut World, record: &Recorded<Event>) {
    let cause = record.sequence;
    let workflow = WorkflowId::from(record.stream);
    match &record.event {
        Event::Log(_) => {}
        Event::Governance(event) => react_to_governance(world, event, cause),
        Event::Intake(event) => react_to_intake(&world.dag, &mut world.owed, event, workflow, cause),
        Event::Dag(event) => {
            react_to_dag(&world.dag, &mut world.owed, event, workflow, cause);
            if matches!(event, DagEvent::TaskQueued(_) | DagEvent::WorkflowResumed(_)) {
                admit(world, cause);
            }
        }
        Event::Execution(event) => match event {
            ExecutionEvent::AttemptEnded(ended) => settle_attempt(world, workflow, ended.task, cause),
            ExecutionEvent::AttemptAbandoned(ended) => settle_attempt(world, workflow, ended.task, cause),
            ExecutionEvent::AttemptRequested(_)
            | ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_) => {}
        },
        // What follows is an effect that is owed, or nothing.
        Event::Subjects(_) => {}
    }
}

fn react_to_governance(world: &mut World, event: &GovernanceEvent, cause: u64) {
    match event {
        GovernanceEvent::TimerFired(_) => world.owed.push(Internal::Drain, cause),
        GovernanceEvent::SettingChanged(_)
        | GovernanceEvent::EngineResumed(_)
        | GovernanceEvent::StreamReleased(_) => admit(world, cause),
        GovernanceEvent::EngineStarted(_)
        | GovernanceEvent::EnginePaused(_)
        | GovernanceEvent::ClockStepped(_)
        | GovernanceEvent::ClockAccepted(_)
        | GovernanceEvent::StreamQuarantined(_)
        | GovernanceEvent::SnapshotTaken(_) => {}
    }
}

fn react_to_intake(dag: &dag::State, owed: &mut Owed, event: &IntakeEvent, workflow: WorkflowId, cause: u64) {
    match event {
        IntakeEvent::WorkflowSubmitted(_) => owed.push(Internal::Accept { workflow }, cause),
        IntakeEvent::WorkflowAccepted(_) => {
            let Some(accepted) = dag.get(workflow) else { return };
            for (task, index) in accepted.tasks.iter().zip(0..) {
                if task.state == (TaskState::Pending { missing: 0 }) {
                    owed.push(Internal::Offer { workflow, task: index }, cause);
                }
            }
        }
        IntakeEvent::ChunkStaged(_) | IntakeEvent::UploadExpired(_) => {}
    }
}

fn react_to_dag(dag: &dag::State, owed: &mut Owed, event: &DagEvent, workflow: WorkflowId, cause: u64) {
    let Some(alive) = dag.get(workflow) else { return };
    match event {
        DagEvent::TaskCompleted(completed) => {
            for task in alive.plan.dependents.get(completed.task) {
                if alive.tasks[*task as usize].state == (TaskState::Pending { missing: 0 }) {
                    owed.push(Internal::Offer { workflow, task: *task }, cause);
                }
            }
            finish_when_done(alive, owed, workflow, cause);
        }
        DagEvent::TaskFailed(failed) => skip_dependents(alive, owed, workflow, failed.task, cause),
        DagEvent::TaskSkipped(skipped) => skip_dependents(alive, owed, workflow, skipped.task, cause),
        DagEvent::TaskCancelled(_) => finish_when_done(alive, owed, workflow, cause),
        DagEvent::CancelRequested(_) => {
            alive.open_tasks().for_each(|task| owed.push(Internal::Stop { workflow, task }, cause));
        }
        DagEvent::TaskQueued(_)
        | DagEvent::RetryScheduled(_)
        | DagEvent::WorkflowPaused(_)
        | DagEvent::WorkflowResumed(_)
        | DagEvent::WorkflowCompleted(_)
        | DagEvent::WorkflowFailed(_)
        | DagEvent::WorkflowCancelled(_) => {}
    }
}

fn skip_dependents(alive: &dag::Workflow, owed: &mut Owed, workflow: WorkflowId, because: u32, cause: u64) {
    for task in alive.plan.dependents.get(because) {
        owed.push(Internal::Skip { workflow, task: *task, because }, cause);
    }
    finish_when_done(alive, owed, workflow, cause);
}

fn finish_when_done(alive: &dag::Workflow, owed: &mut Owed, workflow: WorkflowId, cause: u64) {
    if alive.open == 0 {
        owed.push(Internal::Finish { workflow }, cause);
    }
}

/// The end of an attempt has two consequences: its task is settled, and its place is free.
fn settle_attempt(world: &mut World, workflow: WorkflowId, task: u32, cause: u64) {
    world.owed.push(Internal::Settle { workflow, task }, cause);
    admit(world, cause);
}

fn admit(world: &mut World, cause: u64) {
    if !world.execution.queue.is_empty() {
        world.owed.push(Internal::Admit, cause);
    }
}

/// Takes what is no longer owed from the front of the queue, and sets aside what belongs to a stream in
/// quarantine.
pub(crate) fn drop_settled(world: &mut World) {
    while let Some(debt) = world.owed.first().copied() {
        let parked_for = debt.internal.workflow().filter(|workflow| world.governance.holds(*workflow));
        if parked_for.is_none() && is_owed(world, &debt.internal) {
            return;
        }
        world.owed.pop();
        if let Some(workflow) = parked_for {
            park(&mut world.governance, workflow.into(), debt);
        }
    }
}

fn park(governance: &mut governance::State, stream: StreamId, debt: Debt) {
    if let Some(parked) = Arc::make_mut(&mut governance.quarantined).get_mut(&stream) {
        parked.debts.push(debt);
    }
}

/// Whether the world still shows that something is owed.
fn is_owed(world: &World, internal: &Internal) -> bool {
    let in_workflow = |workflow: &WorkflowId, task: &u32| {
        let alive = world.dag.get(*workflow)?;
        Some((alive.task(*task)?.state, alive.phase() == WorkflowPhase::Cancelling))
    };
    match internal {
        Internal::Accept { workflow } => {
            world.intake.get(*workflow).is_some_and(|upload| upload.submitted.is_some())
        }
        Internal::Offer { workflow, task } => {
            in_workflow(workflow, task) == Some((TaskState::Pending { missing: 0 }, false))
        }
        Internal::Settle { workflow, task } => {
            matches!(in_workflow(workflow, task), Some((TaskState::Settling { .. }, _)))
        }
        Internal::Skip { workflow, task, .. } => {
            matches!(in_workflow(workflow, task), Some((TaskState::Pending { .. }, false)))
        }
        Internal::Stop { workflow, task } => match in_workflow(workflow, task) {
            Some((TaskState::Running { request }, _)) => {
                world.execution.get(request).is_some_and(|attempt| attempt.stopping.is_none())
            }
            // What an attempt's end means is settled by itself.
            Some((TaskState::Settling { .. }, _)) | None => false,
            Some((state, _)) => !state.phase().is_terminal(),
        },
        Internal::Finish { workflow } => world.dag.get(*workflow).is_some_and(|alive| alive.open == 0),
        Internal::Admit => can_admit(world),
        Internal::Drain => {
            let reached = |wake: &crate::wakes::Wake| wake.at <= world.governance.timer_at;
            world.governance.clock == ClockState::Steady && world.wakes.first().is_some_and(reached)
        }
    }
}

/// Whether a queued task could start.
pub(crate) fn can_admit(world: &World) -> bool {
    world.governance.is_running()
        && !world.execution.queue.turns.is_empty()
        && world.execution.has_place(&world.governance.settings)
}

/// Decides on something that is owed. Each decision makes it owed no longer, or brings that nearer.
pub(crate) fn decide_internal(world: &World, internal: &Internal, place: Place) -> Option<(StreamId, Event)> {
    let event = match internal {
        Internal::Accept { workflow } => intake::accept(world.intake.get(*workflow)?).into(),
        Internal::Offer { workflow, task } => {
            execution::offer(&execution_facts(world, place), world.dag.get(*workflow)?, *task)
        }
        Internal::Settle { workflow, task } => settle(world, *workflow, *task, place)?,
        Internal::Skip { task, because, .. } => dag::skip(*task, *because).into(),
        Internal::Stop { workflow, task } => stop(world, *workflow, *task)?,
        Internal::Finish { workflow } => dag::finish(world.dag.get(*workflow)?).into(),
        Internal::Admit => return admit_first(world, place),
        Internal::Drain => return drain_first(world, place),
    };
    Some((internal.workflow()?.into(), event))
}

fn settle(world: &World, workflow: WorkflowId, task: u32, place: Place) -> Option<Event> {
    let alive = world.dag.get(workflow)?;
    let settling = alive.task(task)?;
    let TaskState::Settling { ending } = settling.state else { return None };
    let (settings, at) = (&world.governance.settings, world.now());
    let facts = dag::Facts { workflow: alive, settings, at, place };
    Some(dag::settle(&facts, task, ending, settling.attempts).into())
}

fn stop(world: &World, workflow: WorkflowId, task: u32) -> Option<Event> {
    use triad_event::execution::CancelReason::WorkflowCancelled;
    match world.dag.get(workflow)?.task(task)?.state {
        TaskState::Running { request } => Some(execution::stop(request, task, WorkflowCancelled).into()),
        state => dag::stop(task, state).map(Event::from),
    }
}

fn admit_first(world: &World, place: Place) -> Option<(StreamId, Event)> {
    let (workflow, task) = world.execution.queue.first()?;
    let requested = execution::request(&execution_facts(world, place), world.dag.get(workflow)?, task);
    Some((workflow.into(), requested.into()))
}

fn drain_first(world: &World, place: Place) -> Option<(StreamId, Event)> {
    use triad_event::execution::CancelReason::TimedOut;
    let wake = world.wakes.first()?;
    let workflow = WorkflowId::from(wake.stream);
    let attempt = || world.execution.get(wake.subject);
    let event = match wake.reason {
        WakeReason::Retry => {
            let (alive, task) = (world.dag.get(workflow)?, length(wake.subject as usize));
            if alive.phase() == WorkflowPhase::Cancelling {
                stop(world, workflow, task)?
            } else {
                execution::offer(&execution_facts(world, place), alive, task)
            }
        }
        WakeReason::Timeout => execution::stop(wake.subject, attempt()?.task, TimedOut).into(),
        WakeReason::CancelGrace => execution::abandon(wake.subject, attempt()?).into(),
        WakeReason::Stall => execution::stall(wake.subject, attempt()?).into(),
        WakeReason::UploadExpiry => intake::expire(world.intake.get(workflow)?).into(),
        WakeReason::Owed => return None,
    };
    Some((wake.stream, event))
}

fn execution_facts(world: &World, place: Place) -> execution::Facts<'_> {
    execution::Facts {
        state: &world.execution,
        settings: &world.governance.settings,
        is_running: world.governance.is_running(),
        place,
    }
}
