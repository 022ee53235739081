//! The attempts that run, and the tasks that wait for a place.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, QueueReason};
use triad_event::execution::{AttemptRequested, CancelReason, Event};
use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::{AttemptKey, StreamId, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use super::Queue;
use crate::evolve::Because;
use crate::governance::Settings;
use crate::wakes::{Wake, Wakes};

/// An attempt that was requested and is not over: an effect that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) workflow: WorkflowId,
    pub(crate) task: u32,
    pub(crate) number: u32,
    pub(crate) kind: TaskKind,
    pub(crate) key: AttemptKey,
    pub(crate) timeout: Option<Millis>,
    pub(crate) memory_max: Option<Bytes>,
    /// Why it is to stop, once it is.
    pub(crate) stopping: Option<CancelReason>,
    /// When it was heard of last.
    pub(crate) heard_at: Micros,
    /// When it reaches its deadline or, once it is to stop, is given up.
    pub(crate) deadline: Option<Micros>,
    /// When its silence becomes a stall.
    pub(crate) stall_at: Option<Micros>,
}

impl Attempt {
    fn deadline_wake(&self, request: u64) -> Option<Wake> {
        let reason = if self.stopping.is_some() { WakeReason::CancelGrace } else { WakeReason::Timeout };
        self.deadline.map(|at| self.wake(at, reason, request))
    }

    fn stall_wake(&self, request: u64) -> Option<Wake> {
        self.stall_at.map(|at| self.wake(at, WakeReason::Stall, request))
    }

    fn wake(&self, at: Micros, reason: WakeReason, request: u64) -> Wake {
        Wake { at, reason, stream: self.workflow.into(), subject: request }
    }

    /// Sets the moments anew, as from a time at which the attempt was begun, asked to stop, or heard of.
    fn schedule(&mut self, at: Micros, settings: &Settings) {
        self.heard_at = at;
        self.deadline = match self.stopping {
            Some(_) => Some(at.after(settings.span(Setting::CancelGrace))),
            None => self.timeout.map(|timeout| at.after(timeout)),
        };
        self.stall_at = match (self.kind, self.stopping) {
            (TaskKind::Process, None) => Some(at.after(settings.span(Setting::StallAfter))),
            (TaskKind::Process, Some(_)) | (TaskKind::Noop, _) => None,
        };
    }
}

/// What execution remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// By the sequence of the request. Shared until written.
    pub(crate) running: Arc<BTreeMap<u64, Attempt>>,
    /// Shared until written.
    pub(crate) queue: Arc<Queue>,
}

impl State {
    pub(crate) fn running_count(&self) -> usize {
        self.running.len()
    }

    pub(crate) fn get(&self, request: u64) -> Option<&Attempt> {
        self.running.get(&request)
    }

    /// Whether another attempt may start beside those that run.
    pub(crate) fn has_place(&self, settings: &Settings) -> bool {
        self.running.len() < settings.count(Setting::AttemptsRunningMax)
    }

