//! Tasks that are run for each entry of a list: which positions their parts have, and where the entries lie.

use std::collections::BTreeMap;

use triad_event::evaluation::{Page, Value};

use crate::image::structs;

structs! {
    Fans { lists, by_first, by_task }
    List { entries, pages }
    Fan { task, parts, next, pages }
}

/// The fans of one workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fans {
    /// Lists of tasks that are not fanned out yet.
    lists: BTreeMap<u32, List>,
    /// Those that are, by the positions of their first parts.
    by_first: BTreeMap<u32, Fan>,
    /// The positions of their first parts, by task.
    by_task: BTreeMap<u32, u32>,
}

/// What came of the list of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) entries: u32,
    pub(crate) pages: Vec<Page>,
}

/// A task whose parts are tasks of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fan {
    /// The task.
    pub(crate) task: u32,
    /// How many parts it has.
    pub(crate) parts: u32,
    /// The number of the first part that has not begun.
    pub(crate) next: u32,
    /// Where the entries lie.
    pub(crate) pages: Vec<Page>,
}

impl Fan {
    /// Where the entry of a part lies: the page and the place in it.
    pub(crate) fn entry(&self, number: u32) -> Option<(&Page, u32)> {
        let behind = self.pages.partition_point(|page| page.first <= number);
        let page = self.pages.get(behind.checked_sub(1)?)?;
        Some((page, number - page.first))
    }
}

impl Fans {
    /// What came of the list of a task, to be fanned out.
    pub(crate) fn keep(&mut self, task: u32, value: &Value) {
        self.lists.insert(task, List { entries: value.entries, pages: value.pages.clone() });
    }

    pub(crate) fn list(&self, task: u32) -> Option<&List> {
        self.lists.get(&task)
    }

    /// How many parts there will be of tasks that are not fanned out yet.
    pub(crate) fn to_come(&self) -> usize {
        self.lists.values().map(|list| list.entries as usize).sum()
    }

    /// The task failed or was cancelled before it was fanned out.
    pub(crate) fn forget(&mut self, task: u32) {
        self.lists.remove(&task);
    }

    /// The parts of a task are there.
    pub(crate) fn begin(&mut self, task: u32, first: u32) -> Option<u32> {
        let List { entries: parts, pages } = self.lists.remove(&task)?;
        if parts > 0 {
            self.by_first.insert(first, Fan { task, parts, next: 0, pages });
            self.by_task.insert(task, first);
        }
        Some(parts)
    }

    /// The fan of a task with the position of its first part.
    pub(crate) fn of_task(&self, task: u32) -> Option<(u32, &Fan)> {
        let first = self.by_task.get(&task)?;
        Some((*first, self.by_first.get(first)?))
    }

    /// The fan of which a task is a part, with the number of the part.
    pub(crate) fn of_part(&self, task: u32) -> Option<(u32, &Fan)> {
        let (first, fan) = self.by_first.range(..=task).next_back()?;
        let number = task - first;
        (number < fan.parts).then_some((number, fan))
    }

    /// The position of the next part of a task to begin, if there is one.
    pub(crate) fn begin_next(&mut self, task: u32) -> Option<u32> {
        let first = *self.by_task.get(&task)?;
        let fan = self.by_first.get_mut(&first)?;
        if fan.next == fan.parts {
            return None;
        }
        fan.next += 1;
        Some(first + fan.next - 1)
    }
}
