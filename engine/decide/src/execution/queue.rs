//! Tasks that wait for a place: first come, first served within a workflow, and workflows take turns, so that
//! a wide one does not keep the others waiting.

use std::collections::{BTreeMap, VecDeque};

use triad_event::ids::WorkflowId;

use crate::image::structs;

structs! {
    Queue { lines, turns, next_turn }
    Line { tasks, turn }
}

/// All tasks that wait for a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) lines: BTreeMap<WorkflowId, Line>,
    /// The workflows whose lines are not held, by their turns.
    pub(crate) turns: BTreeMap<u64, WorkflowId>,
    next_turn: u64,
}

/// The tasks of one workflow. It has a line exactly as long as one of its tasks waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) tasks: VecDeque<u32>,
    /// When it is its turn; none while it is held, because its workflow is paused or set aside.
    pub(crate) turn: Option<u64>,
}

impl Queue {
    /// The task whose turn it is.
    pub(crate) fn first(&self) -> Option<(WorkflowId, u32)> {
        let (_, workflow) = self.turns.first_key_value()?;
        let task = *self.lines.get(workflow)?.tasks.front()?;
        Some((*workflow, task))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn push(&mut self, workflow: WorkflowId, task: u32, is_held: bool) {
        let line = self.lines.entry(workflow).or_default();
        let is_new = line.tasks.is_empty();
        line.tasks.push_back(task);
        if is_new && !is_held {
            self.give_turn(workflow);
        }
    }

    /// Takes out the task whose turn it is, and gives the turn to the next workflow.
    pub(crate) fn take_first(&mut self) {
        let Some((_, workflow)) = self.turns.pop_first() else { return };
        let Some(line) = self.lines.get_mut(&workflow) else { return };
        line.tasks.pop_front();
        if line.tasks.is_empty() {
            self.lines.remove(&workflow);
        } else {
            self.give_turn(workflow);
        }
    }

    /// Forgets a workflow.
    pub(crate) fn remove(&mut self, workflow: WorkflowId) {
        if let Some(turn) = self.lines.remove(&workflow).and_then(|line| line.turn) {
            self.turns.remove(&turn);
        }
    }

    /// Takes a workflow out of the turns, or lets it back in at the end.
    pub(crate) fn hold(&mut self, workflow: WorkflowId, is_held: bool) {
        let Some(line) = self.lines.get_mut(&workflow) else { return };
        if line.turn.is_none() == is_held {
            return;
        }
        match line.turn.take() {
            Some(turn) => drop(self.turns.remove(&turn)),
            None => self.give_turn(workflow),
        }
    }

    /// Lets a line in behind all others.
    fn give_turn(&mut self, workflow: WorkflowId) {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.turns.insert(turn, workflow);
        self.lines.entry(workflow).or_default().turn = Some(turn);
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
        (0..3).for_each(|task| queue.push(wide, task, false));
        queue.push(narrow, 0, false);
        assert_eq!(drain(&mut queue), [(1, 0), (2, 0), (1, 1), (1, 2)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_held_line_waits_and_loses_its_turn() {
        let (held, free) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue::default();
        queue.push(held, 0, false);
        queue.push(free, 0, false);
        queue.hold(held, true);
        queue.push(held, 1, true);
        assert_eq!(drain(&mut queue), [(2, 0)]);
        queue.hold(held, false);
        assert_eq!(drain(&mut queue), [(1, 0), (1, 1)]);
    }

    #[test]
    fn whoever_leaves_takes_the_turn_along() {
        let ids: Vec<WorkflowId> = (1..=3).map(|number| WorkflowId([number; 16])).collect();
        let mut queue = Queue::default();
        ids.iter().for_each(|id| queue.push(*id, 7, false));
        queue.remove(ids[1]);
        queue.remove(ids[1]);
        assert_eq!(drain(&mut queue), [(1, 7), (3, 7)]);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }
}
