//! Whose turn it is when there is a place: of those that wait for one, and of those whom budgets held back and hold back no
//! longer.

use std::collections::BTreeMap;

use triad_event::dag::QueueReason;
use triad_event::ids::WorkflowId;

use super::facts::Facts;
use super::held_back::Line;
use crate::ports::budgets::Room;

/// What becomes of the task whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) workflow: WorkflowId,
    pub(crate) task: u32,
    /// What it waits for; none when it starts.
    pub(crate) waits_for: Option<QueueReason>,
}

/// Whose turn it is. What is more urgent goes first, and of what is equally urgent those that wait for a place and those that
/// waited for a budget take turns, so that neither keep the others waiting.
pub(crate) fn turn(facts: &Facts<'_>) -> Option<Turn> {
    let queued = facts.state.queue.first().map(|(workflow, task)| {
        let waits_for = waits_for(facts, workflow, task);
        Turn { workflow, task, waits_for }
    });
    let held_back = facts.state.held_back.lines();
    if held_back.is_empty() || queued.is_some_and(|queued| queued.waits_for.is_some()) {
        return queued;
    }
    let (Some(queued), Some(afforded)) = (queued, afforded(facts, &held_back)) else {
        return queued.or_else(|| afforded(facts, &held_back));
    };
    let urgency = |turn: &Turn| facts.tasks.priority(turn.workflow, turn.task);
    let is_afforded = (urgency(&afforded), !facts.state.held_back.was_last) > (urgency(&queued), false);
    Some(if is_afforded { afforded } else { queued })
}

/// What a task that does not wait for a budget yet would wait for: room in one, or that those of its owner go on that wait for
/// it.
pub(super) fn waits_for(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<QueueReason> {
    let asked = facts.affording.asked(workflow, task)?;
    match facts.affording.room(&asked) {
        Room::TooSmall => Some(QueueReason::BudgetTooSmall),
        Room::Waits => Some(QueueReason::Budget),
        Room::Fits => {
            let is_behind = facts.state.held_back.waits_for_same(workflow, facts.ports);
            is_behind.then_some(QueueReason::Budget)
        }
    }
}

type Waiting<'a> = Vec<(&'a Line, &'a BTreeMap<u64, (WorkflowId, u32)>)>;

/// The first of those whom budgets held back and for whom there is room, or who turned out to be larger than all of one. Whoever
/// stands behind somebody of the same owner who waits for the same budget waits too.
fn afforded(facts: &Facts<'_>, lines: &Waiting<'_>) -> Option<Turn> {
    let mut full: Vec<(&Line, u64)> = Vec::new();
    for (line, tasks) in lines {
        let (workflow, task) = *tasks.first_key_value()?.1;
        let starts = Turn { workflow, task, waits_for: None };
        let Some(asked) = facts.affording.asked(workflow, task) else { return Some(starts) };
        match facts.affording.room(&asked) {
            Room::TooSmall => return Some(Turn { waits_for: Some(QueueReason::BudgetTooSmall), ..starts }),
            Room::Fits => {
                let is_behind =
                    |id: &u64| full.iter().any(|(of, full)| full == id && of.is_of_owner_of(line));
                if !asked.of.iter().any(is_behind) {
                    return Some(starts);
                }
            }
            Room::Waits => {
                let rooms = facts.affording.rooms(&asked).filter(|(_, room)| *room != Room::Fits);
                full.extend(rooms.map(|(id, _)| (*line, id)));
            }
        }
    }
    None
}
