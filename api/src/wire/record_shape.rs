//! How a record looks in JSON, from the descriptions of the kinds.

use super::words::Words;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use triad_event::shape::{Field, Type};
use triad_event::{ClockState, Kind, Outcome, Source};

const NAME: &str = "Record";

/// A record: a component, and within it the payload of each kind.
pub(crate) fn record_shape(generator: &mut SchemaGenerator) -> Schema {
    let reference = format!("#{}/{NAME}", generator.settings().definitions_path);
    generator.definitions_mut().entry(NAME).or_insert_with(record);
    Schema::new_ref(reference)
}

fn record() -> Value {
    let number = json!({ "type": "integer", "minimum": 0 });
    let hex = json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" });
    let properties = json!({
        "sequence": number,
        "time": { "type": "string", "description": "RFC 3339, in UTC." },
        "kind": { "type": "string" },
        "kind_version": number,
        "stream": hex,
        "ordinal": number,
        "group": number,
        "cause": number,
        "principal": hex,
        "source": { "enum": <Source as Words>::ALL },
        "outcome": { "enum": <Outcome as Words>::ALL },
        "clock": { "enum": <ClockState as Words>::ALL },
        "payload_bytes": number,
        "closes": { "type": "boolean", "description": "Whether nothing follows it in its stream." },
        "payload": { "description": "Null where it is absent." },
        "payload_absent": { "type": "string", "description": "Why there is no payload." },
    });
    let required = properties.as_object().into_iter().flatten().map(|(name, _)| name);
    let required: Vec<&String> = required.filter(|name| *name != "payload_absent").collect();
    let absent = json!({ "properties": { "payload": { "type": "null" } }, "required": ["payload_absent"] });
    let kinds = Kind::ALL.iter().map(|kind| of_kind(*kind));
    json!({
        "description": "A record of the log.",
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": std::iter::once(absent).chain(kinds).collect::<Vec<Value>>(),
    })
}

fn of_kind(kind: Kind) -> Value {
    let description = kind.description();
    json!({
        "description": description.doc.trim(),
        "properties": { "kind": { "const": kind.name() }, "payload": of_fields(description.fields) },
    })
}

fn of_fields(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut shape = of_type(&field.type_);
            shape["description"] = field.doc.trim().into();
            (field.name.to_owned(), shape)
        })
        .collect();
    let required: Vec<&str> = fields.iter().map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn of_type(type_: &Type) -> Value {
    match type_ {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => json!({ "type": "integer", "minimum": 0 }),
        Type::I32 | Type::I64 => json!({ "type": "integer" }),
        Type::Bytes(_) | Type::Text => json!({ "type": "string" }),
        // What a program wrote, or in base64 when it is no text.
        Type::List(Type::U8) => json!({ "type": ["string", "object"] }),
        Type::List(inner) => json!({ "type": "array", "items": of_type(inner) }),
        Type::Optional(inner) => json!({ "anyOf": [of_type(inner), { "type": "null" }] }),
        Type::Tagged(tagged) => {
            json!({ "enum": tagged.tags.iter().map(|tag| tag.name).collect::<Vec<_>>() })
        }
        Type::Struct(structure) => of_fields(structure.fields),
        Type::Named(named) => of_type(named.inner),
    }
}
