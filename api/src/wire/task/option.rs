//! The options of a task as they come in: what the table of [`TaskOption`] says about numbers in JSON.

use super::retry::{self, Retry};
use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, listed, shown_key};
use serde_json::{Map, Value, json};
use triad_event::intake::{TaskKind, TaskOption, TaskOptions};

/// The member that says when a task is tried again, and how many attempts it has when that says nothing else.
const RETRY: &str = "retry";
const RETRY_ATTEMPTS: i64 = 3;

/// The members of a task that hold options, in the order of the table: an option, or an object of several.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let all = TaskOption::ALL.iter().enumerate();
    let is_new = |(place, option): &(usize, &TaskOption)| {
        TaskOption::ALL[..*place].iter().all(|before| split(*before).0 != split(**option).0)
    };
    all.filter(is_new).map(|(_, option)| split(*option).0)
}

/// The member with that name, if it holds options.
pub(super) fn named(key: &str) -> Option<&'static str> {
    TaskOption::ALL.iter().map(|option| split(*option).0).find(|name| *name == key)
}

/// Reads the member with that name.
pub(super) fn read(
    name: &'static str,
    options: &mut TaskOptions,
    more: &mut Retry,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if let Some(option) = alone(name) {
        return read_one(option, options, members, reader);
    }
    if !members.expect(reader, name, Kind::Object)? {
        return Ok(());
    }
    let mut seen = Seen::default();
    if name == RETRY {
        options.set(TaskOption::AttemptsMax, RETRY_ATTEMPTS);
    }
    reader.object(|reader, key| {
        if name == RETRY && retry::ROWS.contains(&&*key) {
            return retry::read(&key, &mut seen, more, members, reader);
        }
        let found =
            within(name).find_map(|(option, inner)| Some((option, inner.filter(|inner| *inner == key)?)));
        match found {
            Some((option, inner)) if seen.first(inner) => read_one(option, options, members, reader),
            Some((option, _)) => members.refuse_repeated(reader, option.path()),
            None => {
                let more = if name == RETRY { &retry::ROWS[..] } else { &[] };
                let inner = within(name).filter_map(|(_, inner)| inner);
                let known = || listed(inner.chain(more.iter().copied()));
                let problem = || format!("is unknown: {name} has {}", known());
                members.at = reader.key_place();
                members.fault(&format!("{name}.{}", shown_key(&key)), problem);
                reader.skip()
            }
        }
    })
}

/// The JSON Schema of each member that holds options.
pub(super) fn schemas() -> Map<String, Value> {
    names().map(|name| (name.to_owned(), schema(name))).collect()
}

/// What else holds of a task of that kind: it has none of the options of other kinds.
pub(super) fn absent(kind: TaskKind) -> Map<String, Value> {
    let is_other = |option: TaskOption| option.kind().is_some_and(|only| only != kind);
    let absent = names().filter(|name| within(name).any(|(option, _)| is_other(option))).map(|name| {
        let others = within(name).filter(|(option, _)| is_other(*option));
        let inner: Map<String, Value> =
            others.filter_map(|(_, inner)| Some((inner?.to_owned(), json!(false)))).collect();
        let schema = if inner.is_empty() { json!(false) } else { json!({ "properties": inner }) };
        (name.to_owned(), schema)
    });
    absent.collect()
}

fn schema(name: &'static str) -> Value {
    if let Some(option) = alone(name) {
        return number(option);
    }
    let inner = within(name).filter_map(|(option, key)| Some((key?.to_owned(), number(option))));
    let mut inner: Map<String, Value> = inner.collect();
    if name == RETRY {
        inner.extend(retry::schemas());
    }
    json!({ "type": "object", "properties": inner, "additionalProperties": false })
}

fn number(option: TaskOption) -> Value {
    let (least, greatest) = option.written_bounds();
    let mut schema = json!({
        "description": one_line(option.doc()), "type": "integer", "minimum": least, "maximum": greatest,
    });
    let default = match option {
        TaskOption::AttemptsMax => Some(RETRY_ATTEMPTS),
        TaskOption::Timeout | TaskOption::RetryBase => TaskOptions::default().get(option),
    };
    if let Some(value) = default {
        schema["default"] = json!(value / option.scale());
    }
    schema
}

fn read_one(
    option: TaskOption,
    options: &mut TaskOptions,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if !members.expect(reader, option.path(), Kind::Number)? {
        return Ok(());
    }
    let written = reader.number()?;
    let is_signed = option.bounds().0 < 0;
    match whole(written, is_signed) {
        Some(number) => options.set(option, number.saturating_mul(option.scale())),
        None => members.fault(option.path(), || {
            let range = if is_signed { "between -2^63 and 2^64" } else { "below 2^64" };
            format!("must be a whole number {range}, in digits alone such as 30, not {}", cut(written))
        }),
    }
    Ok(())
}

/// A doc comment as one line.
fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A whole number in digits alone, so that nothing is ever rounded; one that is far too large as the largest.
fn whole(written: &str, is_signed: bool) -> Option<i64> {
    let digits = if is_signed { written.strip_prefix('-').unwrap_or(written) } else { written };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    written.parse().ok().or_else(|| written.parse::<u64>().ok().map(|_| i64::MAX))
}

/// The options that a member holds, each with its name in the object if the member is one.
fn within(name: &str) -> impl Iterator<Item = (TaskOption, Option<&'static str>)> {
    TaskOption::ALL.iter().filter_map(move |option| {
        let (outer, inner) = split(*option);
        (outer == name).then_some((*option, inner))
    })
}

/// The option that is the whole of a member.
fn alone(name: &str) -> Option<TaskOption> {
    within(name).find_map(|(option, inner)| inner.is_none().then_some(option))
}

/// The member of the task, and the one within it, at which an option stands.
fn split(option: TaskOption) -> (&'static str, Option<&'static str>) {
    let path = option.path();
    path.split_once('.').map_or((path, None), |(outer, inner)| (outer, Some(inner)))
}
