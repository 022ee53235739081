//! The tasks of a workflow in pages that are shared until written, so that a reader's copy of a large graph
//! costs one reference count per page, and so that what is stored again after a change is a page and not the
//! graph.

use std::sync::Arc;

use crate::run_graph::Task;

/// Tasks of one page: a change rewrites that many in the database, about five kilobytes.
pub(crate) const PAGE_TASKS: usize = 64;

/// Tasks by their number. Every page but the last is full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TaskPages(Vec<Arc<Vec<Task>>>);

impl TaskPages {
    pub(crate) fn from_pages(pages: Vec<Vec<Task>>) -> Self {
        Self(pages.into_iter().map(Arc::new).collect())
    }

    pub(crate) fn pages(&self) -> &[Arc<Vec<Task>>] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        match self.0.split_last() {
            Some((last, full)) => full.len() * PAGE_TASKS + last.len(),
            None => 0,
        }
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Task> {
        let number = number as usize;
        self.0.get(number / PAGE_TASKS)?.get(number % PAGE_TASKS)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Task> {
        let number = number as usize;
        Arc::make_mut(self.0.get_mut(number / PAGE_TASKS)?).get_mut(number % PAGE_TASKS)
    }

    pub(crate) fn push(&mut self, task: Task) {
        match self.0.last_mut() {
            Some(last) if last.len() < PAGE_TASKS => Arc::make_mut(last).push(task),
            Some(_) | None => self.0.push(Arc::new(vec![task])),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Task> {
        self.0.iter().flat_map(|page| page.iter())
    }

    pub(crate) fn for_each_mut(&mut self, change: impl Fn(&mut Task)) {
        self.0.iter_mut().flat_map(Arc::make_mut).for_each(change);
    }
}
