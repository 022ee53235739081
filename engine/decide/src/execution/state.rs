//! The attempts that run, and the tasks that wait for a place.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, QueueReason};
use triad_event::execution::{AttemptRequested, CancelReason, Event};
use triad_event::governance::{Event as GovernanceEvent, Setting, WakeReason};
use triad_event::ids::{AttemptKey, StreamId, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use super::queue::Queue;
use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::effects::Acting;
use crate::ports::settings::Settings;
use crate::ports::wakes::{Wake, Wakes};

structs! {
    State { running, queue }
    Attempt {
        workflow, task, number, kind, key, timeout, memory_max, is_started, stopping, heard_at, deadline,
        stall_at,
    }
}

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
    /// Whether its process runs, in this life.
    pub(crate) is_started: bool,
    /// Why it is to stop, once it is.
    pub(crate) stopping: Option<CancelReason>,
    /// When it was heard of last.
    pub(crate) heard_at: Micros,
    /// When it reaches its deadline, once its process runs, or is given up, once it is to stop.
    pub(crate) deadline: Option<Micros>,
    /// When its silence becomes a stall.
    pub(crate) stall_at: Option<Micros>,
}

impl Attempt {
    fn deadline_wake(&self, request: u64) -> Option<Wake> {
        let reason = if self.stopping.is_some() { WakeReason::CancelGrace } else { WakeReason::Timeout };
        self.deadline.map(|due| self.wake(due, reason, request))
    }

    fn stall_wake(&self, request: u64) -> Option<Wake> {
        self.stall_at.map(|due| self.wake(due, WakeReason::Stall, request))
    }

    fn wake(&self, due: Micros, reason: WakeReason, request: u64) -> Wake {
        Wake { due, reason, stream: self.workflow.into(), about: request }
    }

