//! `json_schema`: an output that is JSON and holds under a schema.

use crate::equals::read_output;
use crate::exact::{is_kept, within_depth};
use crate::fault::{Faults, kind};
use crate::limits::{JSON_DEPTH_MAX, SCHEMA_PATTERN_COMPILED_BYTES_MAX, WRITTEN_BYTES_MAX};
use crate::schema_shape;
use crate::verdict::Lack;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// The dialects that are read, which a schema may name; the first when it names none.
const DIALECTS: [(&str, Draft); 2] = [
    ("https://json-schema.org/draft/2020-12/schema", Draft::Draft202012),
    ("http://json-schema.org/draft-07/schema", Draft::Draft7),
];

/// Characters of a place in a schema.
const PLACE_CHARACTERS_MAX: usize = 100;

/// A schema that is compiled. Nothing is fetched for it from anywhere.
#[derive(Debug, Clone)]
pub(crate) struct Schema(Validator);

impl Schema {
    pub(crate) fn read(faults: &mut Faults, schema: &Value) -> Option<Self> {
        if !schema.is_object() && !schema.is_boolean() {
            faults.add(format!("is {}: write a JSON Schema, such as {{\"type\": \"object\"}}", kind(schema)));
            return None;
        }
        if !within_depth(schema, JSON_DEPTH_MAX) {
            faults.add(format!("is nested more than {JSON_DEPTH_MAX} deep: write a flatter schema"));
            return None;
        }
        let bytes = schema.to_string().len();
        if bytes > WRITTEN_BYTES_MAX {
            faults.add(format!("has {bytes} bytes as JSON: write a schema of at most {WRITTEN_BYTES_MAX}"));
            return None;
        }
        if !is_kept(schema) {
            faults.add("has a number with more digits, or a larger power, than is kept: write a rounder one");
            return None;
        }
        let draft = dialect(faults, schema)?;
        if let Err(flaw) = schema_shape::check(schema) {
            faults.add(placed(&flaw.at, &flaw.problem));
            return None;
        }
        let is_older = draft == Draft::Draft7;
        let rules = if is_older {
            jsonschema::draft7::meta::validator()
        } else {
            jsonschema::draft202012::meta::validator()
        };
        let flaws: Vec<String> = rules
            .iter_errors(schema)
            .take(3)
            .map(|error| placed(error.instance_path().as_str(), &error.to_string()))
            .collect();
        flaws.iter().for_each(|flaw| faults.add(flaw));
        if !flaws.is_empty() {
            return None;
        }
        match built(schema, draft) {
            Ok(validator) => Some(Self(validator)),
            Err(error) => {
                faults.add(placed(error.instance_path().as_str(), &error.to_string()));
                None
            }
        }
    }

    pub(crate) fn check(&self, output: &[u8]) -> Result<(), Lack> {
        let Some(value) = read_output(output)?.into_value() else {
            return Err(Lack::too_much(
                "the output has a number of more digits than a schema is checked with: write it as a text",
            ));
        };
        self.0.validate(&value).map_err(|error| Lack::differs(reason(&error, &value)))
    }
}

fn dialect(faults: &mut Faults, schema: &Value) -> Option<Draft> {
    let Some(named) = schema.get("$schema") else { return Some(DIALECTS[0].1) };
    let name = named.as_str().unwrap_or_default().trim_end_matches('#');
    let found = DIALECTS.iter().find(|(dialect, _)| *dialect == name);
    if found.is_none() {
        let [(newer, _), (older, _)] = DIALECTS;
        faults.add(placed("/$schema", &format!("is no dialect that is read: write {newer} or {older}#")));
    }
    found.map(|(_, draft)| *draft)
}

/// Patterns by an engine that takes time in proportion to the text, so without looking around and back. Formats count.
fn built(schema: &Value, draft: Draft) -> Result<Validator, ValidationError<'static>> {
    let patterns = PatternOptions::regex()
        .size_limit(SCHEMA_PATTERN_COMPILED_BYTES_MAX)
        .dfa_size_limit(SCHEMA_PATTERN_COMPILED_BYTES_MAX);
    let options = jsonschema::options().with_draft(draft).with_pattern_options(patterns);
    options.offline().should_validate_formats(true).should_ignore_unknown_formats(false).build(schema)
}

/// Of a long way only its end, so that there is room for what is wrong.
fn placed(at: &str, problem: &str) -> String {
    let steps = at.chars().count();
    match steps {
        0 => problem.to_owned(),
        _ if steps <= PLACE_CHARACTERS_MAX => format!("{at}: {problem}"),
        _ => {
            let end: String = at.chars().skip(steps - PLACE_CHARACTERS_MAX).collect();
            format!("…{end}: {problem}")
        }
    }
}

/// Where in the schema and where in the output: of the library's own texts some repeat values.
fn reason(error: &ValidationError<'_>, output: &Value) -> String {
    let rule = error.schema_path().as_str();
    let place = shown(error.instance_path().as_str(), rule, output);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only one of them names something that is written in the schema"
    )]
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            format!("at {place} the output has no {property}, which `{rule}` wants")
        }
        _ => format!("at {place} the output does not hold under `{rule}`"),
    }
}

/// A place of the output by positions, and by those names of members that are written in the rule; others are `*`.
fn shown(pointer: &str, rule: &str, output: &Value) -> String {
    let mut value = Some(output);
    let mut steps = String::new();
    for step in pointer.split('/').skip(1) {
        let is_position = value.is_some_and(Value::is_array);
        let is_written = is_position || rule.split('/').any(|part| part == step);
        let name = step.replace("~1", "/").replace("~0", "~");
        value = value.and_then(|value| match value {
            Value::Array(entries) => entries.get(step.parse::<usize>().ok()?),
            Value::Object(members) => members.get(&name),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        });
        steps.push('/');
        steps.push_str(if is_written { step } else { "*" });
    }
    if steps.is_empty() { "the top".to_owned() } else { steps }
}
