//! Definitions drawn from numbers, of which most are acceptable.

use triad_event::ids::WorkflowId;
use triad_event::intake::{
    ApprovalGate, Deadline, Edge, EdgeOn, FanOut, Form, Gave, HealingPolicy, Priority, Reused, SignalGate,
    Suspension, TaskDefinition, TaskFlow, TaskKind, TaskRules, TaskTerms, WorkflowTerms,
};
use triad_event::prices::MissingPrice;
use triad_event::quantity::{Bytes, MicroUsd, Micros, Millis, MilliwattHours, PartsPerMillion};
use triad_event::sealed::ContentClass;

use crate::plan::Weights;

use super::script::sealed;

/// What a task is drawn from: what it depends on, what it does, and when and how often.
pub(super) type Shape = (u8, u8, u16);

/// The tasks of a workflow that is submitted at a time.
pub(super) fn tasks(shapes: &[Shape], now: Micros) -> Vec<TaskDefinition> {
    let mut tasks: Vec<TaskDefinition> = Vec::new();
    let mut group = None;
    for (shape, index) in shapes.iter().zip(0..) {
        let (_, options, rules) = *shape;
        let own_group = group.filter(|_| rules & 0x80 == 0x80);
        let mut task = task(index, *shape);
        place(&mut task, index, own_group, &tasks, rules, now);
        if options >> 4 == 0xb {
            group = Some(index);
        }
        tasks.push(task);
    }
    // A sub-workflow has tasks.
    let parts: Vec<u32> = tasks.iter().filter_map(part_of).collect();
    for (task, index) in tasks.iter_mut().zip(0..) {
        if task.kind == TaskKind::Group && !parts.contains(&index) {
            task.kind = TaskKind::Noop;
        }
    }
    tasks
}

/// What may be said of a workflow.
pub(super) fn terms(said: u8, now: Micros) -> Option<WorkflowTerms> {
    let terms = WorkflowTerms {
        priority: (said & 1 == 1).then(|| Priority::ALL[usize::from(said >> 1 & 3)]),
        deadline: (said >> 4 == 0xf).then(|| deadline(said.into(), now)),
        ..WorkflowTerms::nothing()
    };
    (terms != WorkflowTerms::nothing()).then_some(terms)
}

fn part_of(task: &TaskDefinition) -> Option<u32> {
    task.rules.as_deref()?.part_of
}

/// Puts a task into a sub-workflow, with edges to some of those before it that it may wait for.
fn place(
    task: &mut TaskDefinition,
    index: u32,
    group: Option<u32>,
    before: &[TaskDefinition],
    number: u16,
    now: Micros,
) {
    let bits = |from: u32, count: u32| number >> from & ((1 << count) - 1);
    if let Some(group) = group {
        task.id = format!("{}.t{index}", before[group as usize].id);
    }
    task.dependencies.retain(|other| may_wait_for(before, group, *other));
    let edge = |dependency: &u32| {
        let on = match bits(dependency % 7, 3) {
            1 => EdgeOn::Failed,
            3 | 6 => EdgeOn::Ended,
            _ => return None,
        };
        Some(Edge { dependency: *dependency, on })
    };
    let may_be_many = matches!(task.kind, TaskKind::Noop | TaskKind::Process);
    let rules = TaskRules {
        condition: (bits(0, 2) == 0).then(|| sealed(20)),
        fan_out: (bits(1, 2) == 1 && may_be_many)
            .then(|| FanOut { list: sealed(21), at_once: u32::from(bits(5, 2)) + 1 }),
        edges: task.dependencies.iter().filter_map(edge).collect(),
        part_of: group,
        deadline: (bits(8, 3) == 0).then(|| deadline(number, now)),
        priority: (bits(11, 2) == 0).then(|| Priority::ALL[usize::from(bits(13, 2))]),
        reused: (bits(3, 4) == 5).then(|| reused(bits(13, 3))),
        signal_schema: String::new(),
    };
    task.rules = (rules != TaskRules::nothing()).then(|| rules.into());
}

/// Whether a task of a sub-workflow may wait for one before it: another of the same, one that lies in one of those, or what the
/// sub-workflow waits for.
fn may_wait_for(before: &[TaskDefinition], group: Option<u32>, other: u32) -> bool {
    let Some(own) = group else { return true };
    let outer = |task: &u32| part_of(&before[*task as usize]);
    std::iter::successors(Some(other), outer).any(|around| outer(&around) == group)
        || std::iter::successors(Some(own), outer)
            .any(|around| before[around as usize].dependencies.contains(&other))
}

