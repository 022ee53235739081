//! The tasks of a workflow in pages that are shared until written, so that a reader's copy of a large graph
//! costs one reference count per page, and so that what is stored again after a change is a page and not the
//! graph.

use std::sync::Arc;

use super::task::Task;

/// Tasks of one page: a change rewrites that many in the database, about five kilobytes.
pub(crate) const PAGE_TASKS: usize = 64;

/// Tasks by their number. Every page but the last is full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TaskPages(Vec<Page>);

#[derive(Debug, Clone)]
struct Page {
    tasks: Arc<Vec<Task>>,
    /// Whether it changed since it was stored.
    is_dirty: bool,
}

/// What is stored and what is not says nothing of the tasks.
impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        self.tasks == other.tasks
    }
}

impl Eq for Page {}

impl Page {
    fn tasks_mut(&mut self) -> &mut Vec<Task> {
        self.is_dirty = true;
        Arc::make_mut(&mut self.tasks)
    }
}

impl TaskPages {
    pub(super) fn from_pages(pages: Vec<Vec<Task>>) -> Self {
        Self(pages.into_iter().map(|tasks| Page { tasks: Arc::new(tasks), is_dirty: false }).collect())
    }

    /// Pages that changed since they were stored, by their numbers.
    pub(super) fn dirty(&self) -> impl Iterator<Item = (u64, &Vec<Task>)> {
        (0..).zip(&self.0).filter(|(_, page)| page.is_dirty).map(|(number, page)| (number, &*page.tasks))
    }

    pub(super) fn mark_stored(&mut self) {
        self.0.iter_mut().for_each(|page| page.is_dirty = false);
    }

    pub(super) fn len(&self) -> usize {
        match self.0.split_last() {
            Some((last, full)) => full.len() * PAGE_TASKS + last.tasks.len(),
            None => 0,
        }
    }

    pub(super) fn get(&self, number: u32) -> Option<&Task> {
        let number = number as usize;
        self.0.get(number / PAGE_TASKS)?.tasks.get(number % PAGE_TASKS)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Task> {
        let number = number as usize;
        self.0.get_mut(number / PAGE_TASKS)?.tasks_mut().get_mut(number % PAGE_TASKS)
    }

    pub(super) fn push(&mut self, task: Task) {
        match self.0.last_mut() {
            Some(last) if last.tasks.len() < PAGE_TASKS => last.tasks_mut().push(task),
            Some(_) | None => self.0.push(Page { tasks: Arc::new(vec![task]), is_dirty: true }),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Task> {
        self.0.iter().flat_map(|page| page.tasks.iter())
    }

    pub(super) fn for_each_mut(&mut self, change: impl Fn(&mut Task)) {
        self.0.iter_mut().flat_map(Page::tasks_mut).for_each(change);
    }
}
