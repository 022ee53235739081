//! What a task waits for, as it comes in: time, a signal, or people.

use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, PLACEHOLDER, shown_key};
use crate::wire::{payload_schema, value};
use serde_json::{Value, json};
use triad_decide::limits::{
    APPROVALS_MAX, GRANTS_LISTED_MAX, ID_BYTES_MAX, SCHEMA_BYTES_MAX, TEXT_BYTES_MAX, WAIT_MS_MAX,
};
use triad_event::intake::{ApprovalGate, SignalGate};
use triad_event::quantity::Millis;

/// Whose holders approve when nobody says otherwise.
const APPROVER: &str = "approver";
/// The greatest span, in the unit in which it is written.
const SECONDS_MAX: u64 = WAIT_MS_MAX / 1000;

/// `wait: SECONDS`
pub(super) fn read_wait(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Millis, Malformed> {
    Ok(read_seconds(members, reader, "wait")?.unwrap_or(Millis(1000)))
}

/// `signal: NAME`, or an object with the name, how long it may take, and the JSON Schema of what comes with it. That is empty
/// when anything may.
pub(super) fn read_signal(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(SignalGate, String), Malformed> {
    // What cannot be read is one fault; what stands in its place makes no second one.
    let mut gate = SignalGate { name: "signal".to_owned(), expires: None };
    let mut schema = String::new();
    if reader.kind()? == Kind::Text {
        gate.name = reader.text()?.into_owned();
        return Ok((gate, schema));
    }
    let mut has_name = false;
    read_object(members, reader, "signal", "name, expires_seconds and schema", |key, members, reader| {
        match key {
            "name" => {
                has_name = true;
                gate.name = members.text(reader, "signal.name")?.unwrap_or_else(|| "signal".to_owned());
            }
            "expires_seconds" => gate.expires = read_seconds(members, reader, "signal.expires_seconds")?,
            "schema" => schema = read_schema(members, reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?
    .then_some(())
    .filter(|()| !has_name)
    .into_iter()
    .for_each(|()| members.fault("signal.name", || "is missing".to_owned()));
    Ok((gate, schema))
}

/// A schema, as it is recorded: without spaces, its members in the order of their names.
fn read_schema(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<String, Malformed> {
    if reader.kind()? != Kind::Object {
        members.expect(reader, "signal.schema", Kind::Object)?;
        return Ok(String::new());
    }
    let begins = reader.place();
    let Some(schema) = value::read(members, reader, "signal.schema")? else { return Ok(String::new()) };
    members.at = begins;
    let written = schema.to_string();
    if written.len() > SCHEMA_BYTES_MAX {
        members.fault("signal.schema", || format!("has more than {SCHEMA_BYTES_MAX} bytes"));
        return Ok(String::new());
    }
    let flaws = payload_schema::check(&schema);
    for flaw in &flaws {
        members.fault(&format!("signal.schema{}", flaw.at), || flaw.problem.clone());
    }
    Ok(if flaws.is_empty() { written } else { String::new() })
}

/// `approval: {}`, with who approves, how many, how long they have, and what they are asked.
pub(super) fn read_approval(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(ApprovalGate, Option<String>), Malformed> {
    let mut gate = ApprovalGate { roles: vec![APPROVER.to_owned()], needed: 1, expires: None };
    let mut message = None;
    let known = "roles, needed, expires_seconds and message";
    let _read = read_object(members, reader, "approval", known, |key, members, reader| {
        match key {
            "roles" => gate.roles = read_roles(members, reader)?,
            "needed" => {
                let needed = read_number(members, reader, "approval.needed")?;
                gate.needed = needed.map_or(1, |needed| u32::try_from(needed).unwrap_or(u32::MAX));
            }
            "expires_seconds" => gate.expires = read_seconds(members, reader, "approval.expires_seconds")?,
            "message" => message = members.text(reader, "approval.message")?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok((gate, message))
}

/// Hands each member to `each`, which says whether it knows it. Whether there was an object.
pub(super) fn read_object(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
    name: &'static str,
    known: &'static str,
    mut each: impl FnMut(&str, &mut Members<'_>, &mut Reader<'_>) -> Result<bool, Malformed>,
) -> Result<bool, Malformed> {
    if !members.expect(reader, name, Kind::Object)? {
        return Ok(false);
    }
    let mut seen: Vec<String> = Vec::new();
    reader.object(|reader, key| {
        if seen.iter().any(|before| *before == *key) {
            return members.refuse_repeated(reader, &format!("{name}.{}", shown_key(&key)));
        }
        if !each(&key, members, reader)? {
            let problem = || format!("is unknown: {name} has {known}");
            members.fault(&format!("{name}.{}", shown_key(&key)), problem);
            return reader.skip();
        }
        seen.push(key.into_owned());
        Ok(())
    })?;
    Ok(true)
}

fn read_roles(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
    let mut roles = Vec::new();
    if !members.expect(reader, "approval.roles", Kind::List)? {
        return Ok(vec![APPROVER.to_owned()]);
    }
    reader.list(|reader| {
        if reader.kind()? == Kind::Text {
            let role = reader.text()?;
            if members.budget.take_text() {
                roles.push(role.into_owned());
            }
            return Ok(());
        }
        let path = format!("approval.roles[{}]", roles.len());
        members.expect(reader, &path, Kind::Text)?;
        roles.push(PLACEHOLDER.to_owned());
        Ok(())
    })?;
    Ok(roles)
}

fn read_seconds(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
    path: &str,
) -> Result<Option<Millis>, Malformed> {
    let seconds = read_number(members, reader, path)?;
    Ok(seconds.map(|seconds| Millis(seconds.saturating_mul(1000))))
}

/// A whole number in digits alone.
fn read_number(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
    path: &str,
) -> Result<Option<u64>, Malformed> {
    if !members.expect(reader, path, Kind::Number)? {
        return Ok(None);
    }
    let written = reader.number()?;
    let number = written.parse().ok();
    if number.is_none() {
        let problem =
            || format!("must be a whole number below 2^64, in digits alone such as 30, not {}", cut(written));
        members.fault(path, problem);
    }
    Ok(number)
}

fn seconds(doc: &str) -> Value {
    json!({ "description": doc, "type": "integer", "minimum": 1, "maximum": SECONDS_MAX })
}

fn id(doc: &str) -> Value {
    json!({ "description": doc, "type": "string", "pattern": format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$") })
}

pub(super) fn wait_schema() -> Value {
    seconds("The task waits so many seconds, whatever happens to the server meanwhile.")
}

pub(super) fn signal_schema() -> Value {
    let name = id("The name of the signal.");
    let expires = seconds("After so many seconds without it the task fails; without this it waits for ever.");
    let schema = json!({
        "description": "The JSON Schema (2020-12) of what comes with it, at most 16 KiB: what it refuses is refused at the door. It \
                        stands in records for ever. References lead to places within it and never around in a circle.",
        "type": "object",
    });
    json!({
        "description": "The task waits for a signal, sent by `triad workflow signal` or POST /v1/workflows/ID/signals/NAME. What \
                        comes with it is the output of the task.",
        "anyOf": [name, {
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": { "name": name, "expires_seconds": expires, "schema": schema },
        }],
    })
}

pub(super) fn approval_schema() -> Value {
    let roles = json!({
        "description": "Holders of one of these roles approve. Whoever submitted the workflow never does.",
        "type": "array", "minItems": 1, "maxItems": GRANTS_LISTED_MAX, "items": id("A role."), "default": [APPROVER],
    });
    json!({
        "description": "The task waits until people approve, by `triad approval approve`. One who declines ends it as failed.",
        "type": "object", "additionalProperties": false,
        "properties": {
            "roles": roles,
            "needed": {
                "description": "How many have to approve.", "type": "integer", "minimum": 1, "maximum": APPROVALS_MAX,
                "default": 1,
            },
            "expires_seconds": seconds("After so many seconds without them the task fails; without this it waits for ever."),
            "message": {
                "description": "What they are asked; at most 64 KiB. Sealed.", "type": "string", "maxLength": TEXT_BYTES_MAX,
            },
        },
    })
}
