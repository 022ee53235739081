//! Decides when attempts start, and what becomes of them until they end.

use triad_event::Event as AnyEvent;
use triad_event::dag::{QueueReason, TaskQueued, WorkflowPhase};
use triad_event::execution::{
    AttemptAbandoned, AttemptCancelRequested, AttemptRequested, AttemptStalled, CancelReason, Captured, Event,
};
use triad_event::governance::Setting;
use triad_event::intake::TaskKind;

use super::{Attempt, Input, Refusal, State};
use crate::dag::Workflow;
use crate::derive::{Place, attempt_key};
use crate::governance::Settings;
use crate::limits::OUTPUT_BYTES_MAX;

/// What execution may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) settings: &'a Settings,
    /// Whether the engine starts attempts.
    pub(crate) is_running: bool,
    /// Where the event will stand, for what is derived.
    pub(crate) place: Place,
}

/// Decides on what came of an attempt that runs.
pub(crate) fn decide(attempt: &Attempt, input: Input) -> Result<Event, Refusal> {
    let request = input.request();
    let given = match &input {
        Input::EndAttempt(ended) => ended.task,
        Input::ReportProgress(progressed) => progressed.task,
    };
    if given != attempt.task {
        return Err(Refusal::OtherTask { request, expected: attempt.task, given });
    }
    match input {
        Input::EndAttempt(ended) => {
            if [&ended.stdout, &ended.stderr].into_iter().any(is_too_large) {
                return Err(Refusal::OutputTooLarge { max: OUTPUT_BYTES_MAX });
            }
            Ok(Event::AttemptEnded(ended))
        }
        Input::ReportProgress(progressed) => Ok(Event::AttemptProgressed(progressed)),
    }
}

fn is_too_large(captured: &Captured) -> bool {
    captured.kept.as_ref().is_some_and(|kept| kept.length.0 > OUTPUT_BYTES_MAX as u64)
}

/// A task that could run: it does when there is a place and nobody waits for one, else it is queued.
pub(crate) fn offer(facts: &Facts<'_>, workflow: &Workflow, task: u32) -> AnyEvent {
    let reason = if workflow.phase() == WorkflowPhase::Paused {
        QueueReason::WorkflowPaused
    } else if !facts.is_running {
        QueueReason::EnginePaused
    } else if facts.state.has_place(facts.settings) && facts.state.queue.turns.is_empty() {
        return request(facts, workflow, task).into();
    } else {
        QueueReason::Capacity
    };
    TaskQueued { task, reason }.into()
}

/// The request of the next attempt of a task, with every choice made.
pub(crate) fn request(facts: &Facts<'_>, workflow: &Workflow, task: u32) -> Event {
    let attempts = workflow.task(task).map_or(0, |task| task.attempts);
    let spec = workflow.plan.spec(task);
    let kind = spec.map_or(TaskKind::Noop, |spec| spec.kind);
    let (timeout, memory_max) = match kind {
        TaskKind::Noop => (None, None),
        TaskKind::Process => {
            let named = spec.and_then(|spec| spec.timeout);
            let timeout = named.unwrap_or_else(|| facts.settings.span(Setting::TimeoutDefault));
            (Some(timeout), Some(facts.settings.size(Setting::ProcessMemoryMax)))
        }
    };
    let key = attempt_key(facts.place);
    Event::AttemptRequested(AttemptRequested { task, attempt: attempts + 1, kind, key, timeout, memory_max })
}

/// An attempt is to stop.
pub(crate) fn stop(request: u64, task: u32, reason: CancelReason) -> Event {
    Event::AttemptCancelRequested(AttemptCancelRequested { request, task, reason })
}

/// An attempt that did not end when asked to is given up.
pub(crate) fn abandon(request: u64, attempt: &Attempt) -> Event {
    let reason = attempt.stopping.unwrap_or(CancelReason::TimedOut);
    Event::AttemptAbandoned(AttemptAbandoned { request, task: attempt.task, reason })
}

/// An attempt was silent for too long.
pub(crate) fn stall(request: u64, attempt: &Attempt) -> Event {
    Event::AttemptStalled(AttemptStalled { request, task: attempt.task, silent_since: attempt.heard_at })
}
