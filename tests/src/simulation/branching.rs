//! Random rules of when tasks run and how often: conditions, lists, edges, sub-workflows, deadlines, priorities.

use super::chance::Chance;
use super::definitions::{gate, one};
use super::rules_text::reused;
use super::script::{TEXT_BYTES, content};
use super::swarm::Swarm;
use fixtures::sample_log::FIRST_TIME_US;
use triad_event::intake::{
    Deadline, Edge, EdgeOn, FanOut, Form, Priority, TaskDefinition, TaskFlow, TaskKind, TaskRules,
    WorkflowTerms,
};
use triad_event::quantity::{Micros, Millis};

/// Sub-workflows of a definition, at most.
const GROUPS_MAX: usize = 12;
/// Tasks of a sub-workflow, at most.
const MEMBERS_MAX: u64 = 6;
/// Tasks of a sub-workflow that are one themselves, in ten thousand, and how deep they may lie.
const NESTED: u64 = 2_000;
const DEPTH_MAX: u32 = 3;
/// The longest time in which something must have ended, and the last moment, from the beginning on.
const DEADLINE_MS_MAX: u64 = 600_000;
const MOMENT_MS_MAX: u64 = 86_400_000;

/// A sub-workflow whose tasks are still to be made.
struct Open {
    position: u32,
    depth: u32,
    /// What its tasks may depend on beside each other.
    within_reach: Vec<u32>,
}

/// Gives the tasks of a definition rules, and some of them tasks of their own.
pub(super) fn branch(tasks: &mut Vec<TaskDefinition>, swarm: &Swarm, seed: u64) {
    if swarm.rules == 0 {
        return;
    }
    let mut chance = Chance::new(seed, "rules of a definition");
    open_groups(tasks, swarm, &mut chance);
    for task in tasks.iter_mut() {
        rule(task, swarm.rules, &mut chance);
    }
}

/// What is said of a workflow as a whole.
pub(super) fn terms(swarm: &Swarm, seed: u64) -> Option<WorkflowTerms> {
    let mut chance = Chance::new(seed, "terms of a definition");
    let priority = chance.hits(swarm.rules).then(|| draw_priority(&mut chance));
    let deadline = chance.hits(swarm.rules / 4).then(|| draw_deadline(&mut chance));
    let has_some = priority.is_some() || deadline.is_some();
    has_some.then(|| WorkflowTerms { priority, deadline, ..WorkflowTerms::nothing() })
}

fn open_groups(tasks: &mut Vec<TaskDefinition>, swarm: &Swarm, chance: &mut Chance) {
    let mut open = Vec::new();
    for (task, position) in tasks.iter_mut().zip(0..) {
        if open.len() < GROUPS_MAX / 2 && chance.hits(swarm.rules / 3) {
            *task = group(task);
            open.push(Open { position, depth: 1, within_reach: task.dependencies.clone() });
        }
    }
    let mut groups = open.len();
    while let Some(around) = open.pop() {
        let first = tasks.len() as u32;
        for number in 0..=chance.below(MEMBERS_MAX) as u32 {
            let mut member = member(tasks, &around, (first, number), swarm, chance);
            if around.depth < DEPTH_MAX && groups < GROUPS_MAX && chance.hits(NESTED) {
                member = group(&member);
                groups += 1;
                let mut within_reach = around.within_reach.clone();
                within_reach.extend(&member.dependencies);
                open.push(Open { position: first + number, depth: around.depth + 1, within_reach });
            }
            tasks.push(member);
        }
    }
}

/// The task as a sub-workflow instead.
fn group(task: &TaskDefinition) -> TaskDefinition {
    TaskDefinition {
        name: task.name.clone(),
        dependencies: task.dependencies.clone(),
        rules: task.rules.clone(),
        ..TaskDefinition::new(task.id.clone(), TaskKind::Group)
    }
}

fn member(
    tasks: &[TaskDefinition],
    around: &Open,
    (first, number): (u32, u32),
    swarm: &Swarm,
    chance: &mut Chance,
) -> TaskDefinition {
    let mut member = one(swarm, chance, number);
    if chance.hits(swarm.gates) {
        member = gate(&member, chance);
    }
    member.id = format!("{}.m{number}", tasks[around.position as usize].id);
    let siblings = (first..first + number).filter(|_| chance.hits(4_000)).collect::<Vec<u32>>();
    let others = around.within_reach.iter().copied().filter(|_| chance.hits(2_000));
    let mut dependencies: Vec<u32> = siblings.into_iter().chain(others.collect::<Vec<u32>>()).collect();
    dependencies.sort_unstable();
    dependencies.dedup();
    let rules = TaskRules { part_of: Some(around.position), ..TaskRules::nothing() };
    TaskDefinition { dependencies, rules: Some(rules.into()), ..member }
}

fn rule(task: &mut TaskDefinition, rate: u64, chance: &mut Chance) {
    let mut rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    for dependency in task.dependencies.iter().copied().filter(|_| chance.hits(rate)).collect::<Vec<u32>>() {
        let on = if chance.hits(5_000) { EdgeOn::Failed } else { EdgeOn::Ended };
        rules.edges.push(Edge { dependency, on });
    }
    rules.condition = chance.hits(rate).then(|| content(TEXT_BYTES));
    if matches!(task.kind, TaskKind::Noop | TaskKind::Process) && chance.hits(rate / 2) {
        let at_once = chance.magnitude(1, 40) as u32;
        rules.fan_out = Some(FanOut { list: content(TEXT_BYTES), at_once });
    }
    rules.deadline = chance.hits(rate / 4).then(|| draw_deadline(chance));
    rules.priority = chance.hits(rate).then(|| draw_priority(chance));
    if chance.hits(rate / 8) {
        let form = if rules.fan_out.is_some() { Form::List } else { Form::One };
        rules.reused = Some(reused(form, if form == Form::One { 1 } else { 3 }));
    }
    let may_take = task.kind == TaskKind::Process || rules.is_evaluated();
    if may_take && !task.dependencies.is_empty() && chance.hits(rate) {
        let mut flow = task.flow.as_deref().cloned().unwrap_or_else(TaskFlow::nothing);
        flow.takes.clone_from(&task.dependencies);
        task.flow = Some(flow.into());
    }
    if rules != TaskRules::nothing() {
        task.rules = Some(rules.into());
    }
}

fn draw_priority(chance: &mut Chance) -> Priority {
    chance.pick(Priority::ALL).copied().unwrap_or(Priority::Normal)
}

fn draw_deadline(chance: &mut Chance) -> Deadline {
    if chance.hits(2_500) {
        let from_beginning = chance.magnitude(1, MOMENT_MS_MAX).cast_signed() * 1_000;
        return Deadline { at: Some(Micros(FIRST_TIME_US + from_beginning)), after: None };
    }
    Deadline { at: None, after: Some(Millis(chance.magnitude(1, DEADLINE_MS_MAX))) }
}
