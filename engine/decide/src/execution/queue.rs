//! Tasks that wait for a place. What is more urgent goes first. Of what is equally urgent, workflows take turns, so that a wide
//! one does not keep the others waiting, and within a workflow it is first come, first served.
//!
//! While prices of electricity come from somewhere, tasks stand by when they came, by their priority, and by their value per
//! energy (`triad_deferral::standing_us`): so what is worth more goes first, and everything ages. Tasks that state no value go on
//! taking turns by workflow; the one whose turn it is stands against the first of those that do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use triad_deferral::standing_us;
use triad_event::ids::WorkflowId;
use triad_event::intake::Priority;
use triad_event::quantity::Micros;

use crate::image::structs;

structs! {
    Queue { lines, turns, next_turn, valued, ranks, ages }
    Line { tasks, gone, turn }
    Place { task, since }
    Valued { ranks, is_held }
    Rank { priority, standing, sequence }
}

/// All tasks that wait for a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    /// Of each workflow, one for each priority.
    pub(crate) lines: BTreeMap<(WorkflowId, Priority), Line>,
    /// The workflows whose lines are not held, by priority and turn.
    pub(crate) turns: BTreeMap<(Priority, u64), WorkflowId>,
    next_turn: u64,
    /// Of each workflow, those that state a value.
    pub(crate) valued: BTreeMap<WorkflowId, Valued>,
    /// Those of them that are not held, by their priority and where they stand.
    pub(crate) ranks: BTreeMap<Rank, (WorkflowId, u32)>,
    /// Whether waiting counts against priority.
    pub(crate) ages: bool,
}

/// The tasks of one workflow. It has a line exactly as long as one of its tasks waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Those that came, with some that left since; the first of them has not.
    tasks: VecDeque<Place>,
    /// Those that left.
    gone: BTreeSet<u32>,
    /// When it is its turn; none while it is held, because its workflow is paused or set aside.
    pub(crate) turn: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    task: u32,
    since: Micros,
}

/// The tasks of one workflow that state a value. It is there exactly as long as one of them waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Valued {
    pub(crate) ranks: BTreeMap<u32, Rank>,
    pub(crate) is_held: bool,
}

/// Where a task stands among those that state a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    priority: Priority,
    /// The least is next.
    standing: i64,
    /// Of two that stand alike the one that came first.
    sequence: u64,
}

/// A task that comes to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coming {
    pub(crate) workflow: WorkflowId,
    pub(crate) task: u32,
    pub(crate) priority: Priority,
    /// How far its value puts it ahead, when it states one.
    pub(crate) value_lead: Option<Micros>,
    /// When, in the time that passes for the log.
    pub(crate) since: Micros,
    /// Sequence of the record.
    pub(crate) sequence: u64,
    /// Whether its workflow is paused.
    pub(crate) is_held: bool,
}

/// Whose turn it is.
enum Next {
    Line(Priority, u64),
    Rank(Rank),
}

impl Line {
    /// Whoever left stands at the front no longer.
    fn close_ranks(&mut self) {
        while self.tasks.front().is_some_and(|place| self.gone.remove(&place.task)) {
            self.tasks.pop_front();
        }
    }

    /// Those that wait, in their order.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> impl Iterator<Item = u32> + '_ {
        self.tasks.iter().map(|place| place.task).filter(|task| !self.gone.contains(task))
    }
}

impl Queue {
    /// The task whose turn it is.
    pub(crate) fn first(&self) -> Option<(WorkflowId, u32)> {
        match self.next()? {
            Next::Line(priority, turn) => {
                let workflow = *self.turns.get(&(priority, turn))?;
                Some((workflow, self.lines.get(&(workflow, priority))?.tasks.front()?.task))
            }
            Next::Rank(rank) => self.ranks.get(&rank).copied(),
        }
    }

