//! A record of the log as JSON, the same in a stream of events, in a listing and in a file.

use super::words::{Words, words};
use crate::clock;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value as Json;
use std::io::Write;
use triad_event::shape::{Field, Type};
use triad_event::value::Value;
use triad_event::words::of_kind;
use triad_event::{ClockState, Kind, Outcome, Source, codec};
use triad_proof::record::{Presence, Record};

/// Appends a record as one JSON object on one line.
pub(crate) fn write_record(record: &Record<'_>, out: &mut Vec<u8>) {
    let header = &record.header;
    let time = clock::show(header.time_us);
    let _ = write!(out, "{{\"sequence\":{},\"time\":\"{time}\",\"kind\":", header.sequence);
    match Kind::from_number(header.kind) {
        Some(kind) => write_text(kind.name(), out),
        None => write_text(&format!("kind {}", header.kind), out),
    }
    let _ = write!(out, ",\"kind_version\":{},\"stream\":", header.kind_version);
    write_hex(&header.stream, out);
    let (ordinal, group, cause) = (header.stream_ordinal, header.group, header.cause);
    let _ = write!(out, ",\"ordinal\":{ordinal},\"group\":{group},\"cause\":{cause},\"principal\":");
    write_hex(&header.principal, out);
    let _ = write!(
        out,
        ",\"source\":\"{}\",\"outcome\":\"{}\",\"clock\":\"{}\",\"payload_bytes\":{},",
        word(Source::from_number(header.source)),
        word(Outcome::from_number(header.outcome)),
        word(ClockState::from_number(header.clock_state)),
        header.payload_length,
    );
    let closes = Kind::from_number(header.kind).is_some_and(|kind| kind.description().closes_stream);
    let _ = write!(out, "\"closes\":{closes},");
    write_payload(record, out);
    out.push(b'}');
}

fn write_payload(record: &Record<'_>, out: &mut Vec<u8>) {
    let why = match record.presence {
        Presence::Redacted => "redacted".to_owned(),
        Presence::Erased => "erased".to_owned(),
        Presence::Present => {
            match codec::decode(record.header.kind, record.header.kind_version, record.payload) {
                Ok(event) => {
                    out.extend_from_slice(b"\"payload\":");
                    write_fields(&event.value(), event.kind().description().fields, out);
                    return;
                }
                Err(error) => error.to_string(),
            }
        }
    };
    out.extend_from_slice(b"\"payload\":null,\"payload_absent\":");
    write_text(&why, out);
}

fn write_fields(value: &Value, fields: &[Field], out: &mut Vec<u8>) {
    let Value::Fields(values) = value else { return write_value(value, &Type::Text, out) };
    out.push(b'{');
    for (place, ((name, value), field)) in values.iter().zip(fields).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        write_value(value, &field.type_, out);
    }
    out.push(b'}');
}

fn write_value(value: &Value, type_: &Type, out: &mut Vec<u8>) {
    let type_ = bare(type_);
    match value {
        Value::Absent => out.extend_from_slice(b"null"),
        Value::Unsigned(number) => drop(write!(out, "{number}")),
        Value::Signed(number) => drop(write!(out, "{number}")),
        Value::Text(text) | Value::Id(text) => write_text(text, out),
        Value::Tag(name) => write_text(name, out),
        Value::Bytes(bytes) => write_bytes(bytes, type_, out),
        Value::List(values) => {
            let inner = if let Type::List(inner) = type_ { inner } else { type_ };
            out.push(b'[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_value(value, inner, out);
            }
            out.push(b']');
        }
        Value::Fields(_) => {
            let fields = if let Type::Struct(structure) = type_ { structure.fields } else { &[] };
            write_fields(value, fields, out);
        }
    }
}

/// What a record says, in words, from what was written of its payload. `task` says how a task is called.
pub(crate) fn words(kind: Kind, payload: &Json, task: impl Fn(u32) -> String) -> String {
    let description = kind.description();
    of_kind(description, |name| read_field(payload, description.fields, name), task)
}

/// A field of the payload, or of what was asked, which a payload may hold as a whole.
fn read_field(payload: &Json, fields: &[Field], name: &str) -> Option<Value> {
    let named = |wanted: &str| fields.iter().find(|field| field.name == wanted);
    match (named(name), named("asked").map(|asked| &asked.type_)) {
        (Some(field), _) => Some(read_value(&payload[name], &field.type_)),
        (None, Some(Type::Struct(asked))) => read_field(&payload["asked"], asked.fields, name),
        (None, _) => None,
    }
}

fn read_value(json: &Json, type_: &Type) -> Value {
    match (json, bare(type_)) {
        (Json::Number(number), Type::I32 | Type::I64) => number.as_i64().map_or(Value::Absent, Value::Signed),
        (Json::Number(number), _) => number.as_u64().map_or(Value::Absent, Value::Unsigned),
        (Json::String(text), Type::Tagged(tagged)) => {
            let tag = tagged.tags.iter().find(|tag| tag.name == text);
            tag.map_or_else(|| Value::Text(text.clone()), |tag| Value::Tag(tag.name))
        }
        (Json::String(text), Type::Bytes(_)) => Value::Id(text.clone()),
        (Json::String(text), _) => Value::Text(text.clone()),
        (Json::Array(values), Type::List(inner)) => {
            Value::List(values.iter().map(|value| read_value(value, inner)).collect())
        }
        (Json::Object(_), Type::Struct(structure)) => {
            let read = |field: &Field| (field.name, read_value(&json[field.name], &field.type_));
            Value::Fields(structure.fields.iter().map(read).collect())
        }
        (Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_), _) => Value::Absent,
    }
}

/// The type without its name and without the possibility that there is none.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other form is read as it is")]
fn bare(type_: &Type) -> &Type {
    match type_ {
        Type::Optional(inner) => bare(inner),
        Type::Named(named) => bare(named.inner),
        _ => type_,
    }
}

/// Digests and keys as hex. What a program wrote as text, or in base64 when it is none.
fn write_bytes(bytes: &[u8], type_: &Type, out: &mut Vec<u8>) {
    match (type_, std::str::from_utf8(bytes)) {
        (Type::Bytes(_), _) => write_hex(bytes, out),
        (_, Ok(text)) => write_text(text, out),
        (_, Err(_)) => {
            let _ = write!(out, "{{\"base64\":\"{}\"}}", BASE64.encode(bytes));
        }
    }
}

/// Appends text as a JSON string.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, text).expect("invariant: a vector takes any bytes");
}

fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out.push(b'"');
}

words! {
    Source as Source:
    Engine = "engine",
    Operator = "operator",
    Client = "client",
    Timer = "timer",
    Effect = "effect",
}

words! {
    Outcome as Outcome:
    None = "none",
    Success = "success",
    Failure = "failure",
    Refused = "refused",
}

words! {
    ClockState as ClockState:
    Steady = "steady",
    Stepped = "stepped",
    Waiting = "waiting",
}

/// The word of a value that a later version may have added.
fn word(value: Option<impl Words>) -> &'static str {
    value.map_or("unknown", |value| value.word())
}
