//! What the book reads of workflows and their tasks.

use super::Book;
use super::course::Course;
use crate::simulation::violation::{Verdict, broken, hold};
use triad_event::dag::{Event, Tally, WorkflowPhase};
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn take_task(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let course = self.course(record)?;
        let task = match event {
            Event::TaskQueued(queued) => queued.task,
            Event::RetryScheduled(scheduled) => {
                let line = course.invariant_tasks_obey_their_grammar(record, scheduled.task)?;
                line.due = record.elapsed.later(scheduled.delay);
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
                course.gates.open.remove(&cancelled.task);
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

    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event has a rule")]
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
        let ended_before = self.closed.insert(record.stream, true);
        hold("invariant_a_workflow_ends_once", ended_before.is_none(), || {
            format!("record {} ends {} again", record.sequence, record.stream)
        })?;
        hold("invariant_a_workflow_ends_as_its_tasks_did", open == 0 && *tally == counted && fits, || {
            format!("record {}: {open} tasks are open, {counted:?} counted, {tally:?} said", record.sequence)
        })
    }
}

fn invariant_only_ready_tasks_are_queued(record: &Recorded<AnyEvent>, is_ready: bool) -> Verdict {
    hold("invariant_nothing_starts_before_what_it_depends_on", is_ready, || {
        format!("record {} queues a task too early", record.sequence)
    })
}
