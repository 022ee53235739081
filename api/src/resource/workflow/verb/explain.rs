//! `triad workflow explain`: what the JSON Schema of a definition says, for people.

mod example;
mod field;

use crate::failure::Failure;
use crate::output::Output;
use crate::wire::definition::schema;
use field::{Field, members};
use serde_json::json;

/// How much a name may differ from one that is meant: 1 is not at all.
const LIKENESS_MIN: f64 = 0.8;
/// How much less like than the best another suggestion may be.
const LIKENESS_STEP: f64 = 0.05;
/// Names that are suggested.
const SUGGESTED_MAX: usize = 3;

/// Explains a field, or with an empty name the whole definition.
pub(super) fn run(name: &str, output: &Output) -> Result<(), Failure> {
    let schema = schema();
    let Some(field) = Field::find(&schema, name) else { return Err(unknown(&Field::whole(&schema), name)) };
    output.result(|| text(&field), || document(&field))
}

fn text(field: &Field<'_>) -> String {
    let title = if field.path.is_empty() { "a workflow" } else { &field.path };
    let mut rows = vec![("field", title.to_owned()), ("meaning", field.meaning()), ("type", field.kind())];
    let more = [
        ("bounds", field.bounds()),
        ("default", field.default()),
        ("needed", field.is_required().then(|| "always".to_owned())),
        ("kinds", field.kinds().map(|kinds| kinds.join(", "))),
    ];
    rows.extend(more.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    let mut lines: Vec<String> = rows.map(|(name, value)| format!("{name:<9} {value}")).collect();
    let inner = members(field);
    if !inner.is_empty() {
        lines.extend(["".to_owned(), "fields".to_owned()]);
        let width = inner.iter().map(|inner| inner.name().len()).max().unwrap_or(0);
        let row =
            |inner: &Field<'_>| format!("  {:<width$}  {} ({})", inner.name(), inner.summary(), inner.kind());
        lines.extend(inner.iter().map(row));
    }
    lines.extend(["".to_owned(), "example".to_owned()]);
    lines.extend(example::yaml(field).lines().map(|line| format!("  {line}")));
    lines.join("\n")
}

fn document(field: &Field<'_>) -> serde_json::Value {
    json!({
        "field": field.path, "meaning": field.meaning(), "type": field.kind(), "is_required": field.is_required(),
        "kinds": field.kinds(), "schema": field.schema, "example": example::yaml(field),
    })
}

/// There is no such field; the ones with a name most like it.
fn unknown(whole: &Field<'_>, name: &str) -> Failure {
    let all = every(whole);
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |path: &str| {
        let (whole, end) = (strsim::jaro_winkler(path, name), strsim::jaro_winkler(&last(path), &last(name)));
        whole.max(end)
    };
    let mut near: Vec<(f64, String)> = all.into_iter().map(|path| (likeness(&path), path)).collect();
    near.retain(|(likeness, _)| *likeness >= LIKENESS_MIN);
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let best = near.first().map_or(0.0, |(likeness, _)| *likeness);
    near.retain(|(likeness, _)| *likeness > best - LIKENESS_STEP);
    let near: Vec<String> = near.into_iter().take(SUGGESTED_MAX).map(|(_, path)| path).collect();
    let hint = match near.as_slice() {
        [] => "`triad workflow explain` lists them".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    Failure::usage(format!("a definition has no field {name:?}: {hint}"))
}

/// The paths of all fields.
fn every(field: &Field<'_>) -> Vec<String> {
    let inner = members(field);
    inner.iter().flat_map(|inner| [inner.path.clone()].into_iter().chain(every(inner))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::definition::{Reading, greatest_bounds, read};
    use crate::wire::library::Library;
    use crate::wire::source::Language;

    fn explained(name: &str) -> String {
        let schema = schema();
        text(&Field::find(&schema, name).unwrap_or_else(|| panic!("{name} is a field")))
    }

    #[test]
    fn a_field_is_explained_from_its_row() {
        assert_eq!(
            explained("tasks.retry.attempts"),
            [
                "field     tasks.retry.attempts",
                "meaning   How many attempts it has in all: one without a retry, three in a retry that does not say.",
                "type      whole number",
                "bounds    from 1 to 100",
                "default   3",
                "kinds     NOOP, PROCESS",
                "",
                "example",
                "  tasks:",
                "    - retry:",
                "        attempts: 3",
            ]
            .join("\n")
        );
        assert!(explained("tasks.timeout_seconds").contains("\nkinds     PROCESS\n"));
        assert!(explained("tasks.input").contains("\nkinds     NOOP\n"));
        assert!(explained("tasks.env").contains("\nkinds     PROCESS\n"));
        assert!(explained("").contains("\n  tasks         The tasks, in any order. (list of objects)\n"));
    }

    #[test]
    fn every_field_is_explained() {
        let schema = schema();
        for path in every(&Field::whole(&schema)) {
            let text = explained(&path);
            assert!(text.contains("\nmeaning   "), "{text}");
            assert!(text.contains("\ntype      ") && text.contains("\nexample\n"), "{text}");
        }
    }

    #[test]
    fn an_unknown_field_names_those_that_are_like_it() {
        let schema = schema();
        let told = |name| unknown(&Field::whole(&schema), name).chain().concat();
        assert!(
            told("tasks.retry.atempts").contains("did you mean tasks.retry.attempts"),
            "{}",
            told("tasks.retry.atempts")
        );
        assert!(told("comand").contains("did you mean tasks.command or "), "{}", told("comand"));
        assert!(told("zzz").contains("lists them"), "{}", told("zzz"));
    }

    #[test]
    fn the_definition_of_the_examples_is_good() {
        let (language, text) = (Language::Yaml, example::DEFINITION.as_bytes());
        let read = read(language, text, &Reading::to_run(&greatest_bounds(), &Library::default()));
        assert!(read.is_ok(), "{read:?}");
    }
}
