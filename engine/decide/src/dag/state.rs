//! The workflows that are alive, and what happened to their tasks.

use std::sync::Arc;

use triad_event::dag::{Event, Tally, TaskPhase, WorkflowPhase};
use triad_event::execution::{CancelReason, Ending, Event as ExecutionEvent};
use triad_event::governance::WakeReason;
use triad_event::ids::WorkflowId;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

use super::plan::{Plan, length};
use crate::evolve::Because;
use crate::shared::SharedMap;
use crate::subjects;
use crate::wakes::{Wake, Wakes};
use crate::world::expect_ordinal;

/// A workflow that is alive.
#[derive(Debug, Clone)]
pub struct Workflow {
    pub(crate) plan: Arc<Plan>,
    pub(crate) phase: WorkflowPhase,
    pub(crate) tasks: Vec<Task>,
    pub(crate) tally: Tally,
    /// How many tasks have not ended.
    pub(crate) open: u32,
    pub(crate) next_ordinal: u64,
    /// When content was last accepted for it.
    pub(crate) last_content: Option<Micros>,
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
        /// When that is due.
        at: Micros,
    },
    /// It ended as intended.
    Completed,
    /// It failed for good.
    Failed,
    /// It will never run.
    Skipped,
    /// It was stopped with its workflow.
    Cancelled,
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

    pub(crate) fn next_ordinal(&self) -> u64 {
        self.next_ordinal
    }

    /// The tasks that have not ended, in the order of the definition.
    pub(crate) fn open_tasks(&self) -> impl Iterator<Item = u32> {
        let open = |task: &Task| !task.state.phase().is_terminal();
        self.tasks.iter().enumerate().filter(move |(_, task)| open(task)).map(|(index, _)| length(index))
    }

    /// Moves a task, as the grammar allows, and says where it stood.
    fn set(&mut self, task: u32, event: &AnyEvent, next: TaskState) -> Result<TaskState, Because> {
        let task = self.tasks.get_mut(task as usize).ok_or(Because::UnknownTask)?;
        if TaskPhase::after(Some(task.state.phase()), event) != Some(next.phase()) {
            return Err(Because::Grammar);
        }
        Ok(std::mem::replace(&mut task.state, next))
    }

    fn complete(&mut self, task: u32, event: &AnyEvent) -> Result<(), Because> {
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
                | TaskState::Cancelled => {}
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

impl State {
    pub(crate) fn new() -> Self {
        Self { workflows: SharedMap::new() }
    }

    pub(crate) fn alive(&self) -> usize {
        self.workflows.len()
    }

    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Workflow> {
        self.workflows.get(&workflow).map(Arc::as_ref)
    }

    /// A workflow was accepted.
    pub(crate) fn accept(
        &mut self,
        workflow: WorkflowId,
        plan: Plan,
        next_ordinal: u64,
        waits: Vec<u32>,
        last_content: Option<Micros>,
    ) {
        let tasks: Vec<Task> = waits
            .into_iter()
            .map(|missing| Task { state: TaskState::Pending { missing }, attempts: 0 })
            .collect();
        let open = length(tasks.len());
        let tally = Tally { completed: 0, failed: 0, skipped: 0, cancelled: 0 };
        let phase = WorkflowPhase::Running;
        let plan = Arc::new(plan);
        let alive = Workflow { plan, phase, tasks, tally, open, next_ordinal, last_content };
        self.workflows.insert(workflow, Arc::new(alive));
    }

    /// A record of the dag or of execution, which all belong to a workflow that is alive.
    pub(crate) fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        subjects: &mut subjects::State,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        let id = WorkflowId::from(record.stream);
        let workflow = self.workflows.get_mut(&id).map(Arc::make_mut).ok_or(Because::UnknownWorkflow)?;
        expect_ordinal(record, &mut workflow.next_ordinal)?;
        workflow.phase = WorkflowPhase::after(Some(workflow.phase), &record.event).ok_or(Because::Grammar)?;
        match &record.event {
            AnyEvent::Dag(event) => workflow.evolve_dag(record, event, wakes)?,
            AnyEvent::Execution(event) => workflow.evolve_execution(record, event, wakes)?,
            AnyEvent::Log(_) | AnyEvent::Governance(_) | AnyEvent::Intake(_) | AnyEvent::Subjects(_) => {
                return Err(Because::Grammar);
            }
        }
        if workflow.phase.is_terminal() {
            subjects.end_use(workflow.plan.subject(), workflow.last_content, record.sequence);
            self.workflows.remove(&id);
        }
        Ok(())
    }
}

impl Workflow {
    fn evolve_dag(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        match event {
            Event::TaskQueued(queued) => {
                let before = self.set(queued.task, &record.event, TaskState::Queued)?;
                forget_retry(before, record, queued.task, wakes);
            }
            Event::TaskCompleted(completed) => self.complete(completed.task, &record.event)?,
            Event::TaskFailed(failed) => {
                self.set(failed.task, &record.event, TaskState::Failed)?;
                self.open -= 1;
                self.tally.failed += 1;
            }
            Event::TaskSkipped(skipped) => {
                self.set(skipped.task, &record.event, TaskState::Skipped)?;
                self.open -= 1;
                self.tally.skipped += 1;
            }
            Event::TaskCancelled(cancelled) => {
                let before = self.set(cancelled.task, &record.event, TaskState::Cancelled)?;
                forget_retry(before, record, cancelled.task, wakes);
                self.open -= 1;
                self.tally.cancelled += 1;
            }
            Event::RetryScheduled(scheduled) => {
                let at = scheduled.at;
                self.set(scheduled.task, &record.event, TaskState::Waiting { at })?;
                wakes.insert(retry_wake(at, record, scheduled.task));
            }
            Event::CancelRequested(_) | Event::WorkflowPaused(_) | Event::WorkflowResumed(_) => {}
            Event::WorkflowCompleted(_) | Event::WorkflowFailed(_) | Event::WorkflowCancelled(_) => {
                if self.open > 0 {
                    return Err(Because::Grammar);
                }
            }
        }
        Ok(())
    }

    fn evolve_execution(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &ExecutionEvent,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        match event {
            ExecutionEvent::AttemptRequested(requested) => {
                let running = TaskState::Running { request: record.sequence };
                let before = self.set(requested.task, &record.event, running)?;
                forget_retry(before, record, requested.task, wakes);
                self.tasks[requested.task as usize].attempts += 1;
            }
            ExecutionEvent::AttemptEnded(ended) => {
                self.set(ended.task, &record.event, TaskState::Settling { ending: ended.ending })?;
                if ended.stdout.kept.is_some() || ended.stderr.kept.is_some() {
                    self.last_content = Some(record.at);
                }
            }
            ExecutionEvent::AttemptAbandoned(abandoned) => {
                let ending = match abandoned.reason {
                    CancelReason::WorkflowCancelled => Ending::Cancelled,
                    CancelReason::TimedOut => Ending::TimedOut,
                };
                self.set(abandoned.task, &record.event, TaskState::Settling { ending })?;
            }
            ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_) => {}
        }
        Ok(())
    }
}

/// A task that no longer waits for its retry needs no wake-up.
fn forget_retry(before: TaskState, record: &Recorded<AnyEvent>, task: u32, wakes: &mut Wakes) {
    if let TaskState::Waiting { at } = before {
        wakes.remove(&retry_wake(at, record, task));
    }
}

fn retry_wake(at: Micros, record: &Recorded<AnyEvent>, task: u32) -> Wake {
    Wake { at, reason: WakeReason::Retry, stream: record.stream, subject: task.into() }
}
