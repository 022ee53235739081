//! Tasks as words of a script: when they run and how often, beside what they are.

use super::script::{TEXT_BYTES, content};
use super::worth::{read_worth, write_worth};
use std::fmt;
use triad_event::ids::WorkflowId;
use triad_event::intake::{
    Deadline, Edge, EdgeOn, FanOut, Form, Gave, Priority, Reused, TaskDefinition, TaskFlow, TaskKind,
    TaskRules,
};
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::sealed::ContentClass;

/// The names of what edges want.
const EDGES: [(EdgeOn, &str); 2] = [(EdgeOn::Failed, "failed"), (EdgeOn::Ended, "ended")];
/// The names of priorities.
const PRIORITIES: [(Priority, &str); 4] = [
    (Priority::Low, "low"),
    (Priority::Normal, "normal"),
    (Priority::High, "high"),
    (Priority::Critical, "critical"),
];

pub(super) fn write_task(f: &mut fmt::Formatter<'_>, task: &TaskDefinition) -> fmt::Result {
    f.write_str(&task.id)?;
    match (task.kind, &task.input) {
        (TaskKind::Process, _) => f.write_str(" process")?,
        (TaskKind::Noop, Some(_)) => f.write_str(" text")?,
        (TaskKind::Group, _) => f.write_str(" group")?,
        (TaskKind::Noop | TaskKind::Wait | TaskKind::Signal | TaskKind::Approval, None) => {}
        (TaskKind::Wait | TaskKind::Signal | TaskKind::Approval, Some(_)) => f.write_str(" text")?,
    }
    write_gate(f, task)?;
    for (place, dependency) in task.dependencies.iter().enumerate() {
        write!(f, "{}{dependency}", if place == 0 { " after " } else { "+" })?;
    }
    if task.options.attempts_max != 1 {
        write!(f, " attempts={}", task.options.attempts_max)?;
    }
    if let Some(timeout) = task.options.timeout {
        write!(f, " timeout={}ms", timeout.0)?;
    }
    if let Some(base) = task.options.retry_base {
        write!(f, " base={}ms", base.0)?;
    }
    if task.flow.as_deref().is_some_and(|flow| !flow.takes.is_empty()) {
        f.write_str(" takes")?;
    }
    if let Some(rules) = task.rules.as_deref() {
        write_rules(f, rules)?;
    }
    if let Some(terms) = task.terms.as_deref() {
        write_worth(f, terms)?;
    }
    if task.name.is_empty() { Ok(()) } else { write!(f, " pad={}", task.name.len()) }
}

fn write_gate(f: &mut fmt::Formatter<'_>, task: &TaskDefinition) -> fmt::Result {
    let Some(flow) = task.flow.as_deref() else { return Ok(()) };
    if let Some(wait) = &flow.wait {
        write!(f, " waits={}ms", wait.0)?;
    }
    if flow.signal.is_some() {
        f.write_str(" signal")?;
    }
    if let Some(gate) = &flow.approval {
        write!(f, " approvals={}", gate.needed)?;
    }
    let signal = flow.signal.as_ref().and_then(|gate| gate.expires);
    match signal.or(flow.approval.as_ref().and_then(|gate| gate.expires)) {
        Some(expires) => write!(f, " expires={}ms", expires.0),
        None => Ok(()),
    }
}

fn write_rules(f: &mut fmt::Formatter<'_>, rules: &TaskRules) -> fmt::Result {
    if let Some(group) = rules.part_of {
        write!(f, " in={group}")?;
    }
    for (place, Edge { dependency, on }) in rules.edges.iter().enumerate() {
        write!(f, "{}{dependency}:{}", if place == 0 { " on=" } else { "+" }, name(&EDGES, *on))?;
    }
    if rules.condition.is_some() {
        f.write_str(" when")?;
    }
    if let Some(fan) = &rules.fan_out {
        write!(f, " each={}", fan.at_once)?;
    }
    match &rules.reused {
        Some(Reused { form: Form::One, .. }) => f.write_str(" reused")?,
        Some(Reused { form: Form::List, gave, .. }) => write!(f, " reused-list={}", gave.len())?,
        None => {}
    }
    write_urgency(f, rules.priority, rules.deadline.as_ref())
}

