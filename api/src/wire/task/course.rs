//! Whether a task runs and how often, as it comes in: its dependencies with their edges, its condition, its list.

use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, shown_key};
use crate::wire::value;
use crate::wire::words::{Words, words};
use serde_json::{Value, json};
use triad_decide::intake::ProposedTask;
use triad_decide::limits::{ID_BYTES_MAX, PARTS_AT_ONCE_MAX};
use triad_event::intake::EdgeOn;
use triad_expression::ListOf;

/// How many parts are under way at once when nobody says otherwise.
pub(super) const AT_ONCE: u32 = 10;
/// The word of an edge that wants what a dependency wants by itself.
const COMPLETED: &str = "COMPLETED";

words! { EdgeOn as EdgeOn: Failed = "FAILED", Ended = "ANY" }

/// The expressions of a task as they were written, each with where it stands: what they may name is known when the whole
/// definition was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::wire) struct Written {
    pub(super) when: Option<(String, usize)>,
    pub(super) list: Option<(ListOf, usize)>,
    pub(super) at_once: Option<u32>,
}

impl Written {
    pub(in crate::wire) fn is_there(&self) -> bool {
        self.when.is_some() || self.list.is_some()
    }

    /// Forgets the list, where it was refused.
    pub(super) fn leave_list(&mut self) {
        self.list = None;
    }

    /// Whether the task is run for each entry of a list.
    pub(in crate::wire) fn has_items(&self) -> bool {
        self.list.is_some()
    }
}

/// `dependencies: [a, {task: b, ends: FAILED}]`
pub(super) fn read_dependencies(
    task: &mut ProposedTask,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if !members.expect(reader, "dependencies", Kind::List)? {
        return Ok(());
    }
    let mut position = 0_u64;
    reader.list(|reader| {
        let path = format!("dependencies[{position}]");
        position += 1;
        if reader.kind()? == Kind::Object {
            return read_edge(task, &path, members, reader);
        }
        if reader.kind()? == Kind::Text {
            let name = reader.text()?;
            if members.budget.take_dependency() {
                task.dependencies.push(name.into_owned());
            }
            return Ok(());
        }
        members.expect(reader, &path, Kind::Text).map(drop)
    })
}

fn read_edge(
    task: &mut ProposedTask,
    path: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let begins = reader.place();
    let (mut name, mut on, mut is_known, mut seen) = (None, None, true, Seen::default());
    reader.object(|reader, key| match &*key {
        "task" if seen.first("task") => {
            name = members.text(reader, &format!("{path}.task"))?;
            is_known &= name.is_some();
            Ok(())
        }
        "ends" if seen.first("ends") => {
            on = read_on(path, members, reader)?;
            Ok(())
        }
        "task" | "ends" => members.refuse_repeated(reader, &format!("{path}.{key}")),
        _ => {
            members.at = reader.key_place();
            members.fault(&format!("{path}.{}", shown_key(&key)), || {
                "is unknown: a dependency has task and ends".to_owned()
            });
            reader.skip()
        }
    })?;
    match name {
        Some(name) if members.budget.take_dependency() => {
            task.wants.edges.extend(on.map(|on| (name.clone(), on)));
            task.dependencies.push(name);
        }
        Some(_) => {}
        None if is_known => {
            members.at = begins;
            members.fault(&format!("{path}.task"), || "is missing".to_owned());
        }
        None => {}
    }
    Ok(())
}

