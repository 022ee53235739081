//! The workflows that are alive, and what happened to their tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Event, Tally, TaskPhase, WorkflowPhase};
use triad_event::execution::{CancelReason, Ending, Event as ExecutionEvent};
use triad_event::gates::Event as GatesEvent;
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Event as IntakeEvent;
use triad_event::quantity::Micros;
use triad_event::sealed::ContentClass;
use triad_event::{Event as AnyEvent, Recorded, Sealed};

use super::reaction::Reaction;
use crate::execution::reaction::Reaction as OfExecution;
use crate::fold_error::FoldError;
use crate::gates::reaction::Reaction as OfGates;
use crate::image::length;
use crate::image::{choices, structs};
use crate::plan::{Definition, Plan};
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::ports::wakes::{Wake, Wakes};
use crate::shared::SharedMap;

structs! {
    State { workflows }
    Workflow { plan, phase, tasks, tally, open, outputs }
    Output { content, class, is_cut }
    Task { state, attempts }
}

choices! {
    TaskState {
        0 Pending { missing },
        1 Queued,
        2 Running { request },
        3 Settling { ending },
        4 Waiting { due },
        5 Completed,
        6 Failed,
        7 Skipped,
        8 Cancelled,
        9 Awaiting,
    }
}

/// A workflow that is alive.
#[derive(Debug, Clone)]
pub struct Workflow {
    pub(crate) plan: Arc<Plan>,
    pub(crate) phase: WorkflowPhase,
    pub(crate) tasks: Vec<Task>,
    pub(crate) tally: Tally,
    /// How many tasks have not ended.
    pub(crate) open: u32,
    /// The outputs that other tasks take, as far as there are any, by task.
    pub(crate) outputs: BTreeMap<u32, Output>,
}

/// The output of a task, where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The content.
    pub content: Sealed,
    /// As what it was sealed.
    pub class: ContentClass,
    /// Whether there was more than is kept.
    pub is_cut: bool,
}

/// What the dag remembers of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Where it stands.
    pub state: TaskState,
    /// How many attempts were requested.
    pub attempts: u32,
}

/// Where a task stands, with what is needed to go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// It waits for that many dependencies.
    Pending {
        /// How many are not completed.
        missing: u32,
    },
    /// It waits for a place.
    Queued,
    /// An attempt runs.
    Running {
        /// Sequence of its request.
        request: u64,
    },
    /// Its attempt ended so, and what that means is decided next.
    Settling {
        /// How.
        ending: Ending,
    },
    /// It waits for its retry.
    Waiting {
        /// When that is due, in the time that has passed for the log.
        due: Micros,
    },
    /// It ended as intended.
    Completed,
    /// It failed for good.
    Failed,
    /// It will never run.
    Skipped,
    /// It was stopped with its workflow.
    Cancelled,
    /// It waits for time, a signal or people.
    Awaiting,
}

impl TaskState {
    /// The phase in the grammar.
    pub const fn phase(self) -> TaskPhase {
        match self {
            Self::Pending { .. } => TaskPhase::Pending,
            Self::Queued => TaskPhase::Queued,
            Self::Running { .. } => TaskPhase::Running,
            Self::Settling { .. } => TaskPhase::Settling,
            Self::Waiting { .. } => TaskPhase::Waiting,
            Self::Completed => TaskPhase::Completed,
            Self::Failed => TaskPhase::Failed,
            Self::Skipped => TaskPhase::Skipped,
            Self::Cancelled => TaskPhase::Cancelled,
            Self::Awaiting => TaskPhase::Awaiting,
        }
    }
}

impl Workflow {
    /// What it is made of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where it stands.
    pub fn phase(&self) -> WorkflowPhase {
        self.phase
    }

    /// What is remembered of a task.
    pub fn task(&self, task: u32) -> Option<&Task> {
        self.tasks.get(task as usize)
    }

    /// How many of its tasks have ended in which way.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Moves a task, as the grammar allows, and says where it stood.
    fn set(&mut self, task: u32, event: &AnyEvent, next: TaskState) -> Result<TaskState, FoldError> {
        let task = self.tasks.get_mut(task as usize).ok_or(FoldError::UnknownTask)?;
        if TaskPhase::after(Some(task.state.phase()), event) != Some(next.phase()) {
            return Err(FoldError::Grammar);
        }
        Ok(std::mem::replace(&mut task.state, next))
    }