    /// Takes a task out wherever it stands, if it is there at all. It looks through the lines of its workflow.
    pub(crate) fn take_out(&mut self, workflow: WorkflowId, task: u32) {
        self.leave_ranks(workflow, task);
        let stands = |priority: &&Priority| {
            let line = self.lines.get(&(workflow, **priority));
            line.is_some_and(|line| {
                line.tasks.iter().any(|place| place.task == task) && !line.gone.contains(&task)
            })
        };
        if let Some(priority) = Priority::ALL.iter().find(stands).copied() {
            self.leave(workflow, task, priority);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.valued.is_empty()
    }

    /// Whether it is somebody's turn.
    pub(crate) fn has_turn(&self) -> bool {
        !self.turns.is_empty() || !self.ranks.is_empty()
    }

    pub(crate) fn push(&mut self, coming: Coming) {
        let Coming { workflow, task, priority, value_lead, since, sequence, is_held } = coming;
        if let Some(value_lead) = value_lead {
            let standing = standing_us(since.0, urgency(priority), value_lead.0);
            let rank = Rank { priority, standing, sequence };
            let valued =
                self.valued.entry(workflow).or_insert_with(|| Valued { is_held, ..Valued::default() });
            valued.ranks.insert(task, rank);
            if !valued.is_held {
                self.ranks.insert(rank, (workflow, task));
            }
            return;
        }
        let line = self.lines.entry((workflow, priority)).or_default();
        let is_new = line.tasks.is_empty();
        line.tasks.push_back(Place { task, since });
        if is_new && !is_held {
            self.give_turn(workflow, priority);
        }
    }

    /// Takes out the task whose turn it is, and gives the turn to the next workflow.
    pub(crate) fn take_first(&mut self) {
        match self.next() {
            Some(Next::Line(priority, turn)) => self.take_first_of_line(priority, turn),
            Some(Next::Rank(rank)) => {
                let Some((workflow, task)) = self.ranks.get(&rank).copied() else { return };
                self.leave_ranks(workflow, task);
            }
            None => {}
        }
    }

    fn take_first_of_line(&mut self, priority: Priority, turn: u64) {
        let Some(workflow) = self.turns.remove(&(priority, turn)) else { return };
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
        self.leave_ranks(workflow, task);
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

    fn leave_ranks(&mut self, workflow: WorkflowId, task: u32) {
        let Some(valued) = self.valued.get_mut(&workflow) else { return };
        if let Some(rank) = valued.ranks.remove(&task) {
            self.ranks.remove(&rank);
        }
        if valued.ranks.is_empty() {
            self.valued.remove(&workflow);
        }
    }

    /// Forgets a workflow.
    pub(crate) fn remove(&mut self, workflow: WorkflowId) {
        for priority in Priority::ALL.iter().copied() {
            if let Some(turn) = self.lines.remove(&(workflow, priority)).and_then(|line| line.turn) {
                self.turns.remove(&(priority, turn));
            }
        }
        for rank in self.valued.remove(&workflow).iter().flat_map(|valued| valued.ranks.values()) {
            self.ranks.remove(rank);
        }
    }

    /// Takes a workflow out of the turns, or lets it back in at the end. Those that state a value stand where they stood.
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
        let Some(valued) = self.valued.get_mut(&workflow) else { return };
        valued.is_held = is_held;
        for (task, rank) in &valued.ranks {
            match is_held {
                true => drop(self.ranks.remove(rank)),
                false => drop(self.ranks.insert(*rank, (workflow, *task))),
            }
        }
    }

    /// The line or the task whose turn it is: by priority alone, and with ageing by where they stand.
    fn next(&self) -> Option<Next> {
        let lines = Priority::ALL.iter().filter_map(|priority| {
            let ((_, turn), workflow) = self.turns.range((*priority, 0)..=(*priority, u64::MAX)).next()?;
            let since = self.lines.get(&(*workflow, *priority))?.tasks.front()?.since;
            let standing = standing_us(since.0, urgency(*priority), 0);
            Some((*priority, standing, Next::Line(*priority, *turn)))
        });
        let counts = |priority: Priority| std::cmp::Reverse((!self.ages).then_some(priority));
        let firsts = Priority::ALL.iter().filter_map(|priority| {
            let of = |standing, sequence| Rank { priority: *priority, standing, sequence };
            self.ranks.range(of(i64::MIN, 0)..=of(i64::MAX, u64::MAX)).next().map(|(rank, _)| *rank)
        });
        let first = firsts.min_by_key(|rank| (counts(rank.priority), rank.standing, rank.sequence));
        let ranked = first.map(|rank| (rank.priority, rank.standing, Next::Rank(rank)));
        let nexts = lines.chain(ranked);
        nexts.min_by_key(|(priority, standing, _)| (counts(*priority), *standing)).map(|(_, _, next)| next)
    }

    /// Lets a line in behind all others that are as urgent.
    fn give_turn(&mut self, workflow: WorkflowId, priority: Priority) {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.turns.insert((priority, turn), workflow);
        self.lines.entry((workflow, priority)).or_default().turn = Some(turn);
    }
}

fn urgency(priority: Priority) -> triad_deferral::Priority {
    match priority {
        Priority::Low => triad_deferral::Priority::Low,
        Priority::Normal => triad_deferral::Priority::Normal,
        Priority::High => triad_deferral::Priority::High,
        Priority::Critical => triad_deferral::Priority::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &mut Queue, workflow: WorkflowId, task: u32, priority: Priority, is_held: bool) {
        let (value_lead, since) = (None, Micros(0));
        queue.push(Coming { workflow, task, priority, value_lead, since, sequence: 0, is_held });
    }

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
        (0..3).for_each(|task| push(&mut queue, wide, task, Priority::Normal, false));
        push(&mut queue, narrow, 0, Priority::Normal, false);
        assert_eq!(drain(&mut queue), [(1, 0), (2, 0), (1, 1), (1, 2)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_held_line_waits_and_loses_its_turn() {
        let (held, free) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue::default();
        push(&mut queue, held, 0, Priority::Normal, false);
        push(&mut queue, free, 0, Priority::Normal, false);
        queue.hold(held, true);
        push(&mut queue, held, 1, Priority::Normal, true);
        assert_eq!(drain(&mut queue), [(2, 0)]);
        queue.hold(held, false);
        assert_eq!(drain(&mut queue), [(1, 0), (1, 1)]);
    }

    #[test]
    fn whoever_leaves_takes_the_turn_along() {
        let ids: Vec<WorkflowId> = (1..=3).map(|number| WorkflowId([number; 16])).collect();
        let mut queue = Queue::default();
        ids.iter().for_each(|id| push(&mut queue, *id, 7, Priority::Normal, false));
        queue.remove(ids[1]);
        queue.remove(ids[1]);
        assert_eq!(drain(&mut queue), [(1, 7), (3, 7)]);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn what_is_more_urgent_goes_first_and_whoever_leaves_is_passed_over() {
        let (one, other) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue::default();
        push(&mut queue, one, 0, Priority::Low, false);
        (1..5).for_each(|task| push(&mut queue, one, task, Priority::Normal, false));
        push(&mut queue, other, 9, Priority::Critical, false);
        push(&mut queue, other, 8, Priority::Normal, false);
        [1, 3].into_iter().for_each(|task| queue.leave(one, task, Priority::Normal));
        queue.leave(other, 8, Priority::Normal);
        queue.leave(other, 7, Priority::High);
        assert_eq!(drain(&mut queue), [(2, 9), (1, 2), (1, 4), (1, 0)]);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }

    const HOUR_US: i64 = 3_600_000_000;

    /// Tasks as `workflow task priority value-lead-hours since-hours`, and who gets the places, with ageing and without.
    fn check(given: &[(u8, u32, Priority, i64, i64)], ageing: &[u32], by_priority: &[u32]) {
        for (ages, then) in [(true, ageing), (false, by_priority)] {
            let mut queue = Queue { ages, ..Queue::default() };
            for ((workflow, task, priority, lead, since), sequence) in given.iter().copied().zip(0..) {
                queue.push(Coming {
                    workflow: WorkflowId([workflow; 16]),
                    task,
                    priority,
                    value_lead: (lead > 0).then_some(Micros(lead * HOUR_US)),
                    since: Micros(since * HOUR_US),
                    sequence,
                    is_held: false,
                });
            }
            let found: Vec<u32> = drain(&mut queue).into_iter().map(|(_, task)| task).collect();
            assert_eq!(found, then, "with ageing: {ages}");
            assert!(queue.is_empty() && !queue.has_turn());
        }
    }

    #[test]
    fn value_decides_among_equals_and_whoever_waited_longer_than_it_is_worth_goes_first() {
        use Priority::{Critical, High, Low, Normal};
        check(&[(1, 0, Normal, 5, 0), (1, 1, Normal, 20, 0), (2, 2, Normal, 0, 0)], &[1, 0, 2], &[1, 0, 2]);
        check(&[(1, 0, Normal, 20, 30), (2, 1, Normal, 0, 0), (2, 2, Normal, 0, 29)], &[1, 0, 2], &[1, 0, 2]);
        check(&[(1, 0, High, 0, 25), (2, 1, Normal, 0, 0)], &[1, 0], &[0, 1]);
        check(&[(1, 0, Critical, 0, 25), (2, 1, High, 23, 0), (3, 2, Low, 0, 0)], &[0, 1, 2], &[0, 1, 2]);
        check(&[(1, 0, High, 1, 0), (2, 1, Critical, 0, 300), (3, 2, Low, 0, 0)], &[0, 2, 1], &[1, 0, 2]);
        check(&[(1, 0, Normal, 0, 0), (1, 1, Normal, 0, 0), (2, 2, Normal, 0, 0)], &[0, 2, 1], &[0, 2, 1]);
        // Of those that state a value as well, however long the less urgent one waits.
        check(&[(1, 0, Low, 5, 0), (2, 1, High, 5, 99), (3, 2, Normal, 0, 99)], &[0, 1, 2], &[1, 2, 0]);
    }

    #[test]
    fn what_states_a_value_is_held_and_leaves_as_all_others() {
        let (one, other) = (WorkflowId([1; 16]), WorkflowId([2; 16]));
        let mut queue = Queue { ages: true, ..Queue::default() };
        for (workflow, task) in [(one, 0), (one, 1), (other, 2), (other, 3), (one, 4)] {
            let value_lead = Some(Micros(i64::from(task + 1) * HOUR_US));
            let (priority, since, sequence) = (Priority::Normal, Micros(0), task.into());
            queue.push(Coming { workflow, task, priority, value_lead, since, sequence, is_held: false });
        }
        queue.hold(one, true);
        queue.leave(other, 3, Priority::Normal);
        queue.leave(one, 4, Priority::Normal);
        assert_eq!(drain(&mut queue), [(2, 2)]);
        queue.hold(one, false);
        assert_eq!(queue.first(), Some((one, 1)));
        queue.remove(one);
        assert!(queue.is_empty() && !queue.has_turn());
    }
}
