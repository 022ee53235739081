//! Random definitions: every shape that a workflow can have, and some that none may have.

use super::branching;
use super::chance::Chance;
use super::healing;
use super::script::{SIGNAL, TEXT_BYTES, content, expire, task, waiting};
use super::swarm::{Flavour, Swarm};
use super::worth;
use triad_decide::limits::NAME_BYTES_MAX;
use triad_event::intake::{
    ApprovalGate, Deadline, Edge, EdgeOn, FanOut, SignalGate, TaskDefinition, TaskKind, TaskRules,
};
use triad_event::quantity::Millis;

/// Tasks of a workflow that has more than a group has room for.
pub(crate) const WIDE_TASKS: (u64, u64) = (4_200, 6_000);

/// The shape of a graph.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Chain,
    Fan,
    Layers { width: u32 },
    Random,
}

/// A definition, the same for the same seed.
pub(crate) fn define(swarm: &Swarm, seed: u64, is_wide: bool) -> Vec<TaskDefinition> {
    let mut chance = Chance::new(seed, "definition");
    let count = match is_wide {
        true => chance.between(WIDE_TASKS.0, WIDE_TASKS.1),
        false => chance.magnitude(1, swarm.tasks_max),
    } as u32;
    let shape = match chance.below(4) {
        // Its first task sets off more than a group has room for.
        0..=2 if is_wide => Shape::Fan,
        0 => Shape::Chain,
        1 => Shape::Fan,
        2 => Shape::Layers { width: chance.between(1, 8) as u32 },
        _ => Shape::Random,
    };
    // Turned round, tasks depend on later ones: a definition need not be in any order.
    let is_turned = chance.hits(2_500);
    let position = |rank: u32| if is_turned { count - 1 - rank } else { rank };
    let mut tasks: Vec<TaskDefinition> = (0..count).map(|index| one(swarm, &mut chance, index)).collect();
    let mut waits = Chance::new(seed, "gates of a definition");
    for task in &mut tasks {
        if waits.hits(swarm.gates) {
            *task = gate(task, &mut waits);
        }
    }
    for rank in 0..count {
        let mut dependencies = before(shape, rank, count, &mut chance);
        dependencies.iter_mut().for_each(|other| *other = position(*other));
        dependencies.sort_unstable();
        dependencies.dedup();
        tasks[position(rank) as usize].dependencies = dependencies;
    }
    branching::branch(&mut tasks, swarm, seed);
    worth::value(&mut tasks, swarm, seed);
    healing::heal(&mut tasks, swarm, seed);
    tasks
}

fn before(shape: Shape, rank: u32, count: u32, chance: &mut Chance) -> Vec<u32> {
    match shape {
        Shape::Chain => rank.checked_sub(1).into_iter().collect(),
        Shape::Fan if rank == 0 => Vec::new(),
        Shape::Fan if rank == count - 1 && count <= 64 => (1..rank).chain((rank == 1).then_some(0)).collect(),
        Shape::Fan => vec![0],
        Shape::Layers { width } => {
            let layer = rank / width;
            let first = layer.saturating_sub(1) * width;
            if layer == 0 {
                Vec::new()
            } else {
                (first..first + width).filter(|_| chance.hits(6_000)).collect()
            }
        }
        Shape::Random => {
            let wanted = chance.below(4).min(rank.into());
            (0..wanted).map(|_| chance.below(rank.into()) as u32).collect()
        }
    }
}

pub(super) fn one(swarm: &Swarm, chance: &mut Chance, index: u32) -> TaskDefinition {
    let kind = if chance.hits(swarm.processes) { TaskKind::Process } else { TaskKind::Noop };
    let mut task = task(format!("t{index}"), kind);
    if chance.hits(3_000) {
        task.options.attempts_max = chance.between(2, 4) as u32;
    }
    if chance.hits(1_000) {
        task.options.retry_base = Some(Millis(chance.magnitude(1, 60_000)));
    }
    if kind == TaskKind::Process && chance.hits(4_000) {
        task.options.timeout = Some(Millis(chance.magnitude(50, 600_000)));
    }
    if swarm.flavour == Flavour::Large {
        task.name = ".".repeat(chance.between(16, NAME_BYTES_MAX as u64) as usize);
    }
    if kind == TaskKind::Noop && chance.hits(1_000) {
        task.input = Some(content(TEXT_BYTES));
    }
    task
}

