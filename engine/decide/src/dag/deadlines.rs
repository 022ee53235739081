//! When tasks must have ended, in the time that has passed for the log.

use triad_event::governance::WakeReason;
use triad_event::ids::StreamId;
use triad_event::intake::Deadline;
use triad_event::quantity::Micros;

use super::workflow::Workflow;
use crate::image::structs;
use crate::ports::wakes::{Wake, Wakes};

structs! { Began { at, elapsed } }

/// When a workflow was accepted, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Began {
    pub(crate) at: Micros,
    pub(crate) elapsed: Micros,
}

/// What a deadline of the whole workflow is about, where that of a task names the task.
const WHOLE: u64 = u64::MAX;

impl Began {
    /// A deadline in the time that has passed for the log: a moment of the calendar counts as far from the acceptance as the wall
    /// clock said it was then. The earlier one where there are two.
    fn due(self, deadline: &Deadline) -> Option<Micros> {
        let moment = deadline.at.map(|at| self.elapsed.later(Micros(at.0.saturating_sub(self.at.0).max(0))));
        let span = deadline.after.map(|span| self.elapsed.after(span));
        moment.into_iter().chain(span).min()
    }
}

impl Workflow {
    /// When a task must have ended, by its own deadline.
    fn own_due(&self, task: u32) -> Option<Micros> {
        self.began.due(self.plan.rules(self.template(task))?.deadline.as_ref()?)
    }

    /// When all of it must have ended.
    fn whole_due(&self) -> Option<Micros> {
        self.began.due(self.plan.deadline.as_ref()?)
    }

    /// When a task must have ended: by its own deadline, by those of the sub-workflows that it is a part of, or by that of the
    /// workflow, whichever is first.
    pub(super) fn due(&self, task: u32) -> Option<Micros> {
        if !self.plan.has_deadlines && self.plan.deadline.is_none() {
            return None;
        }
        let parents = std::iter::successors(Some(task), |task| self.container(*task));
        parents.filter_map(|task| self.own_due(task)).chain(self.whole_due()).min()
    }

    /// Whether a task must have ended by then.
    pub(crate) fn is_late(&self, task: u32, elapsed: Micros) -> bool {
        self.due(task).is_some_and(|due| elapsed >= due)
    }

    /// Asks to be woken at the deadlines.
    pub(super) fn watch_deadlines(&self, stream: StreamId, wakes: &mut Wakes) {
        self.deadline_wakes(stream).for_each(|wake| wakes.insert(wake));
    }

    /// Nothing comes of deadlines any more.
    pub(super) fn forget_deadlines(&self, stream: StreamId, wakes: &mut Wakes) {
        self.deadline_wakes(stream).for_each(|wake| wakes.remove(&wake));
    }

    /// The task has ended, so that its deadline cannot pass any more.
    pub(super) fn forget_deadline(&self, task: u32, stream: StreamId, wakes: &mut Wakes) {
        let has_own = self.plan.has_deadlines && (task as usize) < self.plan.task_count();
        if let Some(due) = self.own_due(task).filter(|_| has_own) {
            wakes.remove(&wake(due, stream, task.into()));
        }
    }

    /// That of a task, or of the workflow, has passed.
    pub(super) fn forget_passed(&self, of: Option<u32>, stream: StreamId, wakes: &mut Wakes) {
        match of {
            Some(task) => self.forget_deadline(task, stream, wakes),
            None => {
                let due = self.whole_due();
                due.into_iter().for_each(|due| wakes.remove(&wake(due, stream, WHOLE)));
            }
        }
    }

    fn deadline_wakes(&self, stream: StreamId) -> impl Iterator<Item = Wake> {
        let with_own = self.plan.ruled().filter(|_| self.plan.has_deadlines);
        let own = with_own.filter_map(move |(task, _)| Some(wake(self.own_due(task)?, stream, task.into())));
        own.chain(self.whole_due().map(|due| wake(due, stream, WHOLE)))
    }
}

/// What a moment is about: a task, or the workflow as a whole.
pub(super) fn about(wake: &Wake) -> Option<u32> {
    u32::try_from(wake.about).ok()
}

fn wake(due: Micros, stream: StreamId, about: u64) -> Wake {
    Wake { due, reason: WakeReason::Deadline, stream, about }
}
