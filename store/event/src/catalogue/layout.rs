//! The layout table: where every field of every payload lies, for readers without Rust.

use std::fmt::Write;

use super::named_types;
use crate::event::PayloadVersion;
use crate::kind::Kind;
use crate::shape::{Field, Type};

/// The layout table, `docs/format/layout-v1.json`.
pub fn layout_json() -> String {
    let kinds: Vec<String> = Kind::ALL.iter().copied().flat_map(kind_rows).collect();
    let types: Vec<String> = named_types().into_iter().map(|(name, type_)| type_row(name, &type_)).collect();
    format!(
        "{{\n  \"layout\": 1,\n  \"described_in\": \"payload-v1.md\",\n  \"kinds\": [\n{}\n  ],\n  \"types\": {{\n{}\n  }}\n}}\n",
        kinds.join(",\n"),
        types.join(",\n"),
    )
}

/// A row for each version that is read, the oldest first.
fn kind_rows(kind: Kind) -> Vec<String> {
    kind.description().versions().map(|version| version_row(kind, &version)).collect()
}

fn version_row(kind: Kind, version: &PayloadVersion) -> String {
    format!(
        "    {{\"kind\": {}, \"version\": {}, \"name\": {}, \"size\": {}, \"fields\": [{}]}}",
        kind.number(),
        version.version,
        quoted(kind.name()),
        version.size_bytes,
        field_rows(version.fields, "      ", "    "),
    )
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only these are written otherwise than they are named")]
fn type_row(name: &str, type_: &Type) -> String {
    let name = quoted(name);
    let size = type_.size_bytes();
    match type_ {
        Type::Tagged(tagged) => {
            let tags: Vec<String> =
                tagged.tags.iter().map(|tag| format!("\"{}\": {}", tag.number, quoted(tag.name))).collect();
            format!("    {name}: {{\"is\": \"enum\", \"size\": {size}, \"tags\": {{{}}}}}", tags.join(", "))
        }
        Type::Struct(structure) => format!(
            "    {name}: {{\"is\": \"struct\", \"size\": {size}, \"fields\": [{}]}}",
            field_rows(structure.fields, "      ", "    "),
        ),
        Type::Named(named) => {
            format!(
                "    {name}: {{\"is\": \"alias\", \"size\": {size}, \"of\": {}}}",
                quoted(&named.inner.name())
            )
        }
        other => {
            format!("    {name}: {{\"is\": \"alias\", \"size\": {size}, \"of\": {}}}", quoted(&other.name()))
        }
    }
}

fn field_rows(fields: &[Field], indent: &str, closing: &str) -> String {
    let rows: Vec<String> = fields
        .iter()
        .map(|field| {
            format!(
                "\n{indent}{{\"name\": {}, \"type\": {}, \"offset\": {}, \"size\": {}}}",
                quoted(field.name),
                quoted(&field.type_.name()),
                field.offset_bytes,
                field.size_bytes,
            )
        })
        .collect();
    if rows.is_empty() { String::new() } else { format!("{}\n{closing}", rows.join(",")) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                let _ = write!(out, "\\{character}");
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