fn deadline(number: u16, now: Micros) -> Deadline {
    let span = i64::from(number % 40) * 500_000;
    match number & 0x40 {
        0 => Deadline { at: None, after: Some(Millis(span.unsigned_abs() / 1_000 + 1)) },
        _ => Deadline { at: Some(Micros(now.0 + span - 2_000_000)), after: None },
    }
}

fn reused(parts: u16) -> Reused {
    let gave = Gave { output: Some(sealed(3)), class: ContentClass::Stdout, total: Bytes(3) };
    let (form, count) = if parts & 1 == 1 { (Form::One, 1) } else { (Form::List, usize::from(parts)) };
    Reused { workflow: WorkflowId([0xea; 16]), gave: vec![gave; count], form }
}

/// A task that depends on some of those before it.
fn task(index: u32, shape: Shape) -> TaskDefinition {
    let (edges, options, _) = shape;
    if options >= 0xc0 {
        return gate(index, edges, options);
    }
    let is_process = options & 1 == 1;
    let kind = if is_process { TaskKind::Process } else { TaskKind::Noop };
    let mut task = TaskDefinition::new(format!("t{index}"), kind);
    task.dependencies = (0..index).filter(|other| edges >> other & 1 == 1).collect();
    if options >> 4 == 0xb {
        task.kind = TaskKind::Group;
        return task;
    }
    task.input = (is_process || options & 32 == 32).then(|| sealed(64));
    let bids = (edges ^ options) & 3 == 0;
    let mut terms = if bids { what_it_waits_for(edges, options) } else { TaskTerms::nothing() };
    if (edges ^ options) & 6 == 2 {
        value(&mut terms, edges, options);
    }
    let ask = Some(HealingPolicy::DiagnoseAndAsk);
    terms.healing =
        [Some(HealingPolicy::DiagnoseAndRetry), ask, ask, None][usize::from(edges ^ options >> 1) & 3];
    let may_pause =
        task.kind == TaskKind::Process && (terms.bid_price_max.is_some() || !terms.optimise.is_empty());
    terms.suspension = terms.suspension.filter(|_| may_pause);
    task.terms = (terms != TaskTerms::nothing()).then(|| terms.into());
    task.options.timeout = (is_process && options & 2 == 2).then_some(Millis(20_000));
    task.options.attempts_max = u32::from(options >> 2 & 3) + 1;
    task.options.retry_base = (options & 16 == 16).then_some(Millis(1_000));
    task
}

/// What it is worth, and of some what that is at the time and what energy it takes.
fn value(terms: &mut TaskTerms, edges: u8, options: u8) {
    terms.value_score = Some(PartsPerMillion(u32::from(edges) * 3_000));
    terms.market_multiplier = (options & 8 == 8).then_some(PartsPerMillion(u32::from(options) * 100_000));
    terms.energy_estimate = (edges & 1 == 1).then_some(MilliwattHours(u64::from(options) * 1_000));
}

/// A bid, the time with the least of what is weighed, or both, some with a policy for missing prices.
fn what_it_waits_for(edges: u8, options: u8) -> TaskTerms {
    let (has_bid, is_cheapest) =
        [(true, false), (true, false), (true, true), (false, true)][options as usize >> 2 & 3];
    let price = [1_000_000, 1_000_000, 0, 300_000][usize::from(edges & 3)];
    let optimise = Weights { price, carbon: 1_000_000 - price }.recorded();
    TaskTerms {
        bid_price_max: has_bid.then_some(MicroUsd(i64::from(edges % 20) * 10_000)),
        optimise: if is_cheapest { optimise } else { Vec::new() },
        missing_price: (options >> 4 == 3).then_some(MissingPrice::LastKnown),
        suspension: (options >> 4 & 3 != 0).then_some(Suspension::Allowed),
        ..TaskTerms::nothing()
    }
}

/// A task that waits for something.
fn gate(index: u32, edges: u8, options: u8) -> TaskDefinition {
    let (mut flow, expires) = (TaskFlow::nothing(), (options & 4 == 4).then_some(Millis(30_000)));
    let kind = match options % 3 {
        0 => {
            flow.wait = Some(Millis(10_000));
            TaskKind::Wait
        }
        1 => {
            flow.signal = Some(SignalGate { name: "go".to_owned(), expires });
            TaskKind::Signal
        }
        _ => {
            let needed = u32::from(options >> 3 & 1) + 1;
            flow.approval = Some(ApprovalGate { roles: vec!["approver".to_owned()], needed, expires });
            TaskKind::Approval
        }
    };
    let mut task = TaskDefinition::new(format!("t{index}"), kind);
    task.dependencies = (0..index).filter(|other| edges >> other & 1 == 1).collect();
    task.flow = Some(flow.into());
    task
}
