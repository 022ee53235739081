//! Which pages of a workflow's tasks changed since they were stored.

use std::ops::Range;

use crate::task_pages::PAGE_TASKS;

/// Pages by their number.
#[derive(Debug, Default)]
pub(crate) struct DirtyPages(Vec<bool>);

impl DirtyPages {
    pub(super) fn mark(&mut self, task: usize) {
        self.mark_tasks(task..task + 1);
    }

    pub(super) fn mark_tasks(&mut self, tasks: Range<usize>) {
        if tasks.is_empty() {
            return;
        }
        let end = tasks.end.div_ceil(PAGE_TASKS);
        if self.0.len() < end {
            self.0.resize(end, false);
        }
        self.0[tasks.start / PAGE_TASKS..end].fill(true);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.0).filter(|(_, is_dirty)| **is_dirty).map(|(number, _)| number)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
