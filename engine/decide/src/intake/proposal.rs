//! What a client proposes, with tasks named by id and content in the clear, and how the door turns it into
//! definitions and content that is to be sealed.

use std::collections::{BTreeMap, BTreeSet};

use triad_event::Sealed;
use triad_event::intake::{
    Edge, EdgeOn, FanOut, TaskDefinition, TaskFlow, TaskKind, TaskRules, WorkflowTerms,
};
use triad_event::quantity::Bytes;
use triad_event::sealed::ContentClass;

use super::bounds::Bounds;
use super::content::Content;
use super::definition::{Structure, check_tasks, check_whole, dependency_count};
use super::fault::{Faults, Field, Problem, cut};
use super::terms::check_terms;

/// A definition as a client proposes it, parsed and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Display name of the workflow.
    pub name: String,
    /// Its tasks.
    pub tasks: Vec<ProposedTask>,
    /// What else is said of it.
    pub terms: Option<WorkflowTerms>,
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
    /// What else it says by names, or in the clear.
    pub wants: Wants,
}

/// What a proposed task says by the names of others, and its expressions in the clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// The dependencies that are wanted otherwise than completed.
    pub edges: Vec<(String, EdgeOn)>,
    /// The sub-workflow that it is a part of.
    pub part_of: Option<String>,
    /// The condition, as it is sealed.
    pub condition: Option<Vec<u8>>,
    /// What gives the list, as it is sealed, and how many parts are under way at once.
    pub list: Option<(Vec<u8>, u32)>,
    /// The dependencies that the expressions name.
    pub named: BTreeSet<String>,
}

impl ProposedTask {
    /// A task that depends on nothing, is given nothing, and asks for nothing special.
    pub fn new(id: impl Into<String>, kind: TaskKind) -> Self {
        let definition = TaskDefinition::new(id, kind);
        Self { definition, dependencies: Vec::new(), content: Content::default(), wants: Wants::default() }
    }
}

/// A definition that was found acceptable, and the content that is to be sealed before it goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The tasks, which name each other by position and have no inputs yet.
    pub tasks: Vec<TaskDefinition>,
    /// For each task what is to be sealed as its input; none when it has no input.
    pub contents: Vec<Option<Vec<u8>>>,
    /// What is to be sealed of the expressions of tasks that have any.
    pub expressions: BTreeMap<u32, Expressions>,
}

/// The expressions of a task, as they are sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expressions {
    /// The condition.
    pub condition: Option<Vec<u8>>,
    /// What gives the list.
    pub list: Option<Vec<u8>>,
}

impl Checked {
    /// The definition with what sealing the contents gave. `seal` is given the position of a task, as what its content is sealed,
    /// and the content: task by task its input, its condition, and what gives its list.
    pub fn seal<E>(
        self,
        mut seal: impl FnMut(u32, ContentClass, &[u8]) -> Result<Sealed, E>,
    ) -> Result<Vec<TaskDefinition>, E> {
        let Self { mut tasks, contents, mut expressions } = self;
        for ((task, content), position) in tasks.iter_mut().zip(&contents).zip(0..) {
            let input = content.as_ref().map(|content| seal(position, ContentClass::Input, content));
            task.input = input.transpose()?;
            let Some(Expressions { condition, list }) = expressions.remove(&position) else { continue };
            let mut rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
            let mut seal = |content: Vec<u8>| seal(position, ContentClass::Rule, &content);
            rules.condition = condition.map(&mut seal).transpose()?;
            if let (Some(fan), Some(list)) = (&mut rules.fan_out, list) {
                fan.list = seal(list)?;
            }
            task.rules = Some(rules.into());
        }
        Ok(tasks)
    }

    /// Bytes of everything that is to be sealed.
    pub fn content_bytes(&self) -> usize {
        let of_expressions = self.expressions.values().flat_map(|one| [&one.condition, &one.list]);
        self.contents.iter().chain(of_expressions).flatten().map(Vec::len).sum()
    }
}

