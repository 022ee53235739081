//! Reads one task, member by member.

use super::member::{Draft, PLACEHOLDER, ROWS};
use super::option;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, listed};
use triad_decide::intake::ProposedTask;
use triad_event::intake::TaskKind;

/// Reads the task that stands here; what is wrong with it becomes faults.
pub(in crate::wire) fn read(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<ProposedTask, Malformed> {
    let first_fault = members.faults.listed.len();
    let start = reader.place();
    let mut draft = Draft { task: ProposedTask::new("", TaskKind::Noop), kind: None };
    if reader.kind()? == Kind::Object {
        let mut seen = Seen::default();
        reader.object(|reader, key| read_member(&key, &mut seen, &mut draft, members, reader))?;
        if !seen.has("type") {
            members.at = start;
            members.fault("type", || "is missing: NOOP or PROCESS".to_owned());
        }
    } else {
        let found = reader.kind()?;
        reader.skip()?;
        members.at = start;
        members.fault("", || format!("a task is an object, not {found}"));
    }
    let Draft { mut task, kind } = draft;
    task.definition.kind = kind.unwrap_or_else(|| likely_kind(&task));
    if kind.is_none() && task.definition.kind == TaskKind::Process && task.content.command.is_empty() {
        task.content.command.push(PLACEHOLDER.to_owned());
    }
    members.faults.name_from(first_fault, &task.definition.id);
    Ok(task)
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
            (row.read)(draft, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else if let Some(name) = option::named(key) {
        if seen.first(name) {
            option::read(name, &mut draft.task.definition.options, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else {
        let known =
            || format!("a task has {}", listed(ROWS.iter().map(|row| row.name).chain(option::names())));
        members.refuse_unknown(reader, key, known)
    }
}

/// A kind that is missing or unknown is one fault; what fits the other members makes no second one.
fn likely_kind(task: &ProposedTask) -> TaskKind {
    let mut is_process =
        !task.content.command.is_empty() || !task.content.env.is_empty() || task.content.directory.is_some();
    task.definition.options.each(|option, value| {
        is_process |= value.is_some() && option.kind() == Some(TaskKind::Process);
    });
    if is_process { TaskKind::Process } else { TaskKind::Noop }
}
