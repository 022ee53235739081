//! What the book reads of workflows and their tasks.

use super::Book;
use crate::simulation::Violation;
use crate::simulation::violation::{Verdict, broken, hold};
use triad_event::dag::{Event, Tally, TaskPhase, WorkflowPhase};
use triad_event::intake::TaskDefinition;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

/// The course of one workflow.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) phase: WorkflowPhase,
    pub(crate) next_ordinal: u64,
    pub(crate) tasks: Vec<TaskLine>,
    /// Tasks that have not ended.
    pub(crate) open: usize,
    tally: Tally,
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) digest: [u8; 32],
}

/// The course of one task.
#[derive(Debug)]
pub(crate) struct TaskLine {
    pub(crate) phase: TaskPhase,
    pub(crate) attempts: u32,
    pub(super) attempts_max: u32,
    /// When its retry is due.
    pub(super) due: Micros,
    pub(super) dependencies: Box<[u32]>,
}

impl Course {
    pub(super) fn new(phase: WorkflowPhase) -> Self {
        let tally = Tally { completed: 0, failed: 0, skipped: 0, cancelled: 0 };
        Self { phase, next_ordinal: 1, tasks: Vec::new(), open: 0, tally, key: None, digest: [0; 32] }
    }

    pub(super) fn define(&mut self, tasks: &[TaskDefinition], key: Option<[u8; 32]>) {
        self.key = key;
        self.tasks.extend(tasks.iter().map(|task| TaskLine {
            phase: TaskPhase::Pending,
            attempts: 0,
            attempts_max: task.attempts_max,
            due: Micros(i64::MIN),
            dependencies: task.dependencies.as_slice().into(),
        }));
    }

    pub(super) fn accept(&mut self) {
        self.open = self.tasks.len();
    }

    /// Moves a task as the grammar says, and gives it back.
    pub(super) fn invariant_tasks_obey_their_grammar(
        &mut self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Result<&mut TaskLine, Box<Violation>> {
        let forbidden = |before: Option<TaskPhase>| {
            let what = format!("record {} follows {before:?}: {:?}", record.sequence, record.event);
            broken("invariant_tasks_obey_their_grammar", what)
        };
        let line = self.tasks.get_mut(task as usize).ok_or_else(|| forbidden(None))?;
        if line.phase.is_terminal() {
            let what = format!("record {} follows {:?}: {:?}", record.sequence, line.phase, record.event);
            return Err(broken("invariant_a_task_ends_once", what));
        }
        line.phase =
            TaskPhase::after(Some(line.phase), &record.event).ok_or_else(|| forbidden(Some(line.phase)))?;
        Ok(line)
    }

    /// Whether all that a task depends on is completed.
    pub(super) fn is_ready(&self, task: u32) -> bool {
        let completed = |other: &u32| {
            self.tasks.get(*other as usize).is_some_and(|other| other.phase == TaskPhase::Completed)
        };
        self.tasks.get(task as usize).is_some_and(|line| line.dependencies.iter().all(completed))
    }
}

impl Book {
    pub(super) fn take_task(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let course = self.course(record)?;
        let task = match event {
            Event::TaskQueued(queued) => queued.task,
            Event::RetryScheduled(scheduled) => {
                let line = course.invariant_tasks_obey_their_grammar(record, scheduled.task)?;
                line.due = scheduled.at;
                let holds = line.attempts + 1 == scheduled.attempt && line.attempts < line.attempts_max;
                return hold("invariant_attempts_are_counted_and_bounded", holds, || {
                    format!("record {} schedules attempt {}", record.sequence, scheduled.attempt)
                });
            }
            Event::TaskCompleted(completed) => {
                course.tally.completed += 1;
                completed.task
            }
            Event::TaskFailed(failed) => {
                course.tally.failed += 1;
                failed.task
            }
            Event::TaskSkipped(skipped) => {
                course.invariant_only_what_can_never_run_is_skipped(record, skipped.task, skipped.because)?;
                course.tally.skipped += 1;
                skipped.task
            }
            Event::TaskCancelled(cancelled) => {
                course.tally.cancelled += 1;
                cancelled.task
            }
            Event::CancelRequested(_) | Event::WorkflowPaused(_) | Event::WorkflowResumed(_) => return Ok(()),
            Event::WorkflowCompleted(ended) => return self.close(record, &ended.tally),
            Event::WorkflowFailed(ended) => return self.close(record, &ended.tally),
            Event::WorkflowCancelled(ended) => return self.close(record, &ended.tally),
        };
        let is_ready = course.is_ready(task);
        let line = course.invariant_tasks_obey_their_grammar(record, task)?;
        if line.phase.is_terminal() {
            course.open -= 1;
        } else {
            invariant_only_ready_tasks_are_queued(record, is_ready)?;
        }
        Ok(())
    }

    fn close(&mut self, record: &Recorded<AnyEvent>, tally: &Tally) -> Verdict {
        let course = self.courses.remove(&record.stream);
        let Some(Course { phase, open, tally: counted, .. }) = course else {
            return Err(broken("invariant_a_workflow_ends_once", format!("record {}", record.sequence)));
        };
        let fits = match phase {
            WorkflowPhase::Completed => counted.failed == 0,
            WorkflowPhase::Failed => counted.failed > 0,
            _ => true,
        };
        self.subjects.close(record.stream);
        let ended_before = self.closed.insert(record.stream, phase);
        hold("invariant_a_workflow_ends_once", ended_before.is_none(), || {
            format!("record {} ends {} again", record.sequence, record.stream)
        })?;
        hold("invariant_a_workflow_ends_as_its_tasks_did", open == 0 && *tally == counted && fits, || {
            format!("record {}: {open} tasks are open, {counted:?} counted, {tally:?} said", record.sequence)
        })
    }
}

impl Course {
    fn invariant_only_what_can_never_run_is_skipped(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
        because: u32,
    ) -> Verdict {
        let depends = self.tasks.get(task as usize).is_some_and(|line| line.dependencies.contains(&because));
        let ended = self.tasks.get(because as usize).is_some_and(|line| {
            matches!(line.phase, TaskPhase::Failed | TaskPhase::Skipped | TaskPhase::Cancelled)
        });
        hold("invariant_only_what_can_never_run_is_skipped", depends && ended, || {
            format!("record {} skips {task} because of {because}", record.sequence)
        })
    }
}

fn invariant_only_ready_tasks_are_queued(record: &Recorded<AnyEvent>, is_ready: bool) -> Verdict {
    hold("invariant_nothing_starts_before_what_it_depends_on", is_ready, || {
        format!("record {} queues a task too early", record.sequence)
    })
}
