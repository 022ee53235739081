//! What must hold of sub-workflows: each task of one stands behind it, and depends on nothing that could wait for it.

use triad_event::intake::{TaskDefinition, TaskKind};

use super::definition::Structure;
use super::fault::{Faults, Field, Problem, cut};
use crate::limits::is_id;
use crate::plan::Lists;

/// Where a task lies among sub-workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lying {
    /// The sub-workflow that it is a part of, by position.
    pub(crate) part_of: Option<u32>,
    /// Whether it is one.
    pub(crate) is_group: bool,
}

impl Lying {
    pub(crate) fn of(task: &TaskDefinition) -> Self {
        let part_of = task.rules.as_deref().and_then(|rules| rules.part_of);
        Self { part_of, is_group: task.kind == TaskKind::Group }
    }
}

/// Tells what is wrong with sub-workflows.
pub(crate) fn check_groups(structure: &Structure<'_>, faults: &mut Faults) {
    let lying = &structure.lying;
    let mut is_empty = vec![true; lying.len()];
    let mut add = |task: u32, field, problem| {
        faults.add(Some(task), structure.ids[task as usize], field, problem);
    };
    for (own, task) in lying.iter().zip(0_u32..) {
        let Some(group) = own.part_of else { continue };
        if group >= task || !lying[group as usize].is_group {
            add(task, Field::Workflow, Problem::NotItsGroup);
            continue;
        }
        is_empty[group as usize] = false;
        // So that an id says where its task lies, and how deep that can be has an end.
        if !is_within(structure.ids[task as usize], structure.ids[group as usize]) {
            add(task, Field::Id, Problem::NotWithin);
        }
        for dependency in structure.dependencies.get(task) {
            if !may_wait_for(structure, task, *dependency) {
                let name = structure.ids.get(*dependency as usize).map_or("", |id| cut(id)).to_owned();
                add(task, Field::Dependencies, Problem::OutOfReach { name });
            }
        }
    }
    for (own, task) in lying.iter().zip(0_u32..) {
        if own.is_group && is_empty[task as usize] {
            add(task, Field::Workflow, Problem::Empty);
        }
    }
}

/// Whether a task of a sub-workflow can wait for a task: for another of its own, and for what the sub-workflow itself waits
/// for, or
/// one that that lies in. Where it can wait for a sub-workflow, it can for the tasks of that.
fn may_wait_for(structure: &Structure<'_>, task: u32, dependency: u32) -> bool {
    let own: Vec<u32> = structure.around(task).skip(1).collect();
    // What the task lies in ends after it.
    let mut waited = structure.around(dependency).filter(|one| !own.contains(one));
    waited.any(|one| {
        let is_beside = structure.part_of(task) == structure.part_of(one);
        is_beside || own.iter().any(|group| structure.dependencies.get(*group).binary_search(&one).is_ok())
    })
}

impl Structure<'_> {
    fn part_of(&self, task: u32) -> Option<u32> {
        self.lying.get(task as usize)?.part_of
    }

    /// A task, the sub-workflow that it is a part of, the one that that is a part of, and so on. Each has to lie before what it
    /// contains; where one does not, which is told elsewhere, this ends.
    fn around(&self, task: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(task), |task| self.part_of(*task).filter(|group| group < task))
    }
}

/// Whether the id of a task of a sub-workflow is that of the sub-workflow, a dot, and an id of its own.
fn is_within(id: &str, group: &str) -> bool {
    id.strip_prefix(group).and_then(|rest| rest.strip_prefix('.')).is_some_and(is_id)
}

/// The dependencies, with that of each task on the sub-workflow that it is a part of: it waits for that to begin.
pub(crate) fn with_groups(structure: &Structure<'_>) -> Option<Lists> {
    if structure.lying.iter().all(|lying| lying.part_of.is_none()) {
        return None;
    }
    let mut lists = Lists::with_capacity(structure.dependencies.len(), structure.dependencies.items.len());
    for (list, lying) in structure.dependencies.iter().zip(&structure.lying) {
        let mut list = list.to_vec();
        list.extend(lying.part_of);
        lists.push(&list);
    }
    Some(lists)
}
