//! What a client proposes, with tasks named by id and content in the clear, and how the door turns it into
//! definitions and content that is to be sealed.

use std::collections::BTreeMap;

use triad_event::Sealed;
use triad_event::intake::{TaskDefinition, TaskFlow, TaskKind};

use super::bounds::Bounds;
use super::content::Content;
use super::definition::{Structure, check_tasks, check_whole, dependency_count};
use super::fault::{Faults, Field, Problem, cut};

/// A definition as a client proposes it, parsed and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Display name of the workflow.
    pub name: String,
    /// Its tasks.
    pub tasks: Vec<ProposedTask>,
}

/// A task as a client proposes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedTask {
    /// What is recorded of it as it stands. Its dependencies and its input are found from what follows.
    pub definition: TaskDefinition,
    /// Ids of the tasks that must be completed first.
    pub dependencies: Vec<String>,
    /// What is to be sealed as its input.
    pub content: Content,
}

impl ProposedTask {
    /// A task that depends on nothing, is given nothing, and asks for nothing special.
    pub fn new(id: impl Into<String>, kind: TaskKind) -> Self {
        let definition = TaskDefinition::new(id, kind);
        Self { definition, dependencies: Vec::new(), content: Content::default() }
    }
}

/// A definition that was found acceptable, and the content that is to be sealed before it goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The tasks, which name each other by position and have no inputs yet.
    pub tasks: Vec<TaskDefinition>,
    /// For each task what is to be sealed as its input; none when it has no input.
    pub contents: Vec<Option<Vec<u8>>>,
}

impl Checked {
    /// The definition with what sealing the contents gave. `seal` is given the position of a task and its content,
    /// in the order of the tasks.
    pub fn seal<E>(
        self,
        mut seal: impl FnMut(u32, &[u8]) -> Result<Sealed, E>,
    ) -> Result<Vec<TaskDefinition>, E> {
        let Self { mut tasks, contents } = self;
        for ((task, content), position) in tasks.iter_mut().zip(&contents).zip(0..) {
            task.input = content.as_ref().map(|content| seal(position, content)).transpose()?;
        }
        Ok(tasks)
    }
}

/// Turns a proposal into definitions that name tasks by position, or lists everything that is wrong with it.
pub fn check(proposal: Proposal, bounds: &Bounds) -> Result<Checked, Faults> {
    let mut faults = Faults::default();
    let Checked { tasks, contents } = resolve(proposal.tasks, &mut faults);
    let mut structure = Structure::with_capacity(tasks.len(), dependency_count(&tasks));
    structure.add(&tasks);
    check_tasks(0, &tasks, &mut faults);
    check_whole(&proposal.name, &structure, bounds, &mut faults);
    if faults.is_empty() { Ok(Checked { tasks, contents }) } else { Err(faults.sorted()) }
}

/// Replaces ids by positions, and takes the content out. Of several tasks with one id the first is meant; that
/// there are several is told elsewhere.
fn resolve(proposed: Vec<ProposedTask>, faults: &mut Faults) -> Checked {
    let mut positions: BTreeMap<String, u32> = BTreeMap::new();
    for (task, position) in proposed.iter().zip(0..) {
        positions.entry(task.definition.id.clone()).or_insert(position);
    }
    let resolved = |(task, position): (ProposedTask, u32)| {
        let ProposedTask { mut definition, dependencies, content } = task;
        let mut add = |field, problem| faults.add(Some(position), &definition.id, field, problem);
        let found = find(&dependencies, position, &positions, &mut add);
        content.check(definition.kind, &mut add);
        let named = dependencies.iter().filter(|name| content.takes(name));
        let mut takes: Vec<u32> = named.filter_map(|name| positions.get(name).copied()).collect();
        takes.sort_unstable();
        takes.dedup();
        if !takes.is_empty() {
            let flow = definition.flow.as_deref().cloned().unwrap_or_else(TaskFlow::nothing);
            definition.flow = Some(TaskFlow { takes, ..flow }.into());
        }
        definition.dependencies = found;
        let content = content.into_input(definition.kind);
        (definition, content)
    };
    let (tasks, contents) = proposed.into_iter().zip(0..).map(resolved).unzip();
    Checked { tasks, contents }
}

fn find(
    dependencies: &[String],
    position: u32,
    positions: &BTreeMap<String, u32>,
    add: &mut impl FnMut(Field, Problem),
) -> Vec<u32> {
    let mut add = |problem| add(Field::Dependencies, problem);
    let mut found: Vec<(u32, &str)> = Vec::with_capacity(dependencies.len());
    for name in dependencies {
        match positions.get(name) {
            None => add(Problem::UnknownTask { name: cut(name).to_owned() }),
            Some(own) if *own == position => add(Problem::Itself),
            Some(other) => found.push((*other, name)),
        }
    }
    found.sort_unstable();
    for same in found.chunk_by(|left, right| left.0 == right.0).filter(|same| same.len() > 1) {
        add(Problem::Repeated { name: same[0].1.to_owned() });
    }
    found.dedup_by_key(|(other, _)| *other);
    found.into_iter().map(|(other, _)| other).collect()
}