/// Turns a proposal into definitions that name tasks by position, or lists everything that is wrong with it.
pub fn check(proposal: Proposal, bounds: &Bounds) -> Result<Checked, Faults> {
    let mut faults = Faults::default();
    let Checked { tasks, contents, expressions } = resolve(proposal.tasks, &mut faults);
    let mut structure = Structure::with_capacity(tasks.len(), dependency_count(&tasks));
    structure.add(&tasks);
    check_tasks(0, &tasks, &mut faults);
    if let Some(terms) = &proposal.terms {
        check_terms(terms, &mut faults);
    }
    check_whole(&proposal.name, &structure, bounds, &mut faults);
    if faults.is_empty() { Ok(Checked { tasks, contents, expressions }) } else { Err(faults.sorted()) }
}

/// Replaces ids by positions, and takes the content out. Of several tasks with one id the first is meant; that
/// there are several is told elsewhere.
fn resolve(proposed: Vec<ProposedTask>, faults: &mut Faults) -> Checked {
    let mut positions: BTreeMap<String, u32> = BTreeMap::new();
    for (task, position) in proposed.iter().zip(0..) {
        positions.entry(task.definition.id.clone()).or_insert(position);
    }
    let (mut tasks, mut contents) = (Vec::with_capacity(proposed.len()), Vec::with_capacity(proposed.len()));
    let mut expressions = BTreeMap::new();
    for (task, position) in proposed.into_iter().zip(0..) {
        let id = task.definition.id.clone();
        let mut add = |field, problem| faults.add(Some(position), &id, field, problem);
        let (definition, content, sealed) = resolve_task(task, position, &positions, &mut add);
        tasks.push(definition);
        contents.push(content);
        sealed.into_iter().for_each(|sealed| drop(expressions.insert(position, sealed)));
    }
    Checked { tasks, contents, expressions }
}

/// The task with positions instead of names, what is to be sealed as its input, and its expressions.
fn resolve_task(
    task: ProposedTask,
    position: u32,
    positions: &BTreeMap<String, u32>,
    add: &mut impl FnMut(Field, Problem),
) -> (TaskDefinition, Option<Vec<u8>>, Option<Expressions>) {
    let ProposedTask { mut definition, dependencies, content, wants } = task;
    let found = find(&dependencies, position, positions, add);
    content.check(definition.kind, add);
    if wants.list.is_some() && content.text.is_some() {
        add(Field::Text, Problem::NotBeside { other: "for_each" });
    }
    let taken = content.takes(&dependencies.iter().map(String::as_str).collect());
    let named =
        dependencies.iter().filter(|name| wants.named.contains(*name) || taken.contains(name.as_str()));
    let mut takes: Vec<u32> = named.filter_map(|name| positions.get(name).copied()).collect();
    takes.sort_unstable();
    takes.dedup();
    if !takes.is_empty() {
        let flow = definition.flow.as_deref().cloned().unwrap_or_else(TaskFlow::nothing);
        definition.flow = Some(TaskFlow { takes, ..flow }.into());
    }
    definition.dependencies = found;
    let content = content.into_input(definition.kind);
    let sealed = place_rules(&mut definition, wants, positions);
    (definition, content, sealed)
}

/// Puts what a task wants into its rules. What is not sealed yet has its length there, so that it can be checked.
fn place_rules(
    definition: &mut TaskDefinition,
    wants: Wants,
    positions: &BTreeMap<String, u32>,
) -> Option<Expressions> {
    let Wants { edges, part_of, condition, list, named: _ } = wants;
    let mut rules = definition.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    let edge = |(name, on): (String, EdgeOn)| Some(Edge { dependency: *positions.get(&name)?, on });
    rules.edges = edges.into_iter().filter_map(edge).collect();
    rules.edges.sort_unstable_by_key(|edge| edge.dependency);
    rules.edges.dedup_by_key(|edge| edge.dependency);
    rules.part_of = part_of.and_then(|group| positions.get(&group).copied());
    rules.condition = condition.as_ref().map(|condition| to_be_sealed(condition));
    rules.fan_out =
        list.as_ref().map(|(list, at_once)| FanOut { list: to_be_sealed(list), at_once: *at_once });
    let is_evaluated = rules.is_evaluated();
    definition.rules = (rules != TaskRules::nothing()).then(|| rules.into());
    is_evaluated.then(|| Expressions { condition, list: list.map(|(list, _)| list) })
}

fn to_be_sealed(content: &[u8]) -> Sealed {
    Sealed { address: [0; 32], commitment: [0; 32], length: Bytes(content.len() as u64) }
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