fn read_on(
    path: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Option<EdgeOn>, Malformed> {
    let path = format!("{path}.ends");
    let Some(word) = members.text(reader, &path)? else { return Ok(None) };
    let found = EdgeOn::ALL.iter().copied().find(|on| on.word() == word);
    if found.is_none() && word != COMPLETED {
        members.fault(&path, || format!("must be one of {COMPLETED}, FAILED, ANY, not {:?}", cut(&word)));
    }
    Ok(found)
}

/// `when: EXPRESSION`
pub(super) fn read_when(
    written: &mut Written,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let at = reader.place();
    written.when = members.text(reader, "when")?.map(|text| (text, at));
    Ok(())
}

/// `for_each: EXPRESSION`, a list, or an object with `in` and `concurrency`.
pub(super) fn read_for_each(
    written: &mut Written,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if reader.kind()? != Kind::Object {
        return read_list(written, "for_each", members, reader);
    }
    let begins = reader.place();
    let (mut has_list, mut has_limit) = (false, false);
    reader.object(|reader, key| match &*key {
        "in" if has_list => members.refuse_repeated(reader, "for_each.in"),
        "in" => {
            has_list = true;
            read_list(written, "for_each.in", members, reader)
        }
        "concurrency" if has_limit => members.refuse_repeated(reader, "for_each.concurrency"),
        "concurrency" => {
            has_limit = true;
            read_concurrency(written, members, reader)
        }
        _ => {
            members.at = reader.key_place();
            let problem = || "is unknown: for_each has in and concurrency".to_owned();
            members.fault(&format!("for_each.{}", shown_key(&key)), problem);
            reader.skip()
        }
    })?;
    if !has_list {
        members.at = begins;
        members.fault("for_each.in", || "is missing".to_owned());
    }
    Ok(())
}

fn read_list(
    written: &mut Written,
    path: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let at = reader.place();
    let list = match reader.kind()? {
        Kind::List => match value::read(members, reader, path)? {
            Some(list) => written_out(list, at, path, members),
            None => None,
        },
        Kind::Null | Kind::Boolean | Kind::Number | Kind::Text | Kind::Object | Kind::Moment => {
            members.text(reader, path)?.map(ListOf::Expression)
        }
    };
    written.list = list.map(|list| (list, at));
    Ok(())
}

/// A list as it stands there, if it is within its limits: one that is not would fail whenever it runs.
fn written_out(list: Value, at: usize, path: &str, members: &mut Members<'_>) -> Option<ListOf> {
    match triad_expression::check_list(&list) {
        Ok(()) => Some(ListOf::Literal(list)),
        Err(why) => {
            members.at = at;
            members.fault(path, || why.to_string());
            None
        }
    }
}

fn read_concurrency(
    written: &mut Written,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if !members.expect(reader, "for_each.concurrency", Kind::Number)? {
        return Ok(());
    }
    let number = reader.number()?;
    written.at_once = number.parse().ok();
    if !written.at_once.is_some_and(|number| (1..=PARTS_AT_ONCE_MAX).contains(&number)) {
        written.at_once = None;
        members.fault("for_each.concurrency", || {
            format!("must be a whole number between 1 and {PARTS_AT_ONCE_MAX}, not {}", cut(number))
        });
    }
    Ok(())
}

pub(super) fn dependencies_schema() -> Value {
    let id = json!({ "type": "string", "pattern": format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$") });
    let edge = json!({
        "type": "object",
        "properties": {
            "task": { "description": "The id of the dependency.", "type": "string", "pattern": id["pattern"] },
            "ends": {
                "description": "After which end of it the task runs: COMPLETED, FAILED, or ANY. Where it ends otherwise than FAILED \
                                wants, the task is left out.",
                "enum": [COMPLETED, "FAILED", "ANY"], "default": COMPLETED,
            },
        },
        "required": ["task"],
        "additionalProperties": false,
    });
    json!({
        "description": "Ids of the tasks that must be completed first, or objects that say after which other end of them it runs.",
        "type": "array", "items": { "anyOf": [id, edge] }, "uniqueItems": true,
    })
}

pub(super) fn when_schema() -> Value {
    json!({
        "description": "An expression in CEL that must hold for the task to run, evaluated once when its dependencies have ended. It names \
                        `inputs.NAME`, `tasks.ID.output` and `tasks.ID.status` of dependencies. Where it does not hold the \
                        task is left out. Sealed.",
        "type": "string", "minLength": 1, "maxLength": triad_expression::limits::TEXT_BYTES_MAX,
    })
}

pub(super) fn for_each_schema() -> Value {
    let expression =
        json!({ "type": "string", "minLength": 1, "maxLength": triad_expression::limits::TEXT_BYTES_MAX });
    let list = json!({ "type": "array" });
    let over = json!({ "anyOf": [expression, list] });
    let mut inner = over.clone();
    inner["description"] = json!("The list, or an expression in CEL that gives it.");
    json!({
        "description": "The task is run for each entry of a list: written out, or an expression in CEL that gives it. In `command`, `env` and \
                        `stdin` `{item}`, `{item.path}` and `{index}` stand for the entry and its number. Its parts are tasks \
                        ID.0, ID.1 and so on; its output \
                        is the list of their outputs. Sealed.",
        "anyOf": [expression, list, {
            "type": "object",
            "properties": {
                "in": inner,
                "concurrency": {
                    "description": "How many parts are under way at once, at most.",
                    "type": "integer", "minimum": 1, "maximum": PARTS_AT_ONCE_MAX, "default": AT_ONCE,
                },
            },
            "required": ["in"],
            "additionalProperties": false,
        }],
    })
}
