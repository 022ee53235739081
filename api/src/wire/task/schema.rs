//! The JSON Schema of a task, from the rows of its members and options.

use super::member::ROWS;
use super::option;
use super::worth;
use serde_json::{Map, Value, json};
use triad_event::intake::TaskKind;

/// The JSON Schema of a task.
pub(in crate::wire) fn schema() -> Value {
    let mut members: Map<String, Value> =
        ROWS.iter().map(|row| (row.name.to_owned(), (row.schema)())).collect();
    members.extend(worth::ROWS.iter().map(|row| (row.name.to_owned(), (row.schema)())));
    members.extend(option::schemas());
    json!({
        "type": "object",
        "properties": members,
        "additionalProperties": false,
        "allOf": rules(),
    })
}

/// What holds of a task beside its members by themselves.
fn rules() -> Vec<Value> {
    let is_called = |name: &str| json!({ "properties": { "type": { "const": name } }, "required": ["type"] });
    let has = |name: &str| json!({ "required": [name] });
    let named = json!({ "anyOf": [is_called("NOOP"), is_called("PROCESS")] });
    let doing = ["command", "wait", "signal", "approval", "workflow"];
    let mut rules = vec![
        json!({ "not": { "required": ["for_each", "input"] } }),
        json!({ "not": { "required": ["for_each", "schedule"] } }),
        json!({ "if": is_called("NOOP"), "then": { "properties": members_of(TaskKind::Noop) } }),
        json!({
            "if": is_called("PROCESS"),
            "then": { "properties": members_of(TaskKind::Process), "required": ["command"] },
        }),
        json!({
            "if": { "not": { "anyOf": [named, { "anyOf": doing.map(has) }] } },
            "then": { "properties": members_of(TaskKind::Noop) },
        }),
    ];
    rules.extend(doing.map(|name| {
        let kind = match name {
            "command" => TaskKind::Process,
            "wait" => TaskKind::Wait,
            "signal" => TaskKind::Signal,
            "workflow" => TaskKind::Group,
            _ => TaskKind::Approval,
        };
        let unnamed = json!({ "allOf": [has(name), { "not": named }] });
        json!({ "if": unnamed, "then": { "properties": members_of(kind) } })
    }));
    rules
}

/// What only tasks have that run a command, or hand something on.
const COMMON: [&str; 7] =
    ["working_directory", "stdin", "verify", "for_each", PRICED[0], PRICED[1], PRICED[2]];

/// What only tasks have that can wait for cheaper energy.
pub(super) const PRICED: [&str; 3] = ["max_bid_price", "optimise", "missing_price"];

/// What the members of a task of that kind may be, where others may be more.
fn members_of(kind: TaskKind) -> Value {
    let absent = |names: &[&str]| {
        names.iter().map(|name| ((*name).to_owned(), json!(false))).collect::<Map<String, Value>>()
    };
    let mut members = match kind {
        TaskKind::Process => absent(&["input", "wait", "signal", "approval", "workflow", "with"]),
        TaskKind::Noop => absent(&[
            "working_directory",
            "stdin",
            "verify",
            "wait",
            "signal",
            "approval",
            "workflow",
            "with",
        ]),
        TaskKind::Wait => {
            absent(&[&COMMON[..], &["input", "signal", "approval", "workflow", "with"]].concat())
        }
        TaskKind::Signal => {
            absent(&[&COMMON[..], &["input", "wait", "approval", "workflow", "with"]].concat())
        }
        TaskKind::Group => absent(&[&COMMON[..], &["input", "wait", "signal", "approval", "retry"]].concat()),
        TaskKind::Approval => {
            absent(&[&COMMON[..], &["input", "wait", "signal", "workflow", "with"]].concat())
        }
    };
    match kind {
        TaskKind::Process => {
            members
                .insert("command".to_owned(), json!({ "minItems": 1, "prefixItems": [{ "minLength": 1 }] }));
        }
        TaskKind::Noop | TaskKind::Wait | TaskKind::Signal | TaskKind::Approval | TaskKind::Group => {
            members.insert("command".to_owned(), json!({ "maxItems": 0 }));
            members.insert("env".to_owned(), json!({ "maxProperties": 0 }));
        }
    }
    members.extend(option::absent(kind));
    members.into()
}