    /// A record of execution.
    pub(crate) fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        settings: &Settings,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        match event {
            Event::AttemptRequested(requested) => self.begin(record, requested, settings, wakes),
            Event::AttemptEnded(ended) => self.end(ended.request, ended.task, wakes)?,
            Event::AttemptAbandoned(abandoned) => self.end(abandoned.request, abandoned.task, wakes)?,
            Event::AttemptProgressed(progressed) => {
                self.reschedule(progressed.request, wakes, |attempt| attempt.heard(record.at, settings))?;
            }
            Event::AttemptCancelRequested(requested) => {
                self.reschedule(requested.request, wakes, |attempt| {
                    attempt.stopping = Some(requested.reason);
                    attempt.schedule(record.at, settings);
                })?;
            }
            Event::AttemptStalled(stalled) => {
                self.reschedule(stalled.request, wakes, |attempt| attempt.stall_at = None)?;
            }
        }
        Ok(())
    }

    /// A record of the dag.
    pub(crate) fn evolve_dag(&mut self, record: &Recorded<AnyEvent>, event: &DagEvent, is_held: bool) {
        let workflow = WorkflowId::from(record.stream);
        match event {
            DagEvent::TaskQueued(queued) => {
                let is_held = queued.reason == QueueReason::WorkflowPaused;
                Arc::make_mut(&mut self.queue).push(workflow, queued.task, is_held);
            }
            DagEvent::CancelRequested(_) => Arc::make_mut(&mut self.queue).remove(workflow),
            DagEvent::WorkflowPaused(_) => Arc::make_mut(&mut self.queue).hold(workflow, true),
            DagEvent::WorkflowResumed(_) => Arc::make_mut(&mut self.queue).hold(workflow, is_held),
            DagEvent::TaskCompleted(_)
            | DagEvent::TaskFailed(_)
            | DagEvent::TaskSkipped(_)
            | DagEvent::TaskCancelled(_)
            | DagEvent::RetryScheduled(_)
            | DagEvent::WorkflowCompleted(_)
            | DagEvent::WorkflowFailed(_)
            | DagEvent::WorkflowCancelled(_) => {}
        }
    }

    /// What runs, in the workflows named, is performed again from its beginning, so its moments count from
    /// now.
    pub(crate) fn restart(
        &mut self,
        at: Micros,
        settings: &Settings,
        wakes: &mut Wakes,
        concerns: impl Fn(WorkflowId) -> bool,
    ) {
        let running = Arc::make_mut(&mut self.running).iter_mut();
        for (request, attempt) in running.filter(|(_, attempt)| concerns(attempt.workflow)) {
            forget(attempt, *request, wakes);
            attempt.schedule(at, settings);
            remember(attempt, *request, wakes);
        }
    }

    /// Takes a stream out of the turns, or lets it back in.
    pub(crate) fn hold(&mut self, stream: StreamId, is_held: bool) {
        Arc::make_mut(&mut self.queue).hold(stream.into(), is_held);
    }

    fn begin(
        &mut self,
        record: &Recorded<AnyEvent>,
        requested: &AttemptRequested,
        settings: &Settings,
        wakes: &mut Wakes,
    ) {
        let workflow = WorkflowId::from(record.stream);
        if self.queue.first() == Some((workflow, requested.task)) {
            Arc::make_mut(&mut self.queue).take_first();
        }
        let mut attempt = Attempt {
            workflow,
            task: requested.task,
            number: requested.attempt,
            kind: requested.kind,
            key: requested.key,
            timeout: requested.timeout,
            memory_max: requested.memory_max,
            stopping: None,
            heard_at: record.at,
            deadline: None,
            stall_at: None,
        };
        attempt.schedule(record.at, settings);
        remember(&attempt, record.sequence, wakes);
        Arc::make_mut(&mut self.running).insert(record.sequence, attempt);
    }

    fn end(&mut self, request: u64, task: u32, wakes: &mut Wakes) -> Result<(), Because> {
        let attempt = Arc::make_mut(&mut self.running).remove(&request).ok_or(Because::UnknownAttempt)?;
        if attempt.task != task {
            return Err(Because::UnknownAttempt);
        }
        forget(&attempt, request, wakes);
        Ok(())
    }

    fn reschedule(
        &mut self,
        request: u64,
        wakes: &mut Wakes,
        change: impl FnOnce(&mut Attempt),
    ) -> Result<(), Because> {
        let attempt = Arc::make_mut(&mut self.running).get_mut(&request).ok_or(Because::UnknownAttempt)?;
        forget(attempt, request, wakes);
        change(attempt);
        remember(attempt, request, wakes);
        Ok(())
    }
}

impl Attempt {
    /// It showed that it is alive.
    fn heard(&mut self, at: Micros, settings: &Settings) {
        self.heard_at = at;
        if self.kind == TaskKind::Process && self.stopping.is_none() {
            self.stall_at = Some(at.after(settings.span(Setting::StallAfter)));
        }
    }
}

fn remember(attempt: &Attempt, request: u64, wakes: &mut Wakes) {
    let moments = [attempt.deadline_wake(request), attempt.stall_wake(request)];
    moments.into_iter().flatten().for_each(|wake| wakes.insert(wake));
}

fn forget(attempt: &Attempt, request: u64, wakes: &mut Wakes) {
    let moments = [attempt.deadline_wake(request), attempt.stall_wake(request)];
    moments.into_iter().flatten().for_each(|wake| wakes.remove(&wake));
}
