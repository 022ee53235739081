//! The attempts that run, and the tasks that wait for a place.

use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, QueueReason, TaskQueued};
use triad_event::economics::Event as EconomicsEvent;
use triad_event::execution::{AttemptRequested, Ending, Event};
use triad_event::governance::{Event as GovernanceEvent, Setting};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Priority;
use triad_event::prices::{DeferReason, Event as PricesEvent};
use triad_event::{Event as AnyEvent, Recorded};

use super::attempt::{Attempt, Stretch};
use super::held_back::{HeldBack, Stay};
use super::lives::Lives;
use super::queue::{Coming, Queue};
use super::reaction::Reaction;
use crate::ascending::Ascending;
use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::budgets::Account;
use crate::ports::effects::Acting;
use crate::ports::settings::Settings;

structs! {
    State { running, queue, held_back, lives, suspended, wanting }
}

/// What execution remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// By the sequence of the request. Shared until written.
    pub(crate) running: Arc<Ascending<Attempt>>,
    /// Shared until written.
    pub(crate) queue: Arc<Queue>,
    /// Shared until written.
    pub(crate) held_back: Arc<HeldBack>,
    lives: Lives,
    /// How many attempts are suspended.
    pub(super) suspended: u32,
    /// How many of them would go on if there were a place.
    pub(super) wanting: u32,
}

impl State {
    pub(crate) fn running_count(&self) -> usize {
        self.running.len()
    }

    pub(crate) fn get(&self, request: u64) -> Option<&Attempt> {
        self.running.get(request)
    }

    /// Whether a task waits for a place, or for a budget.
    pub(crate) fn somebody_waits(&self) -> bool {
        self.queue.has_turn() || !self.held_back.is_empty()
    }

    /// How many attempts are suspended, and take no place.
    pub(crate) fn suspended_count(&self) -> usize {
        self.suspended as usize
    }

    /// How many places are taken.
    fn places_taken(&self) -> usize {
        self.running.len().saturating_sub(self.suspended_count())
    }

    /// Whether another attempt may start beside those that run. Those that were suspended and would go on come first.
    pub(crate) fn has_place(&self, settings: &Settings) -> bool {
        self.places_taken() + (self.wanting as usize) < settings.count(Setting::AttemptsRunningMax)
    }

    /// Whether an attempt may go on beside those that run, of which it is one unless it is suspended.
    pub(crate) fn has_place_to_continue(&self, is_suspended: bool, settings: &Settings) -> bool {
        let taken = self.places_taken() + usize::from(is_suspended);
        taken <= settings.count(Setting::AttemptsRunningMax)
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
        if let AnyEvent::Prices(event) = &record.event {
            self.hear_prices(record, event, ports)?;
        }
        if let AnyEvent::Economics(event) = &record.event {
            self.hear_economics(record, event, ports);
        }
        // What is to be kept for an attempt depends on what electricity costs then.
        let is_about_cost = matches!(
            record.event,
            AnyEvent::Prices(
                PricesEvent::SourceSet(_) | PricesEvent::PricesPublished(_) | PricesEvent::SourceRemoved(_)
            ) | AnyEvent::Governance(GovernanceEvent::TimerFired(_))
        );
        if is_about_cost && !self.held_back.is_empty() {
            self.admit(record, ports);
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
            Event::AttemptLost(lost) => self.end(record, lost.request, lost.task, ports)?,
            Event::AttemptProgressed(progressed) => {
                self.reschedule(progressed.request, ports, |attempt, settings| {
                    attempt.heard(record, settings);
                })?;
            }
            Event::AttemptStarted(started) => {
                // Whatever was suspended was another process.
                self.forget_stretch(started.request);
                if self.get(started.request).is_some_and(Attempt::is_suspended) {
                    ports.effects.touch(started.request);
                }
                self.reschedule(started.request, ports, |attempt, settings| {
                    attempt.start(record.elapsed);
                    if attempt.stopping.is_none() {
                        attempt.schedule(record, settings);
                    }
                })?;
            }
            Event::AttemptCancelRequested(requested) => {
                let wanted = self.get(requested.request).is_some_and(|attempt| attempt.stretch.wants_place);
                self.reschedule(requested.request, ports, |attempt, settings| {
                    attempt.stopping = Some(requested.reason);
                    attempt.stretch.wants_place = false;
                    attempt.schedule(record, settings);
                })?;
                ports.effects.touch(requested.request);
                if wanted {
                    self.wanting -= 1;
                    self.admit(record, ports);
                }
            }
            Event::AttemptStalled(stalled) => {
                self.reschedule(stalled.request, ports, |attempt, _| attempt.stall_at = None)?;
            }
        }
        Ok(())
    }

