//! Documents generated from the code: the event catalogue for people, the layout table for readers in other
//! languages.

use std::collections::BTreeMap;
use std::fmt::Write;

mod layout;

pub use layout::layout_json;

use crate::domain::Domain;
use crate::event::{Description, Emitter, Retention};
use crate::governance::Setting;
use crate::header::{ClockState, Outcome, Source};
use crate::kind::Kind;
use crate::sealed::Process;
use crate::shape::{Field, Shape, Type};

/// The event catalogue, `docs/events.md`.
pub fn catalogue_markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    for domain in Domain::ALL {
        let _ = write!(out, "\n## `{}`\n\n{}\n", domain.name(), paragraph(domain.about()));
        domain.descriptions().iter().for_each(|description| kind_section(&mut out, description));
    }
    types_section(&mut out);
    settings_section(&mut out);
    out
}

const INTRODUCTION: &str = "\
# Event catalogue

Generated from the code by `cargo run -p triad-event --example catalogue`; a test fails when it differs.

Every record of a log holds one of these events. The kind number and the version of its payload stand in the
record header, the payload is described byte by byte in [format/payload-v1.md](format/payload-v1.md) and
tabulated in [format/layout-v1.json](format/layout-v1.json). Numbers are given by hand, only ever added to,
and never reused.

Emitted by: *writer*, the code that opens the log; *input*, the core, as the first record of a group, with
everything that was taken from outside; *decision*, the core, as a consequence in the same group.

Kept: *permanent*, as long as the log; *stream*, as long as its stream; *content*, as long as its stream, but
the payload may be redacted or erased earlier, because it holds what people wrote or programs printed.
";

fn kind_section(out: &mut String, description: &Description) {
    let kind = description.kind;
    let _ = write!(
        out,
        "\n### `{kind}`\n\nKind {}, version {}{}. Emitted by: {}. Kept: {}.{}\n\n{}\n\nIn words: \"{}\".\n",
        kind.number(),
        kind.version(),
        if description.earlier.is_empty() { "" } else { " (earlier ones, too, where they hold all of it)" },
        emitter(description.emitter),
        retention(description.retention),
        if description.closes_stream { " Closes its stream." } else { "" },
        paragraph(description.doc),
        description.says,
    );
    fields_table(out, description.fields);
}

fn fields_table(out: &mut String, fields: &[Field]) {
    out.push_str("\n| field | type | meaning |\n|---|---|---|\n");
    for field in fields {
        let _ = writeln!(out, "| `{}` | `{}` | {} |", field.name, field.type_.name(), paragraph(field.doc));
    }
}

fn types_section(out: &mut String) {
    out.push_str("\n## Types\n");
    for (name, type_) in named_types() {
        match type_ {
            Type::Named(named) => {
                let (inner, doc) = (named.inner.name(), paragraph(named.doc));
                let _ = write!(out, "\n### `{name}`\n\n`{inner}`. {doc}\n");
            }
            Type::Tagged(tagged) => {
                let _ = write!(
                    out,
                    "\n### `{name}`\n\n{}\n\n| byte | name | meaning |\n|---|---|---|\n",
                    paragraph(tagged.doc)
                );
                for tag in tagged.tags {
                    let _ = writeln!(out, "| {} | `{}` | {} |", tag.number, tag.name, paragraph(tag.doc));
                }
            }
            Type::Struct(structure) => {
                let _ = write!(out, "\n### `{name}`\n\n{}\n", paragraph(structure.doc));
                fields_table(out, structure.fields);
            }
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I32 | Type::I64 => {}
            Type::Bytes(_) | Type::Text | Type::List(_) | Type::Optional(_) => {}
        }
    }
}

fn settings_section(out: &mut String) {
    out.push_str(
        "\n## Settings\n\nNumbers that change decisions, recorded as `governance.setting_changed`.\n\n",
    );
    out.push_str(
        "| number | name | unit | initially | least | greatest | meaning |\n|---|---|---|---|---|---|---|\n",
    );
    for setting in Setting::ALL {
        let (low, high) = setting.bounds();
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {low} | {high} | {} |",
            setting.number(),
            setting.name(),
            setting.unit(),
            setting.default_value(),
            paragraph(setting.doc()),
        );
    }
}

/// Every type that has a name, found by walking all payloads, those of the record header, and what is sealed.
fn named_types() -> BTreeMap<&'static str, Type> {
    let mut found = BTreeMap::new();
    for type_ in [ClockState::TYPE, Source::TYPE, Outcome::TYPE, Process::TYPE] {
        collect(&type_, &mut found);
    }
    for description in Kind::ALL.iter().map(|kind| kind.description()) {
        let fields = description.versions().flat_map(|version| version.fields);
        fields.for_each(|field| collect(&field.type_, &mut found));
    }
    found
}

fn collect(type_: &Type, found: &mut BTreeMap<&'static str, Type>) {
    match type_ {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I32 | Type::I64 => {}
        Type::Bytes(_) | Type::Text => {}
        Type::List(inner) | Type::Optional(inner) => collect(inner, found),
        Type::Tagged(tagged) => {
            name_one(tagged.name, type_, found);
        }
        Type::Named(named) => {
            name_one(named.name, type_, found);
        }
        Type::Struct(structure) => {
            name_one(structure.name, type_, found);
            structure.fields.iter().for_each(|field| collect(&field.type_, found));
        }
    }
}

/// A name means one type: whoever reads with the table alone knows it by nothing else.
fn name_one(name: &'static str, type_: &Type, found: &mut BTreeMap<&'static str, Type>) {
    let before = found.insert(name, *type_);
    let is_same = before.is_none_or(|before| before.outline() == type_.outline());
    assert!(is_same, "invariant: two types of records are called {name}");
}

fn emitter(emitter: Emitter) -> &'static str {
    match emitter {
        Emitter::Writer => "writer",
        Emitter::Input => "input",
        Emitter::Decision => "decision",
    }
}

fn retention(retention: Retention) -> &'static str {
    match retention {
        Retention::Permanent => "permanent",
        Retention::Stream => "stream",
        Retention::Content => "content",
    }
}

/// A doc comment as one line.
fn paragraph(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
