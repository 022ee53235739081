//! Decides what the end of an attempt means, and when a workflow has ended.

use triad_event::dag::{
    CancelRequested, Event, RetryScheduled, TaskCancelled, TaskCompleted, TaskFailed, TaskSkipped,
    WorkflowCancelled, WorkflowCompleted, WorkflowFailed, WorkflowPaused, WorkflowPhase, WorkflowResumed,
};
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::quantity::Micros;

use super::{Input, Refusal, TaskState, Workflow};
use crate::derive::{Place, retry_delay};
use crate::governance::Settings;
use crate::limits::REASON_BYTES_MAX;

/// What the dag may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) workflow: &'a Workflow,
    pub(crate) settings: &'a Settings,
    pub(crate) at: Micros,
    /// Where the event will stand, for what is drawn.
    pub(crate) place: Place,
}

/// Decides on one input. The phases of workflows that are alive are running, paused and cancelling.
pub(crate) fn decide(workflow: &Workflow, input: Input) -> Result<Event, Refusal> {
    let phase = workflow.phase();
    if phase == WorkflowPhase::Cancelling {
        return Err(Refusal::AlreadyCancelling);
    }
    let is_paused = phase == WorkflowPhase::Paused;
    match input {
        Input::Cancel { reason } => Ok(Event::CancelRequested(CancelRequested { reason: bounded(reason)? })),
        Input::Pause { .. } if is_paused => Err(Refusal::AlreadyPaused),
        Input::Pause { reason } => Ok(Event::WorkflowPaused(WorkflowPaused { reason: bounded(reason)? })),
        Input::Resume { .. } if !is_paused => Err(Refusal::NotPaused),
        Input::Resume { reason } => Ok(Event::WorkflowResumed(WorkflowResumed { reason: bounded(reason)? })),
    }
}

/// What the end of an attempt means for its task.
pub(crate) fn settle(facts: &Facts<'_>, task: u32, ending: Ending, attempts: u32) -> Event {
    if ending == Ending::Succeeded {
        return Event::TaskCompleted(TaskCompleted { task, attempts });
    }
    if facts.workflow.phase() == WorkflowPhase::Cancelling {
        return Event::TaskCancelled(TaskCancelled { task });
    }
    let spec = facts.workflow.plan.spec(task);
    let attempts_max = spec.map_or(1, |spec| spec.attempts_max);
    if attempts >= attempts_max {
        return Event::TaskFailed(TaskFailed { task, attempts, ending });
    }
    let base = spec.and_then(|spec| spec.retry_base);
    let base = base.unwrap_or_else(|| facts.settings.span(Setting::RetryBaseDefault));
    let longest = facts.settings.span(Setting::RetryDelayMax);
    let delay = retry_delay(facts.place, base, attempts, longest);
    let at = facts.at.plus(delay).unwrap_or(Micros(i64::MAX));
    Event::RetryScheduled(RetryScheduled { task, attempt: attempts + 1, ending, at })
}

/// A task that depends on one that will never be completed.
pub(crate) fn skip(task: u32, because: u32) -> Event {
    Event::TaskSkipped(TaskSkipped { task, because })
}

/// A task of a workflow that is being cancelled; none when an attempt of it must end first.
pub(crate) fn stop(task: u32, state: TaskState) -> Option<Event> {
    match state {
        TaskState::Running { .. } => None,
        TaskState::Pending { .. }
        | TaskState::Queued
        | TaskState::Settling { .. }
        | TaskState::Waiting { .. }
        | TaskState::Completed
        | TaskState::Failed
        | TaskState::Skipped
        | TaskState::Cancelled => Some(Event::TaskCancelled(TaskCancelled { task })),
    }
}

/// The end of a workflow all of whose tasks have ended.
pub(crate) fn finish(workflow: &Workflow) -> Event {
    let tally = workflow.tally.clone();
    if workflow.phase() == WorkflowPhase::Cancelling {
        Event::WorkflowCancelled(WorkflowCancelled { tally })
    } else if tally.failed > 0 {
        Event::WorkflowFailed(WorkflowFailed { tally })
    } else {
        Event::WorkflowCompleted(WorkflowCompleted { tally })
    }
}

/// A reason that people gave, if it is not too long.
fn bounded(reason: String) -> Result<String, Refusal> {
    if reason.len() > REASON_BYTES_MAX {
        return Err(Refusal::ReasonTooLong { max: REASON_BYTES_MAX });
    }
    Ok(reason)
}