    /// Waiting counts against priority as long as prices come from somewhere.
    fn hear_prices(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &PricesEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            PricesEvent::RunSuspended(suspended) => {
                let wants_place = suspended.reason == DeferReason::NoPlace;
                self.suspend(record, suspended.request, (suspended.ran, wants_place), ports)?;
            }
            PricesEvent::RunContinued(continued) => self.resume(record, continued.request, ports)?,
            PricesEvent::SourceSet(_) => Arc::make_mut(&mut self.queue).ages = true,
            PricesEvent::SourceRemoved(_) => Arc::make_mut(&mut self.queue).ages = false,
            PricesEvent::TaskDeferred(deferred) => self.wait_for_price(record, deferred.task, ports),
            PricesEvent::PricesPublished(_)
            | PricesEvent::TaskReleased(_)
            | PricesEvent::CarbonSourceSet(_)
            | PricesEvent::CarbonPublished(_)
            | PricesEvent::CarbonSourceRemoved(_) => {}
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_dag(&mut self, record: &Recorded<AnyEvent>, event: &DagEvent, ports: &mut Ports) {
        let workflow = WorkflowId::from(record.stream);
        match event {
            DagEvent::TaskQueued(queued) => {
                match queued.reason {
                    QueueReason::Budget | QueueReason::BudgetTooSmall => {
                        self.hold_back(record, queued, ports)
                    }
                    QueueReason::Capacity | QueueReason::WorkflowPaused | QueueReason::EnginePaused => {
                        let TaskQueued { task, reason, priority, value_lead } = *queued;
                        Arc::make_mut(&mut self.queue).push(Coming {
                            workflow,
                            task,
                            priority,
                            value_lead,
                            since: record.elapsed,
                            sequence: record.sequence,
                            is_held: reason == QueueReason::WorkflowPaused,
                        });
                    }
                }
                self.admit(record, ports);
            }
            // One that failed without an attempt of its own may have waited for a place.
            DagEvent::TaskFailed(failed) if failed.ending == Ending::DeadlinePassed => {
                let queue = Arc::make_mut(&mut self.queue);
                let priorities = Priority::ALL.iter().copied();
                priorities.for_each(|priority| queue.leave(workflow, failed.task, priority));
                self.let_go(record, ports, |held_back| held_back.leave(workflow, failed.task));
            }
            DagEvent::CancelRequested(_) => {
                Arc::make_mut(&mut self.queue).remove(workflow);
                self.let_go(record, ports, |held_back| held_back.remove(workflow));
            }
            DagEvent::WorkflowPaused(_) => self.hold(record, record.stream, ports),
            DagEvent::WorkflowResumed(_) => {
                self.hold(record, record.stream, ports);
                self.admit(record, ports);
            }
            _ => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_governance(&mut self, record: &Recorded<AnyEvent>, event: &GovernanceEvent, ports: &mut Ports) {
        match event {
            GovernanceEvent::EngineStarted(_) => {
                self.lives.begin(Arc::make_mut(&mut self.running), record, ports);
                // Whatever was performed is performed from its beginning.
                (self.suspended, self.wanting) = (0, 0);
            }
            GovernanceEvent::EngineStopped(_) => self.lives.ended_well = true,
            GovernanceEvent::EnginePaused(_) => self.lives.is_paused = true,
            GovernanceEvent::EngineResumed(_) => {
                self.lives.resume(Arc::make_mut(&mut self.running), ports);
                self.admit(record, ports);
            }
            GovernanceEvent::SettingChanged(_) => self.reckon(record, ports),
            GovernanceEvent::StreamQuarantined(set_aside) => {
                self.want_no_place(record, set_aside.quarantined.into(), ports);
                self.hold(record, set_aside.quarantined, ports);
            }
            GovernanceEvent::StreamReleased(released) => {
                self.restart(record, released.released.into(), ports);
                self.hold(record, released.released, ports);
                self.admit(record, ports);
            }
            GovernanceEvent::StreamClosed(closed) => self.close(record, closed.closed, ports),
            _ => {}
        }
    }

    /// A stream goes on, so the moments of its attempts count from now.
    fn restart(&mut self, record: &Recorded<AnyEvent>, workflow: WorkflowId, ports: &mut Ports) {
        let Ports { settings, wakes, .. } = ports;
        let attempts = Arc::make_mut(&mut self.running).iter_mut();
        for (request, attempt) in attempts.filter(|(_, attempt)| attempt.workflow == workflow) {
            attempt.change(request, wakes, |attempt| attempt.schedule(record, settings));
        }
    }

    /// Budgets are others, so whoever they hold back is looked at again.
    fn hear_economics(&mut self, record: &Recorded<AnyEvent>, event: &EconomicsEvent, ports: &mut Ports) {
        match event {
            EconomicsEvent::RunCharged(_) if !self.held_back.is_empty() => self.admit(record, ports),
            EconomicsEvent::BudgetSet(_) | EconomicsEvent::BudgetRemoved(_) => self.reckon(record, ports),
            EconomicsEvent::BudgetPeriodBegan(began) if !self.held_back.is_empty() => {
                Arc::make_mut(&mut self.held_back).ask_again(&Account::of(&began.account), ports);
                self.admit(record, ports);
            }
            EconomicsEvent::RunCharged(_)
            | EconomicsEvent::BudgetPeriodBegan(_)
            | EconomicsEvent::BudgetExhausted(_) => {}
        }
    }

    /// Whom no budget concerns any more waits for a place; whoever was larger than all of one may be no longer.
    fn reckon(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        if !self.held_back.is_empty() {
            for (workflow, task, stay) in Arc::make_mut(&mut self.held_back).reckon(ports) {
                let Stay { since: sequence, came: since, priority, value_lead } = stay;
                let is_held = ports.streams.is_held(workflow.into());
                let coming = Coming { workflow, task, priority, value_lead, since, sequence, is_held };
                Arc::make_mut(&mut self.queue).push(coming);
            }
        }
        self.admit(record, ports);
    }

    /// A task waits for a place no longer, if it did. Earlier versions of the core had another order, and their logs are
    /// folded as
    /// they are: so whose turn it was then may not be whose it would be now.
    fn leave_queue(&mut self, workflow: WorkflowId, task: u32) {
        if self.queue.first() == Some((workflow, task)) {
            Arc::make_mut(&mut self.queue).take_first();
        } else if !self.queue.is_empty() {
            Arc::make_mut(&mut self.queue).take_out(workflow, task);
        }
    }

    /// A task waits for a budget, which perhaps waited for a place before.
    fn hold_back(&mut self, record: &Recorded<AnyEvent>, queued: &TaskQueued, ports: &Ports) {
        let named = (WorkflowId::from(record.stream), queued.task);
        if !self.held_back.holds(named.0, named.1) {
            self.leave_queue(named.0, named.1);
        }
        let is_too_large = queued.reason == QueueReason::BudgetTooSmall;
        let held_back = Arc::make_mut(&mut self.held_back);
        let TaskQueued { priority, value_lead, .. } = *queued;
        let stay = Stay { since: record.sequence, came: record.elapsed, priority, value_lead };
        held_back.push(named, (stay, is_too_large), ports);
    }

    /// A task whose turn it was waits for a price again, so it is that of another.
    fn wait_for_price(&mut self, record: &Recorded<AnyEvent>, task: u32, ports: &mut Ports) {
        let named = (WorkflowId::from(record.stream), task);
        if self.queue.first() == Some(named) {
            Arc::make_mut(&mut self.queue).take_first();
            self.admit_in_turn(record, ports);
        } else if self.held_back.holds(named.0, named.1) {
            Arc::make_mut(&mut self.held_back).leave(named.0, named.1);
            self.admit_in_turn(record, ports);
        }
    }

    /// The same as `admit`, behind all that must be punctual: a hundred thousand tasks may be asked about again one after the
    /// other.
    fn admit_in_turn(&self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        if !(self.queue.is_empty() && self.held_back.is_empty()) {
            ports.reactions.push(Reaction::AdmitInTurn, record.sequence);
        }
    }

    /// Those behind whoever leaves a line may have room.
    fn let_go(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports, change: impl FnOnce(&mut HeldBack)) {
        if !self.held_back.is_empty() {
            change(Arc::make_mut(&mut self.held_back));
            self.admit(record, ports);
        }
    }

    /// Takes a stream out of the turns, or lets it back in, as the stream is held now.
    fn hold(&mut self, record: &Recorded<AnyEvent>, stream: StreamId, ports: &mut Ports) {
        let is_held = ports.streams.is_held(stream);
        Arc::make_mut(&mut self.queue).hold(stream.into(), is_held);
        self.let_go(record, ports, |held_back| held_back.hold(stream.into(), is_held));
    }

    /// Places may be free for tasks that wait.
    pub(super) fn admit(&self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        if !(self.queue.is_empty() && self.held_back.is_empty()) {
            ports.reactions.push(Reaction::Admit, record.sequence);
        }
    }

    /// An operator closed the stream for ever: its attempts are over, whatever becomes of them, and their places free.
    fn close(&mut self, record: &Recorded<AnyEvent>, stream: StreamId, ports: &mut Ports) {
        let workflow = WorkflowId::from(stream);
        let running = self.running.iter().filter(|(_, attempt)| attempt.workflow == workflow);
        let requests: Vec<u64> = running.map(|(request, _)| request).collect();
        for request in requests {
            self.forget_stretch(request);
            Arc::make_mut(&mut self.running).remove(request);
            ports.effects.settle(request);
        }
        Arc::make_mut(&mut self.queue).remove(workflow);
        self.let_go(record, ports, |held_back| held_back.remove(workflow));
        self.admit(record, ports);
    }

    fn begin(&mut self, record: &Recorded<AnyEvent>, requested: &AttemptRequested, ports: &mut Ports) {
        let workflow = WorkflowId::from(record.stream);
        let was_held_back = self.held_back.holds(workflow, requested.task);
        if was_held_back {
            Arc::make_mut(&mut self.held_back).leave(workflow, requested.task);
        } else {
            self.leave_queue(workflow, requested.task);
        }
        if self.held_back.was_last != was_held_back {
            Arc::make_mut(&mut self.held_back).was_last = was_held_back;
        }
        let mut attempt = Attempt {
            workflow,
            task: requested.task,
            number: requested.attempt,
            kind: requested.kind,
            key: requested.key,
            timeout: requested.timeout,
            memory_max: requested.memory_max,
            variables: requested.fixes.as_deref().map_or_else(Vec::new, |fixes| fixes.variables.clone()),
            is_held: false,
            cut_off: 0,
            is_started: false,
            stopping: None,
            heard_at: record.at,
            deadline: None,
            stall_at: None,
            stretch: Stretch::default(),
        };
        attempt.schedule(record, &ports.settings);
        attempt.remember(record.sequence, &mut ports.wakes);
        ports.effects.request(record.sequence, Acting::Execution, record.stream);
        Arc::make_mut(&mut self.running).push(record.sequence, attempt);
    }

    /// An attempt is over, and its place is free.
    fn end(
        &mut self,
        record: &Recorded<AnyEvent>,
        request: u64,
        task: u32,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        self.forget_stretch(request);
        let attempt = Arc::make_mut(&mut self.running).remove(request).ok_or(FoldError::UnknownAttempt)?;
        if attempt.task != task {
            return Err(FoldError::UnknownAttempt);
        }
        attempt.forget(request, &mut ports.wakes);
        ports.effects.settle(request);
        self.admit(record, ports);
        Ok(())
    }

    pub(super) fn reschedule(
        &mut self,
        request: u64,
        ports: &mut Ports,
        change: impl FnOnce(&mut Attempt, &Settings),
    ) -> Result<(), FoldError> {
        let attempt = Arc::make_mut(&mut self.running).get_mut(request).ok_or(FoldError::UnknownAttempt)?;
        let Ports { settings, wakes, .. } = ports;
        attempt.change(request, wakes, |attempt| change(attempt, settings));
        Ok(())
    }
}
