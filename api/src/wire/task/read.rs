//! Reads one task, member by member.

use super::course::Written;
use super::member::{Draft, ROWS};
use super::option;
use super::retry::Retry;
use super::worth;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, listed};
use crate::wire::words::Words;
use triad_decide::intake::ProposedTask;
use triad_event::intake::{TaskFlow, TaskKind, TaskRules, TaskTerms};

/// Reads the task that stands here; what is wrong with it becomes faults. Beside it stand its expressions, which are not checked yet.
pub(in crate::wire) fn read(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(ProposedTask, Written), Malformed> {
    let first_fault = members.faults.listed.len();
    let start = reader.place();
    let mut draft = Draft {
        task: ProposedTask::new("", TaskKind::Noop),
        category: None,
        wait: None,
        signal: None,
        signal_schema: String::new(),
        approval: None,
        retry: Retry::default(),
        written: Written::default(),
        deadline: None,
        priority: None,
        terms: TaskTerms::nothing(),
    };
    let mut seen = Seen::default();
    if reader.kind()? == Kind::Object {
        reader.object(|reader, key| read_member(&key, &mut seen, &mut draft, members, reader))?;
    } else {
        let found = reader.kind()?;
        reader.skip()?;
        members.at = start;
        members.fault("", || format!("a task is an object, not {found}"));
    }
    let kind = kind(&draft, &seen);
    let Draft {
        mut task,
        category,
        wait,
        signal,
        signal_schema,
        approval,
        retry,
        written,
        deadline,
        priority,
        terms,
    } = draft;
    task.definition.kind = kind;
    let category = category.filter(|name| name != kind.word()).unwrap_or_default();
    let Retry { on: retry_on, delay_max: retry_delay_max } = retry;
    let flow = TaskFlow { category, takes: Vec::new(), wait, signal, approval, retry_on, retry_delay_max };
    task.definition.flow = (flow != TaskFlow::nothing()).then(|| flow.into());
    let rules = TaskRules { deadline, priority, signal_schema, ..TaskRules::nothing() };
    task.definition.rules = (rules != TaskRules::nothing()).then(|| rules.into());
    task.definition.terms = (terms != TaskTerms::nothing()).then(|| terms.into());
    members.faults.name_from(first_fault, &task.definition.id);
    Ok((task, written))
}

/// What performing it means follows from the one member that says what there is to do.
const DOING: [(&str, TaskKind); 4] = [
    ("command", TaskKind::Process),
    ("wait", TaskKind::Wait),
    ("signal", TaskKind::Signal),
    ("approval", TaskKind::Approval),
];

fn kind(draft: &Draft, seen: &Seen) -> TaskKind {
    // These two said it before there was anything else, and are held to it.
    match draft.category.as_deref() {
        Some("NOOP") => return TaskKind::Noop,
        Some("PROCESS") => return TaskKind::Process,
        Some(_) | None => {}
    }
    let found = DOING.iter().find(|(name, _)| seen.has(name));
    found.map_or_else(|| likely_kind(&draft.task), |(_, kind)| *kind)
}

/// Of members that do not go together the one that stands second is the fault, at its place.
fn refuse_beside(name: &str, seen: &Seen, members: &mut Members<'_>, reader: &mut Reader<'_>) {
    members.at = reader.place();
    let is_doing = DOING.iter().any(|(doing, _)| *doing == name);
    let before = DOING.iter().map(|(doing, _)| *doing).find(|doing| *doing != name && seen.has(doing));
    if let Some(before) = before.filter(|_| is_doing) {
        members.fault(name, || {
            format!("stands beside {before}: a task has one of command, wait, signal and approval")
        });
    }
    if name == "input" && seen.has("approval") || name == "approval" && seen.has("input") {
        members.fault("input", || {
            "has no meaning for a task that waits: approval.message is what people are asked".to_owned()
        });
    }
}

fn read_member(
    key: &str,
    seen: &mut Seen,
    draft: &mut Draft,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if let Some(row) = ROWS.iter().find(|row| row.name == key) {
        if seen.first(row.name) {
            refuse_beside(row.name, seen, members, reader);
            (row.read)(draft, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else if let Some(row) = worth::ROWS.iter().find(|row| row.name == key) {
        if seen.first(row.name) {
            (row.read)(&mut draft.terms, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else if let Some(name) = option::named(key) {
        if seen.first(name) {
            option::read(name, &mut draft.task.definition.options, &mut draft.retry, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else {
        let rows = || ROWS.iter().map(|row| row.name).chain(worth::ROWS.iter().map(|row| row.name));
        let known = || format!("a task has {}", listed(rows().chain(option::names())));
        members.refuse_unknown(reader, key, known)
    }
}

/// A task with an environment and no command lacks the command; one with nothing at all is a no-op.
fn likely_kind(task: &ProposedTask) -> TaskKind {
    let content = &task.content;
    let mut is_process = !content.env.is_empty() || content.directory.is_some() || content.stdin.is_some();
    task.definition.options.each(|option, value| {
        is_process |= value.is_some() && option.kind() == Some(TaskKind::Process);
    });
    if is_process { TaskKind::Process } else { TaskKind::Noop }
}
