//! How does one workflow stand? Its tasks, what depends on what, and how far each is.

use triad_event::dag::{QueueReason, TaskPhase, WorkflowPhase};
use triad_event::execution::Ending;
use triad_event::intake::{TaskDefinition, TaskKind, WorkflowAccepted, WorkflowSubmitted};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, Sealed, dag, execution, intake};

use crate::projection::{Before, Moment, Projection, ViewError};
use crate::run_list::Summary;
use crate::stored::ByNumber;
use crate::task_pages::TaskPages;

/// A workflow with all its tasks. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunGraph {
    pub(crate) summary: Summary,
    pub(crate) tasks: TaskPages,
}

/// A task of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Task {
    /// Its id in the definition.
    pub id: Box<str>,
    /// Its display name; may be empty.
    pub name: Box<str>,
    /// What performing it means.
    pub kind: TaskKind,
    /// The tasks that must be completed first, by number, ascending.
    pub dependencies: Box<[u32]>,
    /// Where its input lies in the vault.
    pub input: Option<Box<Sealed>>,
    /// How many attempts it has in all.
    pub attempts_max: u32,
    /// Where it stands; none until its workflow is accepted.
    #[rkyv(with = rkyv::with::Map<ByNumber>)]
    pub phase: Option<TaskPhase>,
    /// How many attempts were requested.
    pub attempts: u32,
    /// How the last attempt that is over ended.
    pub last_ending: Option<Ending>,
    /// What it waits for while it is queued.
    pub waits_for: Option<QueueReason>,
    /// When its next attempt is due while it waits for a retry.
    pub retry_at: Option<Micros>,
    /// The dependency because of which it was skipped.
    pub skipped_because: Option<u32>,
    /// The request of its first attempt.
    pub started: Option<Moment>,
    /// Its end.
    pub ended: Option<Moment>,
}