/// The task as one that waits instead.
pub(super) fn gate(task: &TaskDefinition, chance: &mut Chance) -> TaskDefinition {
    let task =
        TaskDefinition { name: task.name.clone(), ..TaskDefinition::new(task.id.clone(), TaskKind::Noop) };
    let expires = chance.hits(3_000).then(|| Millis(chance.magnitude(100, 600_000)));
    let waits = match chance.below(3) {
        0 => {
            let wait = Millis(chance.magnitude(1, 60_000));
            return waiting(task, TaskKind::Wait, |flow| flow.wait = Some(wait));
        }
        1 => {
            let gate = SignalGate { name: SIGNAL.to_owned(), expires: None };
            waiting(task, TaskKind::Signal, |flow| flow.signal = Some(gate))
        }
        _ => {
            let (needed, roles) = (chance.between(1, 3) as u32, vec!["approver".to_owned()]);
            let gate = ApprovalGate { roles, needed, expires: None };
            waiting(task, TaskKind::Approval, |flow| flow.approval = Some(gate))
        }
    };
    let kind = waits.kind;
    match expires {
        Some(expires) => waiting(waits, kind, |flow| expire(flow, expires)),
        None => waits,
    }
}

/// Spoils a definition in one way.
pub(crate) fn spoil(tasks: &mut Vec<TaskDefinition>, chance: &mut Chance) {
    let count = tasks.len() as u64;
    let at = chance.below(count) as usize;
    match chance.below(13) {
        0 => tasks[at].dependencies = vec![at as u32],
        1 => tasks[at].dependencies = vec![count as u32 + 7],
        2 if count > 1 => {
            let last = tasks.len() - 1;
            tasks[0].dependencies = vec![last as u32];
            tasks[last].dependencies = vec![0];
        }
        3 if count > 1 => tasks[0].id = tasks[1].id.clone(),
        4 => tasks[at].id = "Not_An_Id!".to_owned(),
        5 => tasks[at].options.attempts_max = 0,
        6 => tasks[at].options.timeout = Some(Millis(0)),
        7 => tasks[at].options.retry_base = Some(Millis(0)),
        8 => spoil_rules(&mut tasks[at], |rules| {
            rules.edges = vec![Edge { dependency: count as u32 + 7, on: EdgeOn::Ended }];
        }),
        9 => spoil_rules(&mut tasks[at], |rules| {
            rules.fan_out = Some(FanOut { list: content(TEXT_BYTES), at_once: 0 });
        }),
        10 => spoil_rules(&mut tasks[at], |rules| rules.part_of = Some(at as u32)),
        11 => spoil_rules(&mut tasks[at], |rules| rules.deadline = Some(Deadline { at: None, after: None })),
        _ => tasks.clear(),
    }
}

fn spoil_rules(task: &mut TaskDefinition, how: impl FnOnce(&mut TaskRules)) {
    let mut rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    how(&mut rules);
    task.rules = Some(rules.into());
}

/// A definition that does not fit one record.
pub(crate) fn too_large() -> Vec<TaskDefinition> {
    let large = |index| {
        let mut task = task(format!("t{index}"), TaskKind::Process);
        task.name = ".".repeat(NAME_BYTES_MAX);
        task
    };
    (0..3_000).map(large).collect()
}

/// Cuts a definition into pieces, each of which fits one record.
pub(crate) fn pieces(
    tasks: Vec<TaskDefinition>,
    is_cut: bool,
    chance: &mut Chance,
) -> Vec<Vec<TaskDefinition>> {
    let mut pieces = triad_decide::intake::pieces(tasks);
    if let Some(mut rest) = pieces.pop() {
        while is_cut && rest.len() > 1 && pieces.len() < 6 {
            let tail = rest.split_off(chance.between(1, rest.len() as u64 - 1) as usize);
            pieces.push(std::mem::replace(&mut rest, tail));
        }
        pieces.push(rest);
    }
    pieces
}
