//! What a client proposes, with tasks named by id, and how the door turns it into definitions.

use std::collections::BTreeMap;

use triad_event::governance::Setting;
use triad_event::intake::{EnvVariable, TaskDefinition, TaskKind};
use triad_event::quantity::Millis;

use super::definition::{Structure, check_tasks, check_whole, dependency_count};
use super::fault::{Faults, Field, Problem, cut};
use crate::governance::Settings;

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
    /// Its id.
    pub id: String,
    /// Display name; may be empty.
    pub name: String,
    /// What performing it means.
    pub kind: TaskKind,
    /// Ids of the tasks that must be completed first.
    pub dependencies: Vec<String>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Environment.
    pub env: Vec<EnvVariable>,
    /// How long one attempt may take.
    pub timeout: Option<Millis>,
    /// How many attempts it has in all; one when it names none.
    pub attempts: Option<u32>,
    /// Base of the delay before a retry.
    pub retry_base: Option<Millis>,
}

/// How large a definition may be, from the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Tasks.
    pub tasks_max: usize,
    /// Dependencies in all.
    pub dependencies_max: usize,
}

impl Bounds {
    /// What the settings allow.
    pub fn from_settings(settings: &Settings) -> Self {
        Self {
            tasks_max: settings.count(Setting::TasksPerWorkflowMax),
            dependencies_max: settings.count(Setting::DependenciesPerWorkflowMax),
        }
    }
}

/// Turns a proposal into definitions that name tasks by position, or lists everything that is wrong with it.
pub fn check(proposal: Proposal, bounds: &Bounds) -> Result<Vec<TaskDefinition>, Faults> {
    let mut faults = Faults::default();
    let tasks = resolve(proposal.tasks, &mut faults);
    let mut structure = Structure::with_capacity(tasks.len(), dependency_count(&tasks));
    structure.add(&tasks);
    check_tasks(0, &tasks, &mut faults);
    check_whole(&proposal.name, &structure, bounds, &mut faults);
    if faults.is_empty() { Ok(tasks) } else { Err(faults.sorted()) }
}

/// Replaces ids by positions. Of several tasks with one id the first is meant; that there are several is told
/// elsewhere.
fn resolve(proposed: Vec<ProposedTask>, faults: &mut Faults) -> Vec<TaskDefinition> {
    let mut positions: BTreeMap<String, u32> = BTreeMap::new();
    for (task, position) in proposed.iter().zip(0..) {
        positions.entry(task.id.clone()).or_insert(position);
    }
    let resolved = |(task, position): (ProposedTask, u32)| {
        let dependencies = resolve_one(&task, position, &positions, faults);
        let ProposedTask { id, name, kind, command, env, timeout, attempts, retry_base, .. } = task;
        let attempts_max = attempts.unwrap_or(1);
        TaskDefinition { id, name, kind, dependencies, command, env, timeout, attempts_max, retry_base }
    };
    proposed.into_iter().zip(0..).map(resolved).collect()
}

fn resolve_one(
    task: &ProposedTask,
    position: u32,
    positions: &BTreeMap<String, u32>,
    faults: &mut Faults,
) -> Vec<u32> {
    let mut add = |problem| faults.add(Some(position), &task.id, Field::Dependencies, problem);
    let mut found: Vec<(u32, &str)> = Vec::with_capacity(task.dependencies.len());
    for name in &task.dependencies {
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