    /// Sets the moments anew, as from a time at which the attempt was begun, asked to stop, or heard of.
    fn schedule(&mut self, record: &Recorded<AnyEvent>, settings: &Settings) {
        let elapsed = record.elapsed;
        self.heard_at = record.at;
        self.deadline = match self.stopping {
            Some(_) => Some(elapsed.after(settings.span(Setting::CancelGrace))),
            None => self.timeout.filter(|_| self.is_started).map(|timeout| elapsed.after(timeout)),
        };
        let can_stall = self.is_started && self.stopping.is_none();
        self.stall_at = can_stall.then(|| elapsed.after(settings.span(Setting::StallAfter)));
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

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Execution(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Dag(event) = &record.event {
            self.hear_dag(record, event, ports);
        }
        if let AnyEvent::Governance(event) = &record.event {
            self.hear_governance(record, event, ports);
        }
        Ok(())
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            Event::AttemptRequested(requested) => self.begin(record, requested, ports),
            Event::AttemptEnded(ended) => self.end(record, ended.request, ended.task, ports)?,
            Event::AttemptAbandoned(abandoned) => {
                self.end(record, abandoned.request, abandoned.task, ports)?;
            }
            Event::AttemptProgressed(progressed) => {
                self.reschedule(progressed.request, ports, |attempt, settings| {
                    attempt.heard(record, settings);
                })?;
            }
            Event::AttemptStarted(started) => {
                self.reschedule(started.request, ports, |attempt, settings| {
                    attempt.is_started = true;
                    if attempt.stopping.is_none() {
                        attempt.schedule(record, settings);
                    }
                })?;
            }
            Event::AttemptCancelRequested(requested) => {
                self.reschedule(requested.request, ports, |attempt, settings| {
                    attempt.stopping = Some(requested.reason);
                    attempt.schedule(record, settings);
                })?;
                ports.effects.touch(requested.request);
            }
            Event::AttemptStalled(stalled) => {
                self.reschedule(stalled.request, ports, |attempt, _| attempt.stall_at = None)?;
            }
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_dag(&mut self, record: &Recorded<AnyEvent>, event: &DagEvent, ports: &mut Ports) {
        let workflow = WorkflowId::from(record.stream);
        match event {
            DagEvent::TaskQueued(queued) => {
                let is_held = queued.reason == QueueReason::WorkflowPaused;
                Arc::make_mut(&mut self.queue).push(workflow, queued.task, is_held);
                self.admit(record, ports);
            }
            DagEvent::CancelRequested(_) => Arc::make_mut(&mut self.queue).remove(workflow),
            DagEvent::WorkflowPaused(_) => self.hold(record.stream, ports),
            DagEvent::WorkflowResumed(_) => {
                self.hold(record.stream, ports);
                self.admit(record, ports);
            }
            _ => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_governance(&mut self, record: &Recorded<AnyEvent>, event: &GovernanceEvent, ports: &mut Ports) {
        match event {
            GovernanceEvent::EngineStarted(_) => {
                Arc::make_mut(&mut self.running).values_mut().for_each(|attempt| attempt.is_started = false);
                self.restart(record, ports, |_| true);
            }
            GovernanceEvent::SettingChanged(_) | GovernanceEvent::EngineResumed(_) => {
                self.admit(record, ports)
            }
            GovernanceEvent::StreamQuarantined(set_aside) => self.hold(set_aside.quarantined, ports),
            GovernanceEvent::StreamReleased(released) => {
                let workflow = WorkflowId::from(released.released);
                self.restart(record, ports, |attempt| attempt.workflow == workflow);
                self.hold(released.released, ports);
                self.admit(record, ports);
            }
            GovernanceEvent::StreamClosed(closed) => self.close(record, closed.closed, ports),
            _ => {}
        }
    }

    /// What runs is performed again from its beginning, so its moments count from now. Streams in quarantine wait for
    /// their release.
    fn restart(
        &mut self,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
        concerns: impl Fn(&Attempt) -> bool,
    ) {
        let Ports { settings, streams, wakes, .. } = ports;
        for (request, attempt) in Arc::make_mut(&mut self.running).iter_mut() {
            if concerns(attempt) && !streams.is_aside(attempt.workflow.into()) {
                forget(attempt, *request, wakes);
                attempt.schedule(record, settings);
                remember(attempt, *request, wakes);
            }
        }
    }

    /// Takes a stream out of the turns, or lets it back in, as the stream is held now.
    fn hold(&mut self, stream: StreamId, ports: &Ports) {
        Arc::make_mut(&mut self.queue).hold(stream.into(), ports.streams.is_held(stream));
    }

    /// Places may be free for tasks that wait.
    fn admit(&self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        if !self.queue.is_empty() {
            ports.reactions.push(Reaction::Admit, record.sequence);
        }
    }

    /// An operator closed the stream for ever: its attempts are over, whatever becomes of them, and their places free.
    fn close(&mut self, record: &Recorded<AnyEvent>, stream: StreamId, ports: &mut Ports) {
        let workflow = WorkflowId::from(stream);
        let running = self.running.iter().filter(|(_, attempt)| attempt.workflow == workflow);
        let requests: Vec<u64> = running.map(|(request, _)| *request).collect();
        for request in requests {
            Arc::make_mut(&mut self.running).remove(&request);
            ports.effects.settle(request);
        }
        Arc::make_mut(&mut self.queue).remove(workflow);
        self.admit(record, ports);
    }

    fn begin(&mut self, record: &Recorded<AnyEvent>, requested: &AttemptRequested, ports: &mut Ports) {
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
            is_started: false,
            stopping: None,
            heard_at: record.at,
            deadline: None,
            stall_at: None,
        };
        attempt.schedule(record, &ports.settings);
        remember(&attempt, record.sequence, &mut ports.wakes);
        ports.effects.request(record.sequence, Acting::Execution, record.stream);
        Arc::make_mut(&mut self.running).insert(record.sequence, attempt);
    }

    /// An attempt is over, and its place is free.
    fn end(
        &mut self,
        record: &Recorded<AnyEvent>,
        request: u64,
        task: u32,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let attempt = Arc::make_mut(&mut self.running).remove(&request).ok_or(FoldError::UnknownAttempt)?;
        if attempt.task != task {
            return Err(FoldError::UnknownAttempt);
        }
        forget(&attempt, request, &mut ports.wakes);
        ports.effects.settle(request);
        self.admit(record, ports);
        Ok(())
    }

    fn reschedule(
        &mut self,
        request: u64,
        ports: &mut Ports,
        change: impl FnOnce(&mut Attempt, &Settings),
    ) -> Result<(), FoldError> {
        let attempt = Arc::make_mut(&mut self.running).get_mut(&request).ok_or(FoldError::UnknownAttempt)?;
        forget(attempt, request, &mut ports.wakes);
        change(attempt, &ports.settings);
        remember(attempt, request, &mut ports.wakes);
        Ok(())
    }
}

impl Attempt {
    /// It showed that it is alive.
    fn heard(&mut self, record: &Recorded<AnyEvent>, settings: &Settings) {
        self.heard_at = record.at;
        if self.is_started && self.stopping.is_none() {
            self.stall_at = Some(record.elapsed.after(settings.span(Setting::StallAfter)));
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
