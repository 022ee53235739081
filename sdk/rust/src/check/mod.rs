//! Finds what is wrong with a definition.

mod cycles;
mod fields;
mod list;

use std::collections::BTreeMap;

use crate::fault::{Fault, Faults, Problem};
use crate::limits::{DEPENDENCIES_MAX, TASKS_MAX};
use crate::task::{Edge, Task};
use crate::workflow::Workflow;

/// Tasks of a cycle that a fault names; a longer one is cut.
const CYCLE_NAMED_MAX: usize = 100;

/// Every fault of a definition, in the order of the tasks.
pub(crate) fn check(workflow: &Workflow) -> Result<(), Faults> {
    let tasks = workflow.tasks();
    let mut faults = Vec::new();
    let mut whole = Finder { faults: &mut faults, task: None };
    fields::check_workflow(workflow, &mut whole);
    check_count("tasks", tasks.len(), TASKS_MAX, &mut whole);
    let positions = positions(tasks);
    for (position, task) in tasks.iter().enumerate() {
        let mut found = Finder { faults: &mut faults, task: Some((position, &task.id)) };
        check_id(position, task, &positions, &mut found);
        fields::check_task(task, &mut found);
    }
    check_graph(tasks, &positions, &mut faults);
    // Of one task, what is wrong with it by itself stays before what is wrong among several.
    faults.sort_by_key(|fault| fault.task);
    if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
}

/// Gathers the faults of one task, or of the definition as a whole.
struct Finder<'a> {
    faults: &'a mut Vec<Fault>,
    task: Option<(usize, &'a str)>,
}

impl Finder<'_> {
    fn add(&mut self, field: &'static str, problem: Problem) {
        let (task, id) = self.task.unzip();
        self.faults.push(Fault { task, id: id.unwrap_or_default().to_owned(), field, problem });
    }

    fn add_if(&mut self, is_wrong: bool, field: &'static str, problem: Problem) {
        if is_wrong {
            self.add(field, problem);
        }
    }
}

/// The first task with each id.
fn positions(tasks: &[Task]) -> BTreeMap<&str, usize> {
    let mut positions = BTreeMap::new();
    for (position, task) in tasks.iter().enumerate() {
        positions.entry(task.id()).or_insert(position);
    }
    positions
}

fn check_count(field: &'static str, count: usize, max: usize, found: &mut Finder<'_>) {
    found.add_if(count == 0, field, Problem::Empty);
    found.add_if(count > max, field, Problem::TooMany { max });
}

fn check_id(position: usize, task: &Task, positions: &BTreeMap<&str, usize>, found: &mut Finder<'_>) {
    fields::check_id("id", task.id(), found);
    if let Some(first) = positions.get(task.id()).copied().filter(|first| *first != position) {
        found.add("id", Problem::SameAs { task: first });
    }
}

fn check_graph(tasks: &[Task], positions: &BTreeMap<&str, usize>, faults: &mut Vec<Fault>) {
    let mut graph = Vec::with_capacity(tasks.len());
    for (position, task) in tasks.iter().enumerate() {
        let mut found = Finder { faults, task: Some((position, task.id())) };
        graph.push(resolve(position, task, positions, &mut found));
    }
    let count: usize = graph.iter().map(Vec::len).sum();
    let mut whole = Finder { faults, task: None };
    whole.add_if(count > DEPENDENCIES_MAX, "dependencies", Problem::TooMany { max: DEPENDENCIES_MAX });
    for cycle in cycles::cycles(&graph) {
        let path = cycle.iter().take(CYCLE_NAMED_MAX).map(|task| tasks[*task].id().to_owned()).collect();
        let first = cycle[0];
        let mut found = Finder { faults, task: Some((first, tasks[first].id())) };
        found.add("dependencies", Problem::Cycle { path, length: cycle.len() });
    }
}

/// The positions of the tasks that a task depends on.
fn resolve(
    position: usize,
    task: &Task,
    positions: &BTreeMap<&str, usize>,
    found: &mut Finder<'_>,
) -> Vec<usize> {
    let (edges, mut resolved) = (task.edges(), Vec::new());
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for Edge { task: id, ends: _ } in &edges {
        let id = id.as_ref();
        let count = named.entry(id).or_default();
        *count += 1;
        if *count > 1 {
            // Told once, and resolved once.
            found.add_if(*count == 2, "dependencies", Problem::SeveralEnds { id: id.to_owned() });
            continue;
        }
        match positions.get(id) {
            None => found.add("dependencies", Problem::UnknownTask { id: id.to_owned() }),
            Some(_) if id == task.id() => found.add("dependencies", Problem::Itself),
            Some(other) if *other == position => {}
            Some(other) => resolved.push(*other),
        }
    }
    resolved
}