    fn complete(&mut self, task: u32, event: &AnyEvent) -> Result<(), FoldError> {
        self.set(task, event, TaskState::Completed)?;
        self.open -= 1;
        self.tally.completed += 1;
        for dependent in self.plan.dependents.get(task) {
            match &mut self.tasks[*dependent as usize].state {
                TaskState::Pending { missing } => *missing -= 1,
                // Cancelled meanwhile, with its workflow.
                TaskState::Queued
                | TaskState::Running { .. }
                | TaskState::Settling { .. }
                | TaskState::Waiting { .. }
                | TaskState::Completed
                | TaskState::Failed
                | TaskState::Skipped
                | TaskState::Cancelled
                | TaskState::Awaiting => {}
            }
        }
        Ok(())
    }
}

/// The workflows that are alive.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) workflows: SharedMap<WorkflowId, Arc<Workflow>>,
}

impl Default for State {
    fn default() -> Self {
        Self { workflows: SharedMap::new() }
    }
}

impl State {
    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Workflow> {
        self.workflows.get(&workflow).map(Arc::as_ref)
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Dag(event) = &record.event {
            return self.evolve(record, ports, |workflow, ports| workflow.evolve_dag(record, event, ports));
        }
        if let AnyEvent::Execution(event) = &record.event {
            return self
                .evolve(record, ports, |workflow, ports| workflow.hear_execution(record, event, ports));
        }
        if let AnyEvent::Gates(event) = &record.event {
            return self.evolve(record, ports, |workflow, ports| workflow.hear_gates(record, event, ports));
        }
        if let AnyEvent::Intake(IntakeEvent::WorkflowAccepted(_)) = &record.event {
            return self.accept(record, ports);
        }
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event {
            self.close(closed.closed, record.sequence, ports);
        }
        Ok(())
    }

    fn accept(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        let Definition { plan, waits } = ports.accepted.receive().ok_or(FoldError::Grammar)?;
        for (missing, task) in waits.iter().zip(0..) {
            if *missing == 0 {
                offer(&plan, record, task, &mut ports.reactions);
            }
        }
        let pending = |missing| Task { state: TaskState::Pending { missing }, attempts: 0 };
        let tasks: Vec<Task> = waits.into_iter().map(pending).collect();
        let open = length(tasks.len());
        let tally = Tally { completed: 0, failed: 0, skipped: 0, cancelled: 0 };
        let (plan, phase, outputs) = (Arc::new(plan), WorkflowPhase::Running, BTreeMap::new());
        let alive = Workflow { plan, phase, tasks, tally, open, outputs };
        self.workflows.insert(record.stream.into(), Arc::new(alive));
        Ok(())
    }

    /// A record of the dag or of execution, which all belong to a workflow that is alive.
    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
        change: impl FnOnce(&mut Workflow, &mut Ports) -> Result<(), FoldError>,
    ) -> Result<(), FoldError> {
        let id = WorkflowId::from(record.stream);
        let workflow = self.workflows.get_mut(&id).map(Arc::make_mut).ok_or(FoldError::UnknownWorkflow)?;
        workflow.phase =
            WorkflowPhase::after(Some(workflow.phase), &record.event).ok_or(FoldError::Grammar)?;
        change(workflow, ports)?;
        if workflow.phase.is_terminal() {
            ports.uses.end(workflow.plan.subject(), record.sequence);
            self.workflows.remove(&id);
        }
        Ok(())
    }

    /// An operator closed the stream for ever.
    fn close(&mut self, stream: StreamId, sequence: u64, ports: &mut Ports) {
        if let Some(workflow) = self.workflows.remove(&stream.into()) {
            ports.uses.end(workflow.plan.subject(), sequence);
        }
    }
}

