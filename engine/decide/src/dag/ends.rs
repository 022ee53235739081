//! What the end of a task means for those that depend on it, and for the task that it is a part of.

use triad_event::dag::LeftOut;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::EdgeOn;
use triad_event::{Event as AnyEvent, Recorded};

use super::reaction::Reaction;
use super::task::{End, Seen, TaskState};
use super::workflow::Workflow;
use crate::fold_error::FoldError;
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::ports::wakes::{Wake, Wakes};
use triad_event::governance::WakeReason;
use triad_event::quantity::Micros;

impl Workflow {
    /// A task ends, and whatever waited for that goes on.
    pub(super) fn end(
        &mut self,
        record: &Recorded<AnyEvent>,
        task: u32,
        end: End,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let before = self.set(task, &record.event, end.state())?;
        forget_retry(before, record, task, &mut ports.wakes);
        self.forget_deadline(task, record.stream, &mut ports.wakes);
        self.count(end);
        if !matches!(before, TaskState::Spread { .. }) {
            self.fans.forget(task);
            self.drop_contents(record, task, end, &mut ports.reactions);
        }
        if end != End::Cancelled {
            self.release_dependents(record, task, end, ports);
        }
        self.tell_container(record, task, end, ports);
        self.finish_when_done(record, &mut ports.reactions);
        Ok(())
    }

    fn count(&mut self, end: End) {
        self.open -= 1;
        let counted = match end {
            End::Completed => &mut self.tally.completed,
            End::Failed => &mut self.tally.failed,
            End::Skipped | End::LeftOut => &mut self.tally.skipped,
            End::Cancelled => &mut self.tally.cancelled,
        };
        *counted += 1;
    }

    /// Those that depend on a task wait for it no longer.
    fn release_dependents(&mut self, record: &Recorded<AnyEvent>, task: u32, end: End, ports: &mut Ports) {
        let plan = std::sync::Arc::clone(&self.plan);
        for dependent in plan.dependents.get(task).iter().copied() {
            let met = met(plan.edge(dependent, task), end);
            if met == Met::Never {
                let workflow = WorkflowId::from(record.stream);
                let skip = Reaction::Skip { workflow, task: dependent, because: task };
                ports.reactions.push(skip, record.sequence);
            } else {
                self.release(record, dependent, met, ports);
            }
        }
    }

    /// Something that a task waited for is there. When that was the last, it goes on or is left out.
    fn release(&mut self, record: &Recorded<AnyEvent>, task: u32, met: Met, ports: &mut Ports) {
        // Others ended meanwhile, with their workflow, by a deadline, or because of another dependency.
        let TaskState::Pending { missing, seen } = &mut self.tasks[task as usize].state else { return };
        *missing -= 1;
        match met {
            Met::Ran => seen.ran = true,
            Met::Astray => seen.astray = true,
            Met::Neither | Met::Never => {}
        }
        let (missing, seen) = (*missing, *seen);
        if missing > 0 {
            return;
        }
        match why_left_out(seen) {
            None => self.go_on(record, task, ports),
            Some(why) => {
                let workflow = WorkflowId::from(record.stream);
                ports.reactions.push(Reaction::LeaveOut { workflow, task, why }, record.sequence);
            }
        }
    }

    /// The tasks of a sub-workflow may begin.
    pub(super) fn release_members(&mut self, record: &Recorded<AnyEvent>, group: u32, ports: &mut Ports) {
        for member in self.contents(group) {
            self.release(record, member, Met::Neither, ports);
        }
    }

    /// A sub-workflow that never began takes its tasks along: those of one that is done by an earlier workflow are left out, as
    /// far
    /// as they are not done by it as well.
    fn drop_contents(&self, record: &Recorded<AnyEvent>, task: u32, end: End, reactions: &mut Reactions) {
        let Some(members) = self.plan.members.get(&task) else { return };
        let workflow = WorkflowId::from(record.stream);
        for member in members.iter().copied() {
            match end {
                End::Completed if self.is_reused(member) => {}
                End::LeftOut | End::Completed => {
                    let why = LeftOut::Group;
                    reactions.push(Reaction::LeaveOut { workflow, task: member, why }, record.sequence);
                }
                End::Failed | End::Skipped => {
                    let because = task;
                    reactions.push(Reaction::Skip { workflow, task: member, because }, record.sequence);
                }
                // With its workflow, as they are.
                End::Cancelled => {}
            }
        }
    }

    /// The task that waits for the end of this one has one less to wait for.
    fn tell_container(&mut self, record: &Recorded<AnyEvent>, task: u32, end: End, ports: &mut Ports) {
        let Some(container) = self.container(task) else { return };
        let is_part = (task as usize) >= self.plan.task_count();
        let TaskState::Spread { left, failed } = &mut self.tasks[container as usize].state else { return };
        *left -= 1;
        *failed |= matches!(end, End::Failed | End::Skipped);
        let is_last = *left == 0;
        let workflow = WorkflowId::from(record.stream);
        let goes_on = is_part && end != End::Cancelled;
        if let Some(next) = goes_on.then(|| self.fans.begin_next(container)).flatten() {
            self.offer(record, next, ports);
        }
        if is_last {
            ports.reactions.push(Reaction::Gather { workflow, task: container }, record.sequence);
        }
    }
}

/// What the end of a dependency means for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// It ended as wanted.
    Ran,
    /// It was left out, which is nobody's fault.
    Neither,
    /// It ended otherwise than wanted: the edge is not taken.
    Astray,
    /// It failed, or was skipped for what did, so that the task is skipped as well.
    Never,
}

const fn met(edge: Option<EdgeOn>, end: End) -> Met {
    match (edge, end) {
        (None, End::Completed)
        | (Some(EdgeOn::Failed), End::Failed)
        | (Some(EdgeOn::Ended), End::Completed | End::Failed | End::Skipped | End::LeftOut) => Met::Ran,
        (None, End::LeftOut) | (_, End::Cancelled) => Met::Neither,
        (None, End::Failed | End::Skipped) => Met::Never,
        (Some(EdgeOn::Failed), End::Completed | End::Skipped | End::LeftOut) => Met::Astray,
    }
}

/// Why a task whose dependencies have all ended is left out, if it is.
pub(super) const fn why_left_out(seen: Seen) -> Option<LeftOut> {
    match seen {
        Seen { astray: true, .. } => Some(LeftOut::Edge),
        Seen { ran: false, .. } => Some(LeftOut::Branch),
        Seen { ran: true, .. } => None,
    }
}

/// A task that no longer waits for its retry needs no wake-up.
pub(super) fn forget_retry(before: TaskState, record: &Recorded<AnyEvent>, task: u32, wakes: &mut Wakes) {
    if let TaskState::Waiting { due } = before {
        wakes.remove(&retry_wake(due, record.stream, task));
    }
}

pub(super) fn retry_wake(due: Micros, stream: StreamId, task: u32) -> Wake {
    Wake { due, reason: WakeReason::Retry, stream, about: task.into() }
}
