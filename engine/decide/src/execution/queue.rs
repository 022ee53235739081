//! Tasks that wait for a place. What is more urgent goes first. Of what is equally urgent, workflows take turns, so that a wide
//! one
//! does not keep the others waiting, and within a workflow it is first come, first served.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use triad_event::ids::WorkflowId;
use triad_event::intake::Priority;

use crate::image::structs;

structs! {
    Queue { lines, turns, next_turn }
    Line { tasks, gone, turn }
}

/// All tasks that wait for a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    /// Of each workflow, one for each priority.
    pub(crate) lines: BTreeMap<(WorkflowId, Priority), Line>,
    /// The workflows whose lines are not held, by priority and turn.
    pub(crate) turns: BTreeMap<(Priority, u64), WorkflowId>,
    next_turn: u64,
}

/// The tasks of one workflow. It has a line exactly as long as one of its tasks waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Those that came, with some that left since; the first of them has not.
    tasks: VecDeque<u32>,
    /// Those that left.
    gone: BTreeSet<u32>,
    /// When it is its turn; none while it is held, because its workflow is paused or set aside.
    pub(crate) turn: Option<u64>,
}

impl Line {
    /// Whoever left stands at the front no longer.
    fn close_ranks(&mut self) {
        while self.tasks.front().is_some_and(|task| self.gone.remove(task)) {
            self.tasks.pop_front();
        }
    }

    /// Those that wait, in their order.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> impl Iterator<Item = u32> + '_ {
        self.tasks.iter().copied().filter(|task| !self.gone.contains(task))
    }
}

impl Queue {
    /// The task whose turn it is.
    pub(crate) fn first(&self) -> Option<(WorkflowId, u32)> {
        let ((priority, _), workflow) = self.first_turn()?;
        let task = *self.lines.get(&(*workflow, priority))?.tasks.front()?;
        Some((*workflow, task))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn push(&mut self, workflow: WorkflowId, task: u32, priority: Priority, is_held: bool) {
        let line = self.lines.entry((workflow, priority)).or_default();
        let is_new = line.tasks.is_empty();
        line.tasks.push_back(task);
        if is_new && !is_held {
            self.give_turn(workflow, priority);
        }
    }

    /// Takes out the task whose turn it is, and gives the turn to the next workflow.
    pub(crate) fn take_first(&mut self) {
        let Some((turn, workflow)) = self.first_turn().map(|(turn, workflow)| (turn, *workflow)) else {
            return;
        };
        self.turns.remove(&turn);
        let priority = turn.0;
        let Some(line) = self.lines.get_mut(&(workflow, priority)) else { return };
        line.tasks.pop_front();
        line.close_ranks();
        if line.tasks.is_empty() {
            self.lines.remove(&(workflow, priority));
        } else {
            self.give_turn(workflow, priority);
        }
    }

    /// A task waits no longer that is behind others, if it is there at all.
    pub(crate) fn leave(&mut self, workflow: WorkflowId, task: u32, priority: Priority) {
        let Some(line) = self.lines.get_mut(&(workflow, priority)) else { return };
        line.gone.insert(task);
        line.close_ranks();
        if line.tasks.is_empty() {
            let turn = line.turn;
            self.lines.remove(&(workflow, priority));
            if let Some(turn) = turn {
                self.turns.remove(&(priority, turn));
            }
        }
    }

    /// Forgets a workflow.
    pub(crate) fn remove(&mut self, workflow: WorkflowId) {
        for priority in Priority::ALL.iter().copied() {
            if let Some(turn) = self.lines.remove(&(workflow, priority)).and_then(|line| line.turn) {
                self.turns.remove(&(priority, turn));
            }
        }
    }

    /// Takes a workflow out of the turns, or lets it back in at the end.
    pub(crate) fn hold(&mut self, workflow: WorkflowId, is_held: bool) {
        for priority in Priority::ALL.iter().copied() {
            let Some(line) = self.lines.get_mut(&(workflow, priority)) else { continue };
            if line.turn.is_none() == is_held {
                continue;
            }
            match line.turn.take() {
                Some(turn) => drop(self.turns.remove(&(priority, turn))),
                None => self.give_turn(workflow, priority),
            }
        }
    }

    /// The most urgent turn, and of those the one that was given first.
    fn first_turn(&self) -> Option<((Priority, u64), &WorkflowId)> {
        let (highest, _) = self.turns.keys().next_back()?;
        self.turns.range((*highest, 0)..).next().map(|(turn, workflow)| (*turn, workflow))
    }

    /// Lets a line in behind all others that are as urgent.
    fn give_turn(&mut self, workflow: WorkflowId, priority: Priority) {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.turns.insert((priority, turn), workflow);
        self.lines.entry((workflow, priority)).or_default().turn = Some(turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &mut Queue) -> Vec<(u8, u32)> {
        let mut order = Vec::new();
        while let Some((workflow, task)) = queue.first() {
            order.push((workflow.0[0], task));
            queue.take_first();
        }
        order
    }

    #[test]
    fn workflows_take_turns() {
        let (wide, narrow) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue::default();
        (0..3).for_each(|task| queue.push(wide, task, Priority::Normal, false));
        queue.push(narrow, 0, Priority::Normal, false);
        assert_eq!(drain(&mut queue), [(1, 0), (2, 0), (1, 1), (1, 2)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_held_line_waits_and_loses_its_turn() {
        let (held, free) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue::default();
        queue.push(held, 0, Priority::Normal, false);
        queue.push(free, 0, Priority::Normal, false);
        queue.hold(held, true);
        queue.push(held, 1, Priority::Normal, true);
        assert_eq!(drain(&mut queue), [(2, 0)]);
        queue.hold(held, false);
        assert_eq!(drain(&mut queue), [(1, 0), (1, 1)]);
    }

    #[test]
    fn whoever_leaves_takes_the_turn_along() {
        let ids: Vec<WorkflowId> = (1..=3).map(|number| WorkflowId([number; 16])).collect();
        let mut queue = Queue::default();
        ids.iter().for_each(|id| queue.push(*id, 7, Priority::Normal, false));
        queue.remove(ids[1]);
        queue.remove(ids[1]);
        assert_eq!(drain(&mut queue), [(1, 7), (3, 7)]);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn what_is_more_urgent_goes_first_and_whoever_leaves_is_passed_over() {
        let (one, other) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue::default();
        queue.push(one, 0, Priority::Low, false);
        (1..5).for_each(|task| queue.push(one, task, Priority::Normal, false));
        queue.push(other, 9, Priority::Critical, false);
        queue.push(other, 8, Priority::Normal, false);
        [1, 3].into_iter().for_each(|task| queue.leave(one, task, Priority::Normal));
        queue.leave(other, 8, Priority::Normal);
        queue.leave(other, 7, Priority::High);
        assert_eq!(drain(&mut queue), [(2, 9), (1, 2), (1, 4), (1, 0)]);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }
}
