//! How does one workflow stand? Its tasks, what depends on what, and how far each is.

mod course;
mod deferral;
mod healing;
mod pacing;
mod task;
mod task_pages;

use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::execution::Ending;
use triad_event::gates::Closing;
use triad_event::intake::{TaskDefinition, WorkflowAccepted, WorkflowSubmitted};
use triad_event::{
    Event, Recorded, dag, economics, evaluation, execution, gates, governance, healing as healing_event,
    intake, prices,
};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::batch::NewPages;
use crate::host::stored::StoredPages;
use crate::read_error::ReadError;
use crate::row::{Undecodable, decode};
use crate::view::ledger::Balance;
use crate::view::open_gates::by_calendar;
use crate::view::part::Part;
use crate::view::run_list::Summary;
pub use course::Course;
pub use deferral::Deferral;
pub use healing::{Applied, Healing, Proposed};
pub use pacing::{Pacing, STOOD_MAX, Stood};
use task::Verdict;
pub use task::{Gate, Task};
pub(crate) use task_pages::{PAGE_TASKS, TaskPages};

/// A workflow with all its tasks. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunGraph {
    pub(crate) summary: Summary,
    pub(crate) tasks: TaskPages,
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

    fn submit(&mut self, record: &Recorded<Event>, submitted: &WorkflowSubmitted) -> Result<(), ViewError> {
        let asked = &submitted.asked;
        ViewError::unless_equal(record, "tasks", asked.staged_tasks, self.summary.tasks)?;
        self.summary.subject = Some(asked.subject.id);
        self.define(&asked.tasks);
        self.summary.name.clone_from(&asked.name);
        self.summary.digest = Some(submitted.digest);
        self.summary.idempotency_key = asked.idempotency_key;
        self.summary.owner.clone_from(&asked.owner);
        self.summary.terms = asked.terms.as_deref().cloned().map(Box::new);
        self.summary.submitted = Some(Moment::of(record));
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
        self.summary.accepted_elapsed = record.elapsed;
        Ok(())
    }

    fn define(&mut self, definitions: &[TaskDefinition]) {
        for definition in definitions {
            self.tasks.push(Task::defined(definition));
            self.summary.tasks += 1;
            self.summary.dependencies += definition.dependencies.len() as u32;
        }
    }

    fn phase_after(&self, record: &Recorded<Event>) -> Result<WorkflowPhase, ViewError> {
        let before = self.summary.before();
        let forbidden = || ViewError::forbidden(record, "its workflow", before);
        WorkflowPhase::after(before, &record.event).ok_or_else(forbidden)
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
        let forbidden = || ViewError::forbidden(record, format_args!("task {number}"), before);
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

    /// Somebody decided on an approval.
    fn judge(
        &mut self,
        record: &Recorded<Event>,
        task: u32,
        is_approval: bool,
        reason: &str,
    ) -> Result<(), ViewError> {
        let verdict = Verdict {
            principal: record.principal,
            is_approval,
            reason: reason.to_owned(),
            given: Moment::of(record),
        };
        if let Some(gate) = &mut self.advance(record, task)?.gate {
            gate.verdicts.push(verdict);
        }
        Ok(())
    }

    /// The parts of a task stand behind all others.
    fn fan_out(&mut self, record: &Recorded<Event>, fanned: &dag::TaskFannedOut) -> Result<(), ViewError> {
        let dag::TaskFannedOut { task: of, first, parts } = *fanned;
        ViewError::unless_equal(record, "tasks", first, self.summary.tasks)?;
        let task = self.advance(record, of)?;
        task.started.get_or_insert(Moment::of(record));
        let course = task.course();
        (course.first_part, course.parts) = (Some(first), parts);
        let task = task.clone();
        let phase = TaskPhase::after(None, &record.event);
        (0..parts).for_each(|number| self.tasks.push(task.part(number, of, phase)));
        self.summary.tasks += parts;
        self.summary.counts.join(parts);
        Ok(())
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

impl Follows<intake::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &intake::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
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
        self.summary.note(record, phase);
        Ok(())
    }
}

impl Follows<dag::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &dag::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
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
                task.retry_at = Some(record.at.later(event.delay));
            }
            dag::Event::TaskLeftOut(event) => {
                self.end(record, event.task)?.course().left_out = Some(event.why);
            }
            dag::Event::TaskFannedOut(event) => self.fan_out(record, event)?,
            dag::Event::GroupBegan(event) => {
                self.advance(record, event.task)?.started.get_or_insert(Moment::of(record));
            }
            dag::Event::TaskReused(event) => {
                self.end(record, event.task)?;
            }
            dag::Event::WorkflowCompleted(event) => self.check(record, &event.tally)?,
            dag::Event::WorkflowFailed(event) => self.check(record, &event.tally)?,
            dag::Event::WorkflowCancelled(event) => self.check(record, &event.tally)?,
            dag::Event::CancelRequested(_)
            | dag::Event::DeadlinePassed(_)
            | dag::Event::WorkflowPaused(_)
            | dag::Event::WorkflowResumed(_) => {}
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

/// Of governance only its closing is in the stream of a workflow.
impl Follows<governance::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, _: &governance::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
        self.summary.note(record, phase);
        Ok(())
    }
}

impl Follows<execution::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &execution::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
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
                let task = self.advance(record, event.task)?;
                task.last_ending = Some(event.ending);
                task.find(event.findings.as_deref());
                task.stands_no_longer(record);
            }
            // What ran in an earlier life was cut off with it.
            execution::Event::AttemptStarted(event) => {
                if let Some(course) = self.advance(record, event.task)?.course.as_deref_mut() {
                    course.pacing = None;
                }
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
                self.advance(record, event.task)?.stands_no_longer(record);
            }
            execution::Event::AttemptLost(event) => {
                let task = self.advance(record, event.task)?;
                task.last_ending = Some(Ending::Lost);
                task.stands_no_longer(record);
            }
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

