//! What the output of a task must be: the checks that `triad-verification` reads, with their faults where they stand.

use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, shown_key};
use crate::wire::origin::Origin;
use crate::wire::value;
use serde_json::{Value, json};
use triad_decide::limits::VERIFY_BYTES_MAX;
use triad_verification::{Fault, Step, Verification, limits};

/// `verify: [CHECK, ...]`, as it is sealed: without spaces, its members in the order of their names.
pub(super) fn read(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    let begins = reader.place();
    if reader.kind()? != Kind::List {
        members.expect(reader, "verify", Kind::List)?;
        return Ok(None);
    }
    let Some(checks) = value::read(members, reader, "verify")? else { return Ok(None) };
    members.at = begins;
    let written = checks.to_string();
    if written.len() > VERIFY_BYTES_MAX {
        members.fault("verify", || format!("has more than {VERIFY_BYTES_MAX} bytes"));
        return Ok(None);
    }
    match Verification::read(checks) {
        Ok(_) => Ok(Some(written)),
        Err(faults) => {
            let origin = Origin::written(members.task);
            for Fault { path, problem } in faults {
                members.faults.add_of(&origin, "", None, &field(&path), || problem);
            }
            Ok(None)
        }
    }
}

/// `verify[1].pattern.line`
fn field(path: &[Step]) -> String {
    let mut field = "verify".to_owned();
    for step in path {
        match step {
            Step::Entry(entry) => field.push_str(&format!("[{entry}]")),
            Step::Member(name) => field.push_str(&format!(".{}", shown_key(name))),
        }
    }
    field
}

/// Its JSON Schema. What patterns, schemas and components must be besides, no schema can say.
pub(super) fn schema() -> Value {
    let text =
        |doc: &str| json!({ "description": doc, "type": "string", "maxLength": limits::WRITTEN_BYTES_MAX });
    let bytes = json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX });
    let regex = json!({
        "description": "A regular expression in the syntax of the crate regex, matched in time proportional to the text.",
        "type": "string", "minLength": 1, "maxLength": limits::WRITTEN_BYTES_MAX,
    });
    let pattern = json!({
        "description": "It is found in the output, which is UTF-8, or in one line of it.",
        "anyOf": [regex.clone(), object(&["regex"], json!({
            "regex": regex,
            "line": {
                "description": "1 is the first line, -1 the last.", "type": "integer", "not": { "const": 0 },
                "minimum": i64::MIN, "maximum": i64::MAX,
            },
        }))],
    });
    let equals = json!({
        "description": "The output is this, in one of four forms.",
        "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        "properties": {
            "text": text("These bytes, every one: an end of line counts."),
            "base64": text("These bytes, as base64."),
            "json": { "description": "This value, however it is written." },
            "json_text": text("The same as text, whose numbers are compared to the last digit."),
        },
    });
    let size = json!({
        "description": "It has so many bytes.",
        "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": { "at_least": bytes.clone(), "at_most": bytes },
    });
    let exit_codes = json!({
        "description": "The process ended with one of these codes. Without this check 0 alone is success.",
        "type": "array", "minItems": 1, "maxItems": limits::EXIT_CODES_MAX, "uniqueItems": true,
        "items": { "type": "integer", "minimum": 0, "maximum": 255 },
    });
    let properties = json!({
        "json_schema": {
            "description": "It is JSON and holds under this JSON Schema, 2020-12 or draft-07; nothing is fetched for it.",
            "type": ["object", "boolean"],
        },
        "pattern": pattern, "equals": equals, "size": size, "exit_codes": exit_codes,
        "checker": checker(), "wasm": component(),
    });
    let check = json!({
        "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        "properties": properties,
    });
    json!({
        "description": "What the output of the command must be: checks that must all hold, or the attempt ends as UNVERIFIED; as \
                        JSON at most 1 MiB. No template is filled in here. Sealed.",
        "type": "array", "minItems": 1, "maxItems": limits::CHECKS_MAX, "items": check,
    })
}

fn checker() -> Value {
    let argument = |length_min: usize| {
        json!({
            "type": "string", "minLength": length_min, "maxLength": limits::WRITTEN_BYTES_MAX, "pattern": "^[^\\u0000]*$",
        })
    };
    let command = json!({
        "description": "Program and arguments, never given to a shell; together at most 64 KiB.",
        "type": "array", "minItems": 1, "maxItems": limits::ARGUMENTS_MAX,
        "prefixItems": [argument(1)], "items": argument(0),
    });
    let seconds = json!({
        "description": "How long it may take.", "type": "integer", "minimum": 1, "maximum": limits::COMMAND_SECONDS_MAX,
        "default": limits::COMMAND_SECONDS,
    });
    let mut checker = object(&["command"], json!({ "command": command, "timeout_seconds": seconds }));
    checker["description"] = json!(
        "A command that is given the output on standard input ends with 0. It runs as the task's own does: its environment, \
         directory and memory."
    );
    checker
}

fn component() -> Value {
    let mut component = object(
        &["component"],
        json!({
            "component": {
                "description": "A WebAssembly component as base64, which imports nothing and exports `verify`.",
                "type": "string", "minLength": 1,
            },
            "fuel": {
                "description": "About one instruction each.", "type": "integer", "minimum": 1, "maximum": limits::FUEL_MAX,
                "default": limits::FUEL,
            },
            "memory_bytes": {
                "description": "All its memories together.", "type": "integer", "minimum": 65_536,
                "maximum": limits::MEMORY_BYTES_MAX, "default": limits::MEMORY_BYTES,
            },
        }),
    );
    component["description"] =
        json!("A WebAssembly component that is given the output says so (wit/verification.wit).");
    component
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}