impl Workflow {
    fn evolve_dag(
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
            Event::TaskCompleted(completed) => {
                self.complete(completed.task, &record.event)?;
                self.offer_dependents(record, completed.task, &mut ports.reactions);
            }
            Event::TaskFailed(failed) => {
                self.set(failed.task, &record.event, TaskState::Failed)?;
                self.open -= 1;
                self.tally.failed += 1;
                self.skip_dependents(record, failed.task, &mut ports.reactions);
            }
            Event::TaskSkipped(skipped) => {
                self.set(skipped.task, &record.event, TaskState::Skipped)?;
                self.open -= 1;
                self.tally.skipped += 1;
                self.skip_dependents(record, skipped.task, &mut ports.reactions);
            }
            Event::TaskCancelled(cancelled) => {
                let before = self.set(cancelled.task, &record.event, TaskState::Cancelled)?;
                forget_retry(before, record, cancelled.task, &mut ports.wakes);
                self.open -= 1;
                self.tally.cancelled += 1;
                self.finish_when_done(record, &mut ports.reactions);
            }
            Event::RetryScheduled(scheduled) => {
                let due = record.elapsed.later(scheduled.delay);
                self.set(scheduled.task, &record.event, TaskState::Waiting { due })?;
                ports.wakes.insert(retry_wake(due, record, scheduled.task));
            }
            Event::CancelRequested(_) => {
                ports.streams.pause(record.stream, false);
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

    fn hear_execution(
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
                    // Of one that failed the next attempt has another, and none takes this one.
                    self.keep_output(
                        ended.task,
                        kept,
                        ContentClass::Stdout,
                        ended.stdout.total > kept.length,
                    );
                }
                self.settle(record, ended.task, ended.ending, &mut ports.reactions)
            }
            ExecutionEvent::AttemptAbandoned(abandoned) => {
                let ending = match abandoned.reason {
                    CancelReason::WorkflowCancelled => Ending::Cancelled,
                    CancelReason::TimedOut => Ending::TimedOut,
                };
                self.settle(record, abandoned.task, ending, &mut ports.reactions)
            }
            ExecutionEvent::AttemptLost(lost) => {
                self.settle(record, lost.task, Ending::Lost, &mut ports.reactions)
            }
            ExecutionEvent::AttemptStarted(_)
            | ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_) => Ok(()),
        }
    }

    fn hear_gates(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &GatesEvent,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            GatesEvent::GateOpened(opened) => {
                self.set(opened.task, &record.event, TaskState::Awaiting).map(drop)
            }
            GatesEvent::ApprovalGiven(given) => {
                self.set(given.task, &record.event, TaskState::Awaiting).map(drop)
            }
            GatesEvent::ApprovalDeclined(declined) => {
                self.set(declined.task, &record.event, TaskState::Awaiting).map(drop)
            }
            GatesEvent::SignalReceived(received) => {
                if received.content.is_some() {
                    ports.uses.accept_content(self.plan.subject(), record.at);
                }
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

    fn keep_output(&mut self, task: u32, content: &Sealed, class: ContentClass, is_cut: bool) {
        if self.plan.is_taken(task) {
            self.outputs.insert(task, Output { content: content.clone(), class, is_cut });
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

    fn offer_dependents(&self, record: &Recorded<AnyEvent>, completed: u32, reactions: &mut Reactions) {
        for task in self.plan.dependents.get(completed) {
            if self.tasks[*task as usize].state == (TaskState::Pending { missing: 0 }) {
                offer(&self.plan, record, *task, reactions);
            }
        }
        self.finish_when_done(record, reactions);
    }

    fn skip_dependents(&self, record: &Recorded<AnyEvent>, because: u32, reactions: &mut Reactions) {
        let workflow = WorkflowId::from(record.stream);
        for task in self.plan.dependents.get(because) {
            reactions.push(Reaction::Skip { workflow, task: *task, because }, record.sequence);
        }
        self.finish_when_done(record, reactions);
    }

    fn finish_when_done(&self, record: &Recorded<AnyEvent>, reactions: &mut Reactions) {
        if self.open == 0 {
            let workflow = WorkflowId::from(record.stream);
            reactions.push(Reaction::Finish { workflow }, record.sequence);
        }
    }

    /// Those that run are asked to stop, the others are cancelled.
    fn stop_open_tasks(&self, record: &Recorded<AnyEvent>, reactions: &mut Reactions) {
        let workflow = WorkflowId::from(record.stream);
        for (task, index) in self.tasks.iter().zip(0..) {
            if let TaskState::Running { request } = task.state {
                reactions.push(OfExecution::Stop { workflow, request }, record.sequence);
            } else if !task.state.phase().is_terminal() {
                reactions.push(Reaction::Cancel { workflow, task: index }, record.sequence);
            }
        }
    }
}

/// A task on which nothing stands in the way is taken over by whoever goes on with tasks of its kind.
fn offer(plan: &Plan, record: &Recorded<AnyEvent>, task: u32, reactions: &mut Reactions) {
    let workflow = WorkflowId::from(record.stream);
    match plan.spec(task).is_some_and(|spec| spec.kind.is_gate()) {
        true => reactions.push(OfGates::Open { workflow, task }, record.sequence),
        false => reactions.push(OfExecution::Offer { workflow, task }, record.sequence),
    }
}

/// A task that no longer waits for its retry needs no wake-up.
fn forget_retry(before: TaskState, record: &Recorded<AnyEvent>, task: u32, wakes: &mut Wakes) {
    if let TaskState::Waiting { due } = before {
        wakes.remove(&retry_wake(due, record, task));
    }
}

fn retry_wake(due: Micros, record: &Recorded<AnyEvent>, task: u32) -> Wake {
    Wake { due, reason: WakeReason::Retry, stream: record.stream, about: task.into() }
}
