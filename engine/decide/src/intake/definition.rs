//! What must hold of every definition: fields by themselves, ids among each other, dependencies without a
//! cycle.

use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::plain::is_plain;

use super::bounds::Bounds;
use super::cycles::cycles;
use super::fault::{Faults, Field, Problem, cut};
use super::groups::{Lying, check_groups, with_groups};
use super::{flow, rules};
use crate::limits::{INPUT_BYTES_MAX, NAME_BYTES_MAX, is_id, is_path};
use crate::plan::Lists;

/// Tasks of a cycle that a fault names; a longer one is cut.
const CYCLE_NAMED_MAX: usize = 100;

/// Ids and dependencies of a whole definition.
#[derive(Debug, Default)]
pub(crate) struct Structure<'a> {
    pub(crate) ids: Vec<&'a str>,
    pub(crate) dependencies: Lists,
    pub(crate) lying: Vec<Lying>,
}

impl<'a> Structure<'a> {
    pub(crate) fn with_capacity(tasks: usize, dependencies: usize) -> Self {
        Self {
            ids: Vec::with_capacity(tasks),
            dependencies: Lists::with_capacity(tasks, dependencies),
            lying: Vec::with_capacity(tasks),
        }
    }

    /// Adds tasks after those before.
    pub(crate) fn add(&mut self, tasks: &'a [TaskDefinition]) {
        for task in tasks {
            self.ids.push(&task.id);
            self.dependencies.push(&task.dependencies);
            self.lying.push(Lying::of(task));
        }
    }
}

/// How many dependencies tasks have in all.
pub(crate) fn dependency_count(tasks: &[TaskDefinition]) -> usize {
    tasks.iter().map(|task| task.dependencies.len()).sum()
}

/// Faults of the definition as a whole.
pub(crate) fn check_whole(name: &str, structure: &Structure<'_>, bounds: &Bounds, faults: &mut Faults) {
    let whole = |field, problem, faults: &mut Faults| faults.add(None, "", field, problem);
    if name.is_empty() {
        whole(Field::WorkflowName, Problem::Empty, faults);
    }
    if let Some(problem) = name_problem(name) {
        whole(Field::WorkflowName, problem, faults);
    }
    if structure.ids.is_empty() {
        whole(Field::Tasks, Problem::Empty, faults);
    }
    if structure.ids.len() > bounds.tasks_max {
        whole(Field::Tasks, Problem::TooMany { max: bounds.tasks_max }, faults);
    }
    if structure.dependencies.items.len() > bounds.dependencies_max {
        whole(Field::Dependencies, Problem::TooMany { max: bounds.dependencies_max }, faults);
    }
    check_ids(&structure.ids, faults);
    check_groups(structure, faults);
    check_cycles(structure, faults);
}

/// Faults of single tasks; the first stands at a position in the definition.
pub(crate) fn check_tasks(first: u32, tasks: &[TaskDefinition], faults: &mut Faults) {
    for (position, task) in (first..).zip(tasks) {
        let mut add = |field, problem| faults.add(Some(position), &task.id, field, problem);
        let is_part = Lying::of(task).part_of.is_some();
        if !(is_id(&task.id) || is_part && is_path(&task.id)) {
            add(Field::Id, Problem::NotAnId);
        }
        if let Some(problem) = name_problem(&task.name) {
            add(Field::Name, problem);
        }
        check_options(task, &mut add);
        flow::check(task, &mut add);
        rules::check(task, &mut add);
    }
}

fn check_options(task: &TaskDefinition, add: &mut impl FnMut(Field, Problem)) {
    let TaskDefinition { kind, options, .. } = task;
    options.each(|option, value| {
        let Some(value) = value else { return };
        if !option.admits(value) {
            // The door knows the written unit.
            let (least, greatest) = option.written_bounds();
            add(Field::Option(option), Problem::OutOfBounds { least, greatest });
        }
        if option.kind().is_some_and(|only| only != *kind) {
            add(Field::Option(option), Problem::not_for(*kind));
        }
    });
}

/// Faults of sealed inputs: what can be seen of them without opening them. The door has seen what they say.
pub(crate) fn check_inputs(first: u32, tasks: &[TaskDefinition], faults: &mut Faults) {
    for (position, task) in (first..).zip(tasks) {
        let mut add = |problem| faults.add(Some(position), &task.id, Field::Input, problem);
        match &task.input {
            None if task.kind == TaskKind::Process => add(Problem::Empty),
            Some(input) if input.length.0 > INPUT_BYTES_MAX as u64 => {
                add(Problem::TooLong { max: INPUT_BYTES_MAX });
            }
            Some(_) | None => {}
        }
    }
}

/// Faults of recorded dependencies, which name positions: the door cannot make them, but what comes in is not
/// taken on trust.
pub(crate) fn check_positions(first: u32, tasks: &[TaskDefinition], count: usize, faults: &mut Faults) {
    for (position, task) in (first..).zip(tasks) {
        let mut add = |problem| faults.add(Some(position), &task.id, Field::Dependencies, problem);
        if task.dependencies.contains(&position) {
            add(Problem::Itself);
        }
        if !task.dependencies.windows(2).all(|pair| pair[0] < pair[1]) {
            add(Problem::Repeated { name: "a position".to_owned() });
        }
        if let Some(unknown) = task.dependencies.iter().find(|item| **item as usize >= count) {
            add(Problem::UnknownTask { name: unknown.to_string() });
        }
    }
}

fn check_ids(ids: &[&str], faults: &mut Faults) {
    // Sorting by a hash first compares integers, not texts, which matters at a hundred thousand tasks.
    let mut order: Vec<(u64, u32)> = ids.iter().zip(0..).map(|(id, task)| (spread(id), task)).collect();
    order.sort_unstable();
    for same in order.chunk_by(|left, right| left.0 == right.0).filter(|same| same.len() > 1) {
        let mut tasks: Vec<u32> = same.iter().map(|(_, task)| *task).collect();
        tasks.sort_unstable_by_key(|task| (ids[*task as usize], *task));
        for equal in tasks.chunk_by(|left, right| ids[*left as usize] == ids[*right as usize]) {
            for task in &equal[1..] {
                let problem = Problem::SameAs { task: equal[0] };
                faults.add(Some(*task), ids[*task as usize], Field::Id, problem);
            }
        }
    }
}

/// FNV-1a. Only speed depends on it: equal hashes are compared as texts.
fn spread(id: &str) -> u64 {
    id.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn check_cycles(structure: &Structure<'_>, faults: &mut Faults) {
    let grouped = with_groups(structure);
    for cycle in cycles(grouped.as_ref().unwrap_or(&structure.dependencies)) {
        let named = |task: &u32| structure.ids.get(*task as usize).map_or("", |id| cut(id)).to_owned();
        let (Some(first), length) = (cycle.first(), cycle.len()) else { continue };
        // A task that depends on itself has a fault of its own.
        if length > 1 {
            let path = cycle.iter().take(CYCLE_NAMED_MAX).map(named).collect();
            faults.add(Some(*first), &named(first), Field::Dependencies, Problem::Cycle { path, length });
        }
    }
}

fn name_problem(name: &str) -> Option<Problem> {
    if name.len() > NAME_BYTES_MAX {
        return Some(Problem::TooLong { max: NAME_BYTES_MAX });
    }
    let hidden = name.chars().find(|character| !is_plain(*character))?;
    Some(Problem::HiddenCharacter { character: hidden })
}
