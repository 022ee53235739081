//! What a workflow that is alive makes of the records of its stream.

use triad_event::dag::{Event, TaskFannedOut};
use triad_event::evaluation::{Event as EvaluationEvent, Verdict};
use triad_event::execution::{AttemptEnded, AttemptStarted, CancelReason, Ending, Event as ExecutionEvent};
use triad_event::gates::{ApprovalDeclined, ApprovalGiven, Closing, Event as GatesEvent, Wants};
use triad_event::governance::Setting;
use triad_event::healing::{Event as HealingEvent, FixApproved, FixDeclined};
use triad_event::ids::WorkflowId;
use triad_event::prices::Event as PricesEvent;
use triad_event::quantity::Micros;
use triad_event::sealed::ContentClass;
use triad_event::{Event as AnyEvent, Recorded, Sealed};

use super::ends::{forget_retry, retry_wake};
use super::reaction::Reaction;
use super::task::{End, Task, TaskState};
use super::workflow::{Output, Workflow};
use crate::execution::reaction::Reaction as OfExecution;
use crate::fold_error::FoldError;
use crate::image::length;
use crate::plan::Spec;
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::prices::reaction::Reaction as OfPrices;

impl Workflow {
    pub(super) fn evolve_dag(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            Event::TaskQueued(queued) => {
                let before = self.set(queued.task, &record.event, TaskState::Queued)?;
                forget_retry(before, record, queued.task, &mut ports.wakes);
            }
            Event::TaskCompleted(completed) => self.end(record, completed.task, End::Completed, ports)?,
            Event::TaskReused(reused) => self.end(record, reused.task, End::Completed, ports)?,
            Event::TaskFailed(failed) => self.end(record, failed.task, End::Failed, ports)?,
            Event::TaskSkipped(skipped) => self.end(record, skipped.task, End::Skipped, ports)?,
            Event::TaskLeftOut(left) => self.end(record, left.task, End::LeftOut, ports)?,
            Event::TaskCancelled(cancelled) => self.end(record, cancelled.task, End::Cancelled, ports)?,
            Event::TaskFannedOut(fanned) => self.fan_out(record, fanned, ports)?,
            Event::GroupBegan(began) => self.begin_group(record, began.task, ports)?,
            Event::RetryScheduled(scheduled) => {
                let due = record.elapsed.later(scheduled.delay);
                self.set(scheduled.task, &record.event, TaskState::Waiting { due })?;
                ports.wakes.insert(retry_wake(due, record.stream, scheduled.task));
            }
            Event::DeadlinePassed(passed) => {
                self.forget_passed(passed.of, record.stream, &mut ports.wakes);
                self.expire(record, passed.of, &mut ports.reactions);
            }
            Event::CancelRequested(_) => {
                ports.streams.pause(record.stream, false);
                self.forget_deadlines(record.stream, &mut ports.wakes);
                self.stop_open_tasks(record, &mut ports.reactions);
            }
            Event::WorkflowPaused(_) => ports.streams.pause(record.stream, true),
            Event::WorkflowResumed(_) => ports.streams.pause(record.stream, false),
            Event::WorkflowCompleted(_) | Event::WorkflowFailed(_) | Event::WorkflowCancelled(_) => {
                if self.open > 0 {
                    return Err(FoldError::Grammar);
                }
            }
        }
        Ok(())
    }

    pub(super) fn hear_execution(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &ExecutionEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            ExecutionEvent::AttemptRequested(requested) => {
                let running = TaskState::Running { request: record.sequence };
                let before = self.set(requested.task, &record.event, running)?;
                forget_retry(before, record, requested.task, &mut ports.wakes);
                self.tasks[requested.task as usize].attempts += 1;
                Ok(())
            }
            ExecutionEvent::AttemptEnded(ended) => {
                if ended.has_content() {
                    ports.uses.accept_content(self.plan.subject(), record.at);
                }
                if let Some(kept) = &ended.stdout.kept {
                    // Of one that failed the next attempt has another.
                    let is_cut = ended.stdout.total > kept.length;
                    self.keep_output(ended.task, kept, ContentClass::Stdout, is_cut);
                }
                self.remember(record, ended, ports);
                self.stood.remove(&ended.task);
                self.settle(record, ended.task, ended.ending, &mut ports.reactions)
            }
            ExecutionEvent::AttemptAbandoned(abandoned) => {
                let ending = match abandoned.reason {
                    CancelReason::WorkflowCancelled => Ending::Cancelled,
                    CancelReason::TimedOut => Ending::TimedOut,
                    CancelReason::DeadlinePassed => Ending::DeadlinePassed,
                };
                self.stood.remove(&abandoned.task);
                self.settle(record, abandoned.task, ending, &mut ports.reactions)
            }
            ExecutionEvent::AttemptLost(lost) => {
                self.stood.remove(&lost.task);
                self.settle(record, lost.task, Ending::Lost, &mut ports.reactions)
            }
            ExecutionEvent::AttemptStarted(started) => {
                self.stood.remove(&started.task);
                self.pace(record, started, ports);
                Ok(())
            }
            ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_) => Ok(()),
        }
    }

    /// How long a task takes is known from its own runs, where that is asked for. One that failed or was ended says
    /// nothing of it.
    fn remember(&self, record: &Recorded<AnyEvent>, ended: &AttemptEnded, ports: &mut Ports) {
        let takes_time = self.spec(ended.task).is_some_and(|spec| spec.kind.takes_time());
        if takes_time
            && ended.ending == Ending::Succeeded
            && self.is_priced(ended.task)
            && let Some(known) = self.known_by(ended.task)
        {
            let stood = self.stood.get(&ended.task).map_or(Micros(0), |stood| stood.by(record.elapsed));
            let ran = Micros(ended.duration.0.saturating_sub(stood.0).max(0));
            ports.durations.observe(known, ran, record.sequence);
        }
    }

    /// A process runs that may be suspended by what electricity costs: from when to when is decided next.
    fn pace(&self, record: &Recorded<AnyEvent>, started: &AttemptStarted, ports: &mut Ports) {
        let AttemptStarted { request, task } = *started;
        let may_pause = |spec: &Spec| spec.worth.as_deref().is_some_and(|worth| worth.may_pause);
        if self.spec(task).is_some_and(may_pause) && self.may_wait_for_price(task, ports.prices) {
            let workflow = record.stream.into();
            ports.reactions.push(OfPrices::Pace { workflow, task, request }, record.sequence);
        }
    }

    pub(super) fn hear_gates(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &GatesEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            GatesEvent::GateOpened(opened) => {
                let state = if opened.wants == Wants::Review { TaskState::Held } else { TaskState::Awaiting };
                self.set(opened.task, &record.event, state).map(drop)
            }
            GatesEvent::ApprovalGiven(ApprovalGiven { task, .. })
            | GatesEvent::ApprovalDeclined(ApprovalDeclined { task, .. }) => {
                let state = self.task(*task).ok_or(FoldError::UnknownTask)?.state;
                self.set(*task, &record.event, state).map(drop)
            }
            GatesEvent::SignalReceived(received) => {
                if received.content.is_some() {
                    ports.uses.accept_content(self.plan.subject(), record.at);
                }
                Ok(())
            }
            GatesEvent::GateClosed(closed) if closed.how == Closing::Released => {
                let due = record.elapsed;
                self.set(closed.task, &record.event, TaskState::Waiting { due })?;
                *self.released.entry(closed.task).or_default() += 1;
                ports.wakes.insert(retry_wake(due, record.stream, closed.task));
                Ok(())
            }
            GatesEvent::GateClosed(closed) => {
                if let Some(output) = &closed.output {
                    self.keep_output(closed.task, output, ContentClass::Signal, false);
                }
                self.settle(record, closed.task, closed.how.ending(), &mut ports.reactions)
            }
        }
    }

    pub(super) fn hear_evaluation(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &EvaluationEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            EvaluationEvent::EvaluationRequested(requested) => {
                self.set(requested.task, &record.event, TaskState::Evaluating).map(drop)
            }
            EvaluationEvent::EvaluationEnded(ended) => {
                let (task, verdict) = (ended.task, ended.verdict);
                self.set(task, &record.event, TaskState::Evaluated { verdict })?;
                if let Some(value) = ended.value.as_ref().filter(|_| verdict == Verdict::List) {
                    if !value.pages.is_empty() {
                        ports.uses.accept_content(self.plan.subject(), record.at);
                    }
                    self.fans.keep(task, value);
                }
                let workflow = WorkflowId::from(record.stream);
                match verdict {
                    Verdict::Holds => self.offer(record, task, ports),
                    Verdict::DoesNotHold
                    | Verdict::List
                    | Verdict::Missing
                    | Verdict::NoValue
                    | Verdict::TooMuch
                    | Verdict::Unavailable => {
                        ports.reactions.push(Reaction::Judge { workflow, task }, record.sequence);
                    }
                }
                Ok(())
            }
        }
    }

    /// By what electricity costs a task waits, or it goes on as any other that could run.
    pub(super) fn hear_prices(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &PricesEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            PricesEvent::TaskDeferred(deferred) => {
                self.set(deferred.task, &record.event, TaskState::Deferred).map(drop)
            }
            PricesEvent::TaskReleased(released) => {
                self.set(released.task, &record.event, TaskState::Released)?;
                let (workflow, task) = (record.stream.into(), released.task);
                ports.reactions.push(OfExecution::Offer { workflow, task }, record.sequence);
                Ok(())
            }
            PricesEvent::RunSuspended(suspended) => {
                self.check_running(suspended.task, suspended.request)?;
                self.stood.entry(suspended.task).or_default().begin(record.elapsed);
                Ok(())
            }
            PricesEvent::RunContinued(continued) => {
                self.check_running(continued.task, continued.request)?;
                if let Some(stood) = self.stood.get_mut(&continued.task) {
                    stood.end(record.elapsed);
                }
                Ok(())
            }
            PricesEvent::SourceSet(_)
            | PricesEvent::PricesPublished(_)
            | PricesEvent::SourceRemoved(_)
            | PricesEvent::CarbonSourceSet(_)
            | PricesEvent::CarbonPublished(_)
            | PricesEvent::CarbonSourceRemoved(_) => Err(FoldError::Grammar),
        }
    }

    /// A task that failed is tried again with a fix, waits for a person's word on one, or is healed no more.
    pub(super) fn hear_healing(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &HealingEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            HealingEvent::FixApplied(applied) => {
                let due = record.elapsed.later(applied.delay);
                self.set(applied.task, &record.event, TaskState::Waiting { due })?;
                ports.wakes.insert(retry_wake(due, record.stream, applied.task));
                Ok(())
            }
            HealingEvent::FixProposed(proposed) => {
                let ending = self.failed_by(proposed.task)?;
                self.set(proposed.task, &record.event, TaskState::Proposed { ending }).map(drop)
            }
            HealingEvent::FixApproved(FixApproved { task, .. })
            | HealingEvent::FixDeclined(FixDeclined { task, .. }) => {
                let ending = self.failed_by(*task)?;
                self.set(*task, &record.event, TaskState::Proposed { ending }).map(drop)
            }
            HealingEvent::HealingEnded(ended) => {
                let ending = self.failed_by(ended.task)?;
                self.settle(record, ended.task, ending, &mut ports.reactions)
            }
            HealingEvent::RulesSet(_)
            | HealingEvent::RulesRemoved(_)
            | HealingEvent::ConfigurationOffered(_) => Err(FoldError::Grammar),
        }
    }

    /// How the attempt ended of a task of which is decided what that means.
    fn failed_by(&self, task: u32) -> Result<Ending, FoldError> {
        match self.task(task).map(|task| task.state) {
            Some(TaskState::Settling { ending } | TaskState::Proposed { ending }) => Ok(ending),
            Some(_) | None => Err(FoldError::Grammar),
        }
    }

    /// What is recorded of a run is recorded of an attempt that runs.
    fn check_running(&self, task: u32, request: u64) -> Result<(), FoldError> {
        let state = self.task(task).map(|task| task.state);
        if state == Some(TaskState::Running { request }) { Ok(()) } else { Err(FoldError::UnknownAttempt) }
    }

    fn keep_output(&mut self, task: u32, content: &Sealed, class: ContentClass, is_cut: bool) {
        if self.plan.is_taken(self.template(task)) {
            self.outputs.insert(task, Output { content: content.clone(), class, is_cut, of: None });
        }
    }

    /// An attempt ended; what that means for its task is decided next.
    fn settle(
        &mut self,
        record: &Recorded<AnyEvent>,
        task: u32,
        ending: Ending,
        reactions: &mut Reactions,
    ) -> Result<(), FoldError> {
        self.set(task, &record.event, TaskState::Settling { ending })?;
        let workflow = WorkflowId::from(record.stream);
        reactions.push(Reaction::Settle { workflow, task }, record.sequence);
        Ok(())
    }

    /// The tasks of a sub-workflow may begin, as far as they have not ended: what one depended on may have failed before.
    fn begin_group(
        &mut self,
        record: &Recorded<AnyEvent>,
        group: u32,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let members = self.plan.members.get(&group).ok_or(FoldError::Grammar)?;
        let (mut left, mut failed) = (0, false);
        for member in members {
            let state = self.tasks[*member as usize].state;
            left += u32::from(!state.phase().is_terminal());
            failed |= matches!(state, TaskState::Failed | TaskState::Skipped);
        }
        self.set(group, &record.event, TaskState::Spread { left, failed })?;
        self.release_members(record, group, ports);
        self.gather_when_empty(record, group, left, &mut ports.reactions);
        Ok(())
    }

    /// A task all of whose parts have ended, or that has none, ends.
    fn gather_when_empty(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
        left: u32,
        reactions: &mut Reactions,
    ) {
        if left == 0 {
            let workflow = WorkflowId::from(record.stream);
            reactions.push(Reaction::Gather { workflow, task }, record.sequence);
        }
    }

    /// The parts of a task are there, behind all other tasks, and as many begin as may at once.
    fn fan_out(
        &mut self,
        record: &Recorded<AnyEvent>,
        fanned: &TaskFannedOut,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let TaskFannedOut { task, first, parts } = *fanned;
        let has_its_place = first as usize == self.tasks.len();
        let is_its_list = self.fans.list(task).is_some_and(|list| list.entries == parts);
        // No setting allows more, so no core decided it.
        let (_, most) = Setting::TasksPerWorkflowMax.bounds();
        let fits = usize::try_from(most).is_ok_and(|most| self.tasks.len() + parts as usize <= most);
        if !has_its_place || !is_its_list || !fits {
            return Err(FoldError::Grammar);
        }
        self.set(task, &record.event, TaskState::Spread { left: parts, failed: false })?;
        self.fans.begin(task, first);
        let part = Task { state: TaskState::READY, attempts: 0 };
        self.tasks.resize(self.tasks.len() + parts as usize, part);
        self.open += parts;
        self.gather_when_empty(record, task, parts, &mut ports.reactions);
        let at_once =
            self.plan.rules(task).and_then(|rules| rules.fan_out.as_ref()).map_or(1, |fan| fan.at_once);
        for _ in 0..at_once {
            let Some(part) = self.fans.begin_next(task) else { break };
            self.offer(record, part, ports);
        }
        Ok(())
    }

    /// Those that run are asked to stop, the others are cancelled.
    fn stop_open_tasks(&self, record: &Recorded<AnyEvent>, reactions: &mut Reactions) {
        let workflow = WorkflowId::from(record.stream);
        for (task, index) in self.tasks.iter().zip(0..) {
            if let TaskState::Running { request } = task.state {
                let reason = CancelReason::WorkflowCancelled;
                reactions.push(OfExecution::Stop { workflow, request, reason }, record.sequence);
            } else if !task.state.phase().is_terminal() {
                reactions.push(Reaction::Cancel { workflow, task: index }, record.sequence);
            }
        }
    }

    /// What a deadline is of fails with all that is in it; what runs of it is asked to stop first. What consists of others
    /// fails when those have ended.
    fn expire(&self, record: &Recorded<AnyEvent>, of: Option<u32>, reactions: &mut Reactions) {
        let mut late: Vec<u32> = match of {
            Some(task) => vec![task],
            None => (0..length(self.tasks.len())).collect(),
        };
        let workflow = WorkflowId::from(record.stream);
        let mut next = 0;
        while let Some(task) = late.get(next).copied() {
            next += 1;
            let Some(Task { state, .. }) = self.task(task) else { continue };
            if let TaskState::Running { request } = *state {
                let reason = CancelReason::DeadlinePassed;
                reactions.push(OfExecution::Stop { workflow, request, reason }, record.sequence);
            } else if !state.phase().is_terminal() {
                reactions.push(Reaction::Expire { workflow, task }, record.sequence);
            }
            if of.is_some() {
                late.extend(self.contents(task));
            }
        }
    }
}
