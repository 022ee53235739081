//! The JSON Schema of a task, from the rows of its members and options.

use super::member::ROWS;
use super::option;
use crate::wire::words::Words;
use serde_json::{Map, Value, json};
use triad_event::intake::TaskKind;

/// The JSON Schema of a task.
pub(in crate::wire) fn schema() -> Value {
    let mut members: Map<String, Value> =
        ROWS.iter().map(|row| (row.name.to_owned(), (row.schema)())).collect();
    members.extend(option::schemas());
    json!({
        "type": "object",
        "properties": members,
        "required": ["type"],
        "additionalProperties": false,
        "allOf": TaskKind::ALL.iter().map(|kind| of_kind(*kind)).collect::<Vec<_>>(),
    })
}

/// What else holds of a task of that kind.
fn of_kind(kind: TaskKind) -> Value {
    let (mut members, required) = match kind {
        TaskKind::Noop => (
            json!({ "command": { "maxItems": 0 }, "env": { "maxProperties": 0 }, "working_directory": false }),
            json!([]),
        ),
        TaskKind::Process => {
            let command = json!({ "minItems": 1, "prefixItems": [{ "minLength": 1 }] });
            (json!({ "command": command, "input": false }), json!(["command"]))
        }
    };
    for (name, schema) in option::absent(kind) {
        members[name] = schema;
    }
    json!({
        "if": { "properties": { "type": { "const": kind.word() } }, "required": ["type"] },
        "then": { "properties": members, "required": required },
    })
}