impl Follows<gates::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &gates::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
        match event {
            gates::Event::GateOpened(opened) => {
                let task = self.advance(record, opened.task)?;
                task.started.get_or_insert(Moment::of(record));
                if let Some(gate) = &mut task.gate {
                    gate.opened = Some(Moment::of(record));
                    gate.due = opened.due.map(|due| by_calendar(record, due));
                }
            }
            gates::Event::ApprovalGiven(given) => self.judge(record, given.task, true, &given.reason)?,
            gates::Event::ApprovalDeclined(declined) => {
                self.judge(record, declined.task, false, &declined.reason)?;
            }
            gates::Event::GateClosed(closed) => {
                let task = self.advance(record, closed.task)?;
                if closed.how == Closing::Released {
                    task.retry_at = Some(record.at);
                }
                task.last_ending = Some(closed.how.ending());
                if let Some(gate) = &mut task.gate {
                    gate.how = Some(closed.how);
                    gate.output = closed.output.as_deref().cloned().map(Box::new);
                }
            }
            gates::Event::SignalReceived(_) => {}
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

impl Follows<evaluation::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &evaluation::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
        match event {
            evaluation::Event::EvaluationRequested(requested) => {
                self.advance(record, requested.task)?;
            }
            evaluation::Event::EvaluationEnded(ended) => {
                self.advance(record, ended.task)?.course().evaluate(ended);
            }
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

/// Of the records about prices, those about tasks are of a workflow.
impl Follows<prices::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &prices::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
        match event {
            prices::Event::TaskDeferred(deferred) => {
                let course = self.advance(record, deferred.task)?.course();
                course.deferral = Some(Deferral::waits(course.deferral.as_deref(), record, deferred));
            }
            prices::Event::TaskReleased(released) => {
                let course = self.advance(record, released.task)?.course();
                course.deferral = Some(Deferral::goes_on(course.deferral.as_deref(), record, released));
            }
            prices::Event::RunSuspended(suspended) => {
                let course = self.advance(record, suspended.task)?.course();
                course.pacing = Some(Pacing::suspended(course.pacing.as_deref(), record, suspended));
            }
            prices::Event::RunContinued(continued) => {
                let course = self.advance(record, continued.task)?.course();
                course.pacing = Some(Pacing::continued(course.pacing.as_deref(), record, continued));
            }
            prices::Event::SourceSet(_)
            | prices::Event::PricesPublished(_)
            | prices::Event::SourceRemoved(_)
            | prices::Event::CarbonSourceSet(_)
            | prices::Event::CarbonPublished(_)
            | prices::Event::CarbonSourceRemoved(_) => return Err(ViewError::misplaced(record)),
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

/// Of the records about healing, those about tasks are of a workflow.
impl Follows<healing_event::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &healing_event::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record)?;
        match event {
            healing_event::Event::FixApplied(applied) => {
                let task = self.advance(record, applied.task)?;
                task.retry_at = Some(record.at.later(applied.delay));
                task.healing().apply(record, applied);
            }
            healing_event::Event::FixProposed(proposed) => {
                self.advance(record, proposed.task)?.healing().propose(record, proposed);
            }
            healing_event::Event::FixApproved(approved) => {
                self.advance(record, approved.task)?.healing().judge(record, true, &approved.reason);
            }
            healing_event::Event::FixDeclined(declined) => {
                self.advance(record, declined.task)?.healing().judge(record, false, &declined.reason);
            }
            healing_event::Event::HealingEnded(ended) => {
                self.advance(record, ended.task)?.healing().end(record, ended);
            }
            healing_event::Event::RulesSet(_)
            | healing_event::Event::RulesRemoved(_)
            | healing_event::Event::ConfigurationOffered(_) => return Err(ViewError::misplaced(record)),
        }
        self.summary.note(record, phase);
        Ok(())
    }
}

/// What its runs are charged is on the account of the workflow.
impl Follows<economics::Event> for RunGraph {
    fn follow(&mut self, record: &Recorded<Event>, event: &economics::Event) -> Result<(), ViewError> {
        // Of the rest nothing is in the stream of a workflow.
        let economics::Event::RunCharged(charged) = event else { return Ok(()) };
        let phase = self.phase_after(record)?;
        let task = self.advance(record, charged.task)?;
        task.account.get_or_insert_default().charge(&mut Balance::default(), charged);
        // The other side of it is kept in the ledger.
        self.summary.account.charge(&mut Balance::default(), charged);
        self.summary.note(record, phase);
        Ok(())
    }
}

impl Part for RunGraph {
    const FOLD: u32 = 9;
    type Alive = Summary;
    type Page = Vec<Task>;

    fn alive(&self) -> Summary {
        self.summary.clone()
    }

    fn fill(&self, mut pages: NewPages<'_, '_>) {
        self.tasks.dirty().for_each(|(number, tasks)| pages.insert(number, tasks));
    }

    fn evict(&mut self) {
        self.tasks.mark_stored();
    }

    fn recall(summary: Summary, pages: StoredPages<'_>) -> Result<Self, ReadError> {
        let pages = pages.range(0..=u64::MAX).map(|page| Ok(decode::<Vec<Task>>(&page?.1)?));
        let tasks = TaskPages::from_pages(pages.collect::<Result<_, ReadError>>()?);
        if tasks.len() != summary.tasks as usize {
            return Err(Undecodable.into());
        }
        Ok(Self { summary, tasks })
    }
}
