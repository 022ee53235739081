//! What the book reads of workflows and their tasks.

use super::Book;
use super::course::Course;
use super::line::{End, TaskLine};
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict as Held, broken, hold};
use triad_event::dag::{
    Event, LeftOut, RetryScheduled, Tally, TaskFailed, TaskPhase, TaskQueued, WorkflowPhase,
};
use triad_event::evaluation::Verdict;
use triad_event::execution::Ending;
use triad_event::intake::Priority;
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn take_task(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Held {
        match event {
            Event::TaskQueued(queued) => self.queue(record, queued),
            Event::RetryScheduled(scheduled) => self.schedule_retry(record, scheduled),
            Event::TaskFannedOut(fanned) => self.fan_out(record, fanned),
            Event::GroupBegan(began) => self.begin_group(record, began.task),
            Event::TaskCompleted(completed) => {
                let course = self.course(record)?;
                course.invariant_a_task_completes_as_it_was_performed(record, completed.task)?;
                self.end_task(record, completed.task, End::Completed)
            }
            Event::TaskReused(reused) => {
                let is_reused = self.course(record)?.line(reused.task).is_some_and(TaskLine::is_reused);
                hold("invariant_only_what_is_said_to_be_is_reused", is_reused, || {
                    format!("record {} reuses {}", record.sequence, reused.task)
                })?;
                self.end_task(record, reused.task, End::Completed)
            }
            Event::TaskFailed(failed) => {
                self.course(record)?.invariant_a_task_fails_for_what_happened(record, failed)?;
                self.count_failure(failed.ending);
                self.end_task(record, failed.task, End::Failed)
            }
            Event::TaskSkipped(skipped) => {
                self.course(record)?.invariant_only_what_can_never_run_is_skipped(record, skipped)?;
                self.end_task(record, skipped.task, End::Skipped)
            }
            Event::TaskLeftOut(left) => {
                let course = self.course(record)?;
                course
                    .invariant_a_task_is_left_out_for_what_did_not_come_about(record, left.task, left.why)?;
                self.count_left_out(left.why);
                self.end_task(record, left.task, End::LeftOut)
            }
            Event::TaskCancelled(cancelled) => {
                self.course(record)?;
                self.end_task(record, cancelled.task, End::Cancelled)
            }
            Event::DeadlinePassed(passed) => self.pass_deadline(record, passed.of),
            Event::CancelRequested(_) => {
                self.course(record)?;
                self.unwatch_all(record.stream);
                self.queue.remove(record.stream);
                Ok(())
            }
            Event::WorkflowPaused(_) | Event::WorkflowResumed(_) => {
                self.course(record)?;
                self.hold_queue(record.stream);
                Ok(())
            }
            Event::WorkflowCompleted(ended) => self.close(record, &ended.tally),
            Event::WorkflowFailed(ended) => self.close(record, &ended.tally),
            Event::WorkflowCancelled(ended) => self.close(record, &ended.tally),
        }
    }

    fn queue(&mut self, record: &Recorded<AnyEvent>, queued: &TaskQueued) -> Held {
        self.invariant_prices_are_asked(record, queued.task)?;
        let course = self.course(record)?;
        course.invariant_nothing_starts_before_what_it_depends_on(record, queued.task)?;
        course.invariant_nothing_begins_after_its_deadline(record, queued.task)?;
        course.invariant_tasks_obey_their_grammar(record, queued.task)?;
        let priority = course.priority(queued.task);
        self.enter_queue(record, queued)?;
        hold("invariant_a_task_is_as_urgent_as_its_definition_says", priority == queued.priority, || {
            format!("record {} says {:?}, and it is {priority:?}", record.sequence, queued.priority)
        })
    }

    fn schedule_retry(&mut self, record: &Recorded<AnyEvent>, scheduled: &RetryScheduled) -> Held {
        let course = self.course(record)?;
        course.invariant_nothing_begins_after_its_deadline(record, scheduled.task)?;
        let line = course.invariant_tasks_obey_their_grammar(record, scheduled.task)?;
        line.due = record.elapsed.later(scheduled.delay);
        let holds = line.attempts + 1 == scheduled.attempt
            && line.attempts - line.fixes - line.held < line.attempts_max
            && !line.is_given_up
            && line.ending == Some(scheduled.ending);
        hold("invariant_attempts_are_counted_and_bounded", holds, || {
            format!("record {} schedules attempt {}", record.sequence, scheduled.attempt)
        })
    }

    /// A task ends, and whatever waited for it no longer does.
    fn end_task(&mut self, record: &Recorded<AnyEvent>, task: u32, end: End) -> Held {
        self.leave_queue(record.stream, task, false);
        self.forget_wait(record.stream, task);
        self.forget_evaluation(record.stream, task);
        self.unwatch(record.stream, Some(task));
        let Some(course) = self.courses.get_mut(&record.stream) else { return Ok(()) };
        course.invariant_tasks_obey_their_grammar(record, task)?;
        course.end(task, end);
        Ok(())
    }

    fn count_left_out(&mut self, why: LeftOut) {
        self.probes.count(match why {
            LeftOut::Condition => Probe::LeftOutByCondition,
            LeftOut::Edge => Probe::LeftOutByEdge,
            LeftOut::Branch => Probe::LeftOutByBranch,
            LeftOut::Group => Probe::LeftOutByGroup,
        });
    }

    fn count_failure(&mut self, ending: Ending) {
        let probe = [
            (Ending::PartFailed, Probe::FailedByPart),
            (Ending::NotEvaluated, Probe::FailedByExpression),
            (Ending::DeadlinePassed, Probe::FailedByDeadline),
        ];
        probe.iter().filter(|(one, _)| *one == ending).for_each(|(_, probe)| self.probes.count(*probe));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event has a rule")]
    fn close(&mut self, record: &Recorded<AnyEvent>, tally: &Tally) -> Held {
        self.course(record)?;
        self.unwatch_all(record.stream);
        self.forget_waits(record.stream);
        self.close_account(record.stream);
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

impl Course {
    /// How urgent a task is: a part as the task that was fanned out.
    pub(super) fn priority(&self, task: u32) -> Priority {
        let Some(line) = self.line(task) else { return self.priority };
        let fanned = line.container.filter(|container| self.line(*container).is_some_and(TaskLine::has_list));
        let template = fanned.and_then(|container| self.line(container)).unwrap_or(line);
        template.priority().unwrap_or(self.priority)
    }

    fn invariant_a_task_completes_as_it_was_performed(&self, record: &Recorded<AnyEvent>, task: u32) -> Held {
        let Some(line) = self.line(task) else { return Ok(()) };
        if line.phase == TaskPhase::Spread {
            return self.invariant_a_container_ends_with_what_is_in_it(record, task, false);
        }
        hold("invariant_a_task_ends_as_its_attempt_did", line.ending == Some(Ending::Succeeded), || {
            format!("record {} completes {task}: {line:?}", record.sequence)
        })
    }

    fn invariant_a_task_fails_for_what_happened(
        &self,
        record: &Recorded<AnyEvent>,
        failed: &TaskFailed,
    ) -> Held {
        let TaskFailed { task, ending, .. } = *failed;
        let Some(line) = self.line(task) else { return Ok(()) };
        let is_late = ending == Ending::DeadlinePassed && self.is_late_at(task, record.elapsed);
        if line.phase == TaskPhase::Spread && ending == Ending::PartFailed {
            return self.invariant_a_container_ends_with_what_is_in_it(record, task, true);
        }
        let holds = match line.phase {
            TaskPhase::Settling => line.ending == Some(ending) && ending != Ending::Succeeded || is_late,
            TaskPhase::Evaluated => {
                let verdict = line.verdict.map(|(verdict, _)| verdict);
                let came_about =
                    matches!(verdict, Some(Verdict::Holds | Verdict::DoesNotHold | Verdict::List) | None);
                !came_about && ending == Ending::NotEvaluated || is_late
            }
            TaskPhase::Pending
            | TaskPhase::Queued
            | TaskPhase::Waiting
            | TaskPhase::Awaiting
            | TaskPhase::Evaluating
            | TaskPhase::Deferred
            | TaskPhase::Released
            | TaskPhase::Proposed
            | TaskPhase::Held
            | TaskPhase::Spread => is_late,
            TaskPhase::Running
            | TaskPhase::Completed
            | TaskPhase::Failed
            | TaskPhase::Skipped
            | TaskPhase::Cancelled => true,
        };
        hold("invariant_a_task_fails_for_what_happened", holds, || {
            format!("record {} fails {task} with {ending:?}: {line:?}", record.sequence)
        })
    }
}