/// How urgent a task or a workflow is.
pub(super) fn write_urgency(
    f: &mut fmt::Formatter<'_>,
    priority: Option<Priority>,
    deadline: Option<&Deadline>,
) -> fmt::Result {
    if let Some(priority) = priority {
        write!(f, " priority={}", name(&PRIORITIES, priority))?;
    }
    let Some(Deadline { at, after }) = deadline else { return Ok(()) };
    at.map_or(Ok(()), |at| write!(f, " due-at={}", at.0))?;
    after.map_or(Ok(()), |after| write!(f, " due={}ms", after.0))
}

fn name<T: PartialEq>(names: &[(T, &'static str)], one: T) -> &'static str {
    names.iter().find(|(known, _)| *known == one).map_or("?", |(_, name)| name)
}

/// What a word of how urgent something is says; nothing when it says something else.
pub(super) fn read_urgency(
    word: &str,
    value: &str,
    priority: &mut Option<Priority>,
    deadline: &mut Option<Deadline>,
) -> Option<()> {
    match word {
        "priority" => *priority = Some(PRIORITIES.iter().find(|(_, name)| *name == value)?.0),
        "due-at" => *deadline = Some(Deadline { at: Some(Micros(value.parse().ok()?)), after: None }),
        "due" => {
            let after = Some(Millis(value.strip_suffix("ms")?.parse().ok()?));
            *deadline = Some(Deadline { at: None, after });
        }
        _ => return None,
    }
    Some(())
}

/// What a word of a task says of when it runs and how often; nothing when it says something else.
pub(super) fn read_rule(
    task: &mut TaskDefinition,
    word: &str,
    value: &str,
    position: impl Fn(&str) -> Option<u32>,
) -> Option<()> {
    if word == "group" {
        task.kind = TaskKind::Group;
        return Some(());
    }
    if word == "takes" {
        let mut flow = task.flow.as_deref().cloned().unwrap_or_else(TaskFlow::nothing);
        flow.takes.clone_from(&task.dependencies);
        task.flow = Some(flow.into());
        return Some(());
    }
    if read_worth(task, word, value).is_some() {
        return Some(());
    }
    let mut rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    match word {
        "in" => rules.part_of = Some(position(value)?),
        "on" => {
            rules.edges = value.split('+').map(|edge| read_edge(edge, &position)).collect::<Option<_>>()?
        }
        "when" => rules.condition = Some(content(TEXT_BYTES)),
        "each" => {
            rules.fan_out = Some(FanOut { list: content(TEXT_BYTES), at_once: value.parse().ok()? });
        }
        "reused" => rules.reused = Some(reused(Form::One, 1)),
        "reused-list" => rules.reused = Some(reused(Form::List, value.parse().ok()?)),
        _ => read_urgency(word, value, &mut rules.priority, &mut rules.deadline)?,
    }
    task.rules = Some(rules.into());
    Some(())
}

fn read_edge(edge: &str, position: impl Fn(&str) -> Option<u32>) -> Option<Edge> {
    let (dependency, on) = edge.split_once(':')?;
    let on = EDGES.iter().find(|(_, name)| *name == on)?.0;
    Some(Edge { dependency: position(dependency)?, on })
}

/// What an earlier workflow did, of which only the form matters: nobody opens it.
pub(super) fn reused(form: Form, count: usize) -> Reused {
    let gave = Gave { output: None, class: ContentClass::Stdout, total: Bytes::ZERO };
    Reused { workflow: WorkflowId([0xee; 16]), gave: vec![gave; count], form }
}
