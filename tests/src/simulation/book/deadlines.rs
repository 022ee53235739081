//! When workflows and tasks must have ended.

use super::Book;
use super::course::Course;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, hold};
use triad_event::dag::TaskPhase;
use triad_event::ids::StreamId;
use triad_event::intake::Deadline;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    /// A workflow was accepted: its deadlines are known.
    pub(super) fn watch(&mut self, stream: StreamId) {
        let Some(course) = self.courses.get(&stream) else { return };
        let tasks = (0..course.tasks.len() as u32).map(Some);
        let due = std::iter::once(None).chain(tasks).filter_map(|of| Some((course.due_of(of)?, stream, of)));
        self.deadlines.extend(due);
    }

    /// Something has ended, or was asked to stop as a whole.
    pub(super) fn unwatch(&mut self, stream: StreamId, of: Option<u32>) {
        let due = self.courses.get(&stream).and_then(|course| course.due_of(of));
        if let Some(due) = due {
            self.deadlines.remove(&(due, stream, of));
        }
    }

    /// Nothing of a workflow is watched any more.
    pub(super) fn unwatch_all(&mut self, stream: StreamId) {
        self.deadlines.retain(|(_, of, _)| *of != stream);
    }

    pub(super) fn pass_deadline(&mut self, record: &Recorded<AnyEvent>, of: Option<u32>) -> Verdict {
        let course = self.course(record)?;
        let due = course.due_of(of);
        let is_new = course.passed.insert(of);
        let is_open = of.is_none_or(|task| course.line(task).is_some_and(|line| !line.phase.is_terminal()));
        let is_evaluated =
            of.and_then(|task| course.line(task)).is_some_and(|line| line.phase == TaskPhase::Evaluating);
        let holds = due.is_some_and(|due| due <= record.elapsed) && is_new && is_open;
        hold("invariant_a_deadline_passes_once_and_in_time", holds, || {
            format!("record {} says that of {of:?}, which is due at {due:?}", record.sequence)
        })?;
        self.unwatch(record.stream, of);
        if is_evaluated {
            self.probes.count(Probe::DeadlineWhileEvaluating);
        }
        self.probes.count(if of.is_some() { Probe::DeadlineOfTask } else { Probe::DeadlineOfWorkflow });
        Ok(())
    }

    /// A timer fired for a moment: every deadline before that has passed already.
    pub(super) fn invariant_no_deadline_is_forgotten(
        &self,
        record: &Recorded<AnyEvent>,
        due: Micros,
    ) -> Verdict {
        let mut open = self.deadlines.iter().filter(|(_, stream, _)| !self.quarantined.contains(stream));
        let forgotten = open.next().filter(|(at, _, _)| *at < due);
        hold("invariant_no_deadline_is_forgotten", forgotten.is_none(), || {
            format!("record {} fires for {due}, and {forgotten:?} was before", record.sequence)
        })
    }
}

impl Course {
    /// When it, or a task of it, must have ended, in the time that has passed for the log. A part has none of its own.
    pub(super) fn due_of(&self, of: Option<u32>) -> Option<Micros> {
        let deadline = match of {
            Some(task) => self.line(task)?.rules.as_ref()?.deadline.as_ref()?,
            None => self.deadline.as_ref()?,
        };
        let (at, elapsed) = self.accepted;
        let Deadline { at: moment, after } = deadline;
        let until = moment.map(|moment| Micros(elapsed.0.saturating_add((moment.0 - at.0).max(0))));
        until.into_iter().chain(after.map(|span| elapsed.after(span))).min()
    }

    /// Whether the deadline of a task has passed, or of something that it is in.
    pub(super) fn is_late(&self, task: u32) -> bool {
        if self.passed.is_empty() {
            return false;
        }
        let mut around = std::iter::successors(Some(task), |task| self.line(*task)?.container);
        self.passed.contains(&None) || around.any(|task| self.passed.contains(&Some(task)))
    }

    /// When a task must have ended, by its own deadline or by that of something that it is in.
    pub(super) fn due(&self, task: u32) -> Option<Micros> {
        let around = std::iter::successors(Some(task), |task| self.line(*task)?.container);
        around.filter_map(|task| self.due_of(Some(task))).chain(self.due_of(None)).min()
    }

    /// Whether it would have passed by then.
    pub(super) fn is_late_at(&self, task: u32, elapsed: Micros) -> bool {
        self.due(task).is_some_and(|due| due <= elapsed)
    }

    pub(super) fn invariant_nothing_begins_after_its_deadline(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Verdict {
        hold("invariant_nothing_begins_after_its_deadline", !self.is_late(task), || {
            format!("record {} goes on with task {task}: {:?} have passed", record.sequence, self.passed)
        })
    }
}