impl RunGraph {
    /// The workflow at a glance.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The tasks, in the order of the definition, which is that of their numbers.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter()
    }

    /// The task with that number.
    pub fn task(&self, number: u32) -> Option<&Task> {
        self.tasks.get(number)
    }

    /// Every dependency: the task that must be completed first, and the one that waits for it.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        let numbered = (0..).zip(self.tasks.iter());
        numbered.flat_map(|(number, task)| task.dependencies.iter().map(move |first| (*first, number)))
    }

    fn take_in(&mut self, record: &Recorded<Event>, event: &intake::Event) -> Result<(), ViewError> {
        match event {
            intake::Event::ChunkStaged(chunk) => {
                ViewError::unless_equal(record, "tasks", chunk.first_task, self.summary.tasks)?;
                self.summary.subject = Some(chunk.subject.id);
                self.define(&chunk.tasks);
            }
            intake::Event::WorkflowSubmitted(submitted) => self.submit(record, submitted)?,
            intake::Event::WorkflowAccepted(accepted) => self.accept(record, accepted)?,
            intake::Event::UploadExpired(expired) => {
                ViewError::unless_equal(record, "tasks", expired.staged_tasks, self.summary.tasks)?;
            }
        }
        Ok(())
    }

    fn submit(&mut self, record: &Recorded<Event>, submitted: &WorkflowSubmitted) -> Result<(), ViewError> {
        let asked = &submitted.asked;
        ViewError::unless_equal(record, "tasks", asked.staged_tasks, self.summary.tasks)?;
        self.summary.subject = Some(asked.subject.id);
        self.define(&asked.tasks);
        self.summary.name.clone_from(&asked.name);
        self.summary.digest = Some(submitted.digest);
        self.summary.idempotency_key = asked.idempotency_key;
        Ok(())
    }

    fn accept(&mut self, record: &Recorded<Event>, accepted: &WorkflowAccepted) -> Result<(), ViewError> {
        ViewError::unless_equal(record, "tasks", accepted.tasks, self.summary.tasks)?;
        ViewError::unless_equal(record, "dependencies", accepted.dependencies, self.summary.dependencies)?;
        let phase = TaskPhase::after(None, &record.event);
        self.tasks.for_each_mut(|task| task.phase = phase);
        self.summary.counts.begin(accepted.tasks);
        self.summary.digest = Some(accepted.digest);
        self.summary.accepted = Some(Moment::of(record));
        Ok(())
    }

    fn define(&mut self, definitions: &[TaskDefinition]) {
        for definition in definitions {
            self.tasks.push(Task::defined(definition));
            self.summary.tasks += 1;
            self.summary.dependencies += definition.dependencies.len() as u32;
        }
    }

    fn step(&mut self, record: &Recorded<Event>, event: &dag::Event) -> Result<(), ViewError> {
        match event {
            dag::Event::TaskQueued(event) => {
                self.advance(record, event.task)?.waits_for = Some(event.reason);
            }
            dag::Event::TaskCompleted(event) => {
                self.end(record, event.task)?;
            }
            dag::Event::TaskFailed(event) => {
                self.end(record, event.task)?.last_ending = Some(event.ending);
            }
            dag::Event::TaskSkipped(event) => {
                self.end(record, event.task)?.skipped_because = Some(event.because);
            }
            dag::Event::TaskCancelled(event) => {
                let task = self.end(record, event.task)?;
                task.waits_for = None;
                task.retry_at = None;
            }
            dag::Event::RetryScheduled(event) => {
                let task = self.advance(record, event.task)?;
                task.last_ending = Some(event.ending);
                task.retry_at = Some(event.at);
            }
            dag::Event::WorkflowCompleted(event) => self.check(record, &event.tally)?,
            dag::Event::WorkflowFailed(event) => self.check(record, &event.tally)?,
            dag::Event::WorkflowCancelled(event) => self.check(record, &event.tally)?,
            dag::Event::CancelRequested(_)
            | dag::Event::WorkflowPaused(_)
            | dag::Event::WorkflowResumed(_) => {}
        }
        Ok(())
    }

    fn perform(&mut self, record: &Recorded<Event>, event: &execution::Event) -> Result<(), ViewError> {
        match event {
            execution::Event::AttemptRequested(event) => {
                let task = self.advance(record, event.task)?;
                task.attempts += 1;
                task.waits_for = None;
                task.retry_at = None;
                task.started.get_or_insert(Moment::of(record));
                self.summary.attempts += 1;
            }
            execution::Event::AttemptEnded(event) => {
                self.advance(record, event.task)?.last_ending = Some(event.ending);
            }
            execution::Event::AttemptProgressed(event) => {
                self.advance(record, event.task)?;
            }
            execution::Event::AttemptCancelRequested(event) => {
                self.advance(record, event.task)?;
            }
            execution::Event::AttemptStalled(event) => {
                self.advance(record, event.task)?;
            }
            execution::Event::AttemptAbandoned(event) => {
                self.advance(record, event.task)?;
            }
        }
        Ok(())
    }

    /// The task, in the phase that the record brings it to.
    fn advance(&mut self, record: &Recorded<Event>, number: u32) -> Result<&mut Task, ViewError> {
        let (sequence, tasks) = (record.sequence, self.summary.tasks);
        let task = self.tasks.get_mut(number).ok_or_else(|| ViewError::UnknownTask {
            sequence,
            kind: record.event.kind(),
            task: number,
            tasks,
        })?;
        let before = task.phase;
        let forbidden = || ViewError::forbidden(record, Before::Task { task: number, phase: before });
        let after = TaskPhase::after(before, &record.event).ok_or_else(forbidden)?;
        if let Some(before) = before {
            self.summary.counts.step(before, after);
        }
        task.phase = Some(after);
        Ok(task)
    }

    fn end(&mut self, record: &Recorded<Event>, number: u32) -> Result<&mut Task, ViewError> {
        let task = self.advance(record, number)?;
        task.ended = Some(Moment::of(record));
        Ok(task)
    }

    /// A workflow ends when all its tasks have, and says how.
    fn check(&self, record: &Recorded<Event>, tally: &dag::Tally) -> Result<(), ViewError> {
        let counts = &self.summary.counts;
        for (what, stated, phase) in [
            ("completed tasks", tally.completed, TaskPhase::Completed),
            ("failed tasks", tally.failed, TaskPhase::Failed),
            ("skipped tasks", tally.skipped, TaskPhase::Skipped),
            ("cancelled tasks", tally.cancelled, TaskPhase::Cancelled),
        ] {
            ViewError::unless_equal(record, what, stated, counts.of(phase))?;
        }
        let ended = tally.completed + tally.failed + tally.skipped + tally.cancelled;
        ViewError::unless_equal(record, "ended tasks", ended, self.summary.tasks)
    }
}

impl Projection for RunGraph {
    const NAME: &'static str = "run_graph";
    const VERSION: u32 = 2;

    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        let before = self.summary.before();
        let forbidden = || ViewError::forbidden(record, Before::Workflow(before));
        let phase = WorkflowPhase::after(before, &record.event).ok_or_else(forbidden)?;
        match &record.event {
            Event::Intake(event) => self.take_in(record, event)?,
            Event::Dag(event) => self.step(record, event)?,
            Event::Execution(event) => self.perform(record, event)?,
            Event::Log(_) | Event::Governance(_) | Event::Subjects(_) => {
                return Err(ViewError::misplaced(record));
            }
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

impl Task {
    fn defined(definition: &TaskDefinition) -> Self {
        Self {
            id: definition.id.as_str().into(),
            name: definition.name.as_str().into(),
            kind: definition.kind,
            dependencies: definition.dependencies.as_slice().into(),
            input: definition.input.clone().map(Box::new),
            attempts_max: definition.attempts_max,
            phase: None,
            attempts: 0,
            last_ending: None,
            waits_for: None,
            retry_at: None,
            skipped_because: None,
            started: None,
            ended: None,
        }
    }
}
