//! JSON Schemas of what comes with signals: whether a text is one that is checked here, and whether a payload is what it wants.
//!
//! What may stand in one is less than JSON Schema has, so that how long a check takes is bounded before anybody sends anything:
//! references lead to places of the same schema and never around in a circle, what they lead to is counted as often as it is
//! led to, and patterns are matched by an engine that takes time in proportion to the text. Nothing is fetched from anywhere.

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

/// Schemas within a schema, each counted as often as references lead to it. A form has some dozens; a check looks at each of
/// them at most once for each value of a payload, of which there are at most some ten thousands.
const SCHEMAS_MAX: usize = 2000;
/// How deep they may lie in each other, references followed.
const DEPTH_MAX: usize = 64;
/// Patterns: each is compiled before it is matched.
const PATTERNS_MAX: usize = 64;
/// Bytes that a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 256 << 10;
/// Faults that are told of one schema or one payload.
const FLAWS_MAX: usize = 20;
/// Of a payload that is large beside a large schema only the first fault is looked for: all of them may be millions.
const LISTED_PRODUCT_MAX: usize = 1_000_000;
/// Characters of a fault: what is wrong may be long.
const PROBLEM_CHARACTERS_MAX: usize = 200;

/// The dialect that is read, which a schema may name.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Keywords with one schema.
const SCHEMA: &[&str] =
    &["additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else"];
/// Keywords with a list of schemas.
const SCHEMA_LIST: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords with schemas by name.
const SCHEMA_MAP: &[&str] = &["properties", "patternProperties", "dependentSchemas"];
/// Keywords that are not read: they make what a reference means, or what was looked at already, depend on the way there.
const REFUSED: &[&str] = &[
    "$id",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$vocabulary",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Something that is wrong, and where: a JSON Pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: String,
    pub(crate) problem: String,
}

/// Everything that is wrong with a schema; nothing when payloads can be checked against it.
pub(crate) fn check(schema: &Value) -> Vec<Flaw> {
    let rules = jsonschema::draft202012::meta::validator();
    let flaws: Vec<Flaw> = rules.iter_errors(schema).take(FLAWS_MAX).map(|error| flaw(&error)).collect();
    if !flaws.is_empty() {
        return flaws;
    }
    let mut walk = Walk { root: schema, seen: 0, patterns: 0, followed: Vec::new() };
    let walked = walk.go_into_schema(schema, &mut Vec::new());
    let built = walked.and_then(|()| built(schema).map(drop));
    built.err().into_iter().collect()
}

/// What of a payload is not as a schema wants it; nothing when all of it is. An error says why that cannot be told.
pub(crate) fn flaws(schema: &str, payload: &Value) -> Result<Vec<Flaw>, String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let validator = built(&schema).map_err(|flaw| flaw.problem)?;
    if validator.is_valid(payload) {
        return Ok(Vec::new());
    }
    if values(&schema).saturating_mul(values(payload)) > LISTED_PRODUCT_MAX {
        return Ok(validator.validate(payload).err().iter().map(flaw).collect());
    }
    Ok(validator.iter_errors(payload).take(FLAWS_MAX).map(|error| flaw(&error)).collect())
}

fn built(schema: &Value) -> Result<Validator, Flaw> {
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
    let options = jsonschema::options().with_draft(Draft::Draft202012).with_pattern_options(patterns);
    options.build(schema).map_err(|error| flaw(&error))
}

fn flaw(error: &ValidationError<'_>) -> Flaw {
    let problem = error.to_string().chars().take(PROBLEM_CHARACTERS_MAX).collect();
    Flaw { at: error.instance_path().as_str().to_owned(), problem }
}

/// How many values a value holds, itself among them.
fn values(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Array(entries) => entries.iter().map(values).sum(),
        Value::Object(members) => members.values().map(values).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    1 + inner
}

/// Goes through a schema as a check of it would, and gives up where that could take long.
struct Walk<'a> {
    root: &'a Value,
    /// Schemas so far.
    seen: usize,
    patterns: usize,
    /// The references that are being followed.
    followed: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn go_into_schema(&mut self, schema: &'a Value, at: &mut Vec<String>) -> Result<(), Flaw> {
        self.seen += 1;
        if self.seen > SCHEMAS_MAX {
            return Err(told(at, format!("is more than {SCHEMAS_MAX} schemas, references followed")));
        }
        if at.len() > 2 * DEPTH_MAX {
            return Err(told(at, format!("lies more than {DEPTH_MAX} schemas deep, references followed")));
        }
        let Some(members) = schema.as_object() else { return Ok(()) };
        for (name, value) in members {
            at.push(name.clone());
            self.go_into_keyword(name, value, at)?;
            at.pop();
        }
        Ok(())
    }

    fn go_into_keyword(&mut self, name: &str, value: &'a Value, at: &mut Vec<String>) -> Result<(), Flaw> {
        match name {
            "$ref" => self.follow(value.as_str().unwrap_or_default(), at),
            "$schema" if value.as_str().map(|dialect| dialect.trim_end_matches('#')) != Some(DIALECT) => {
                Err(told(at, format!("is another dialect than {DIALECT}")))
            }
            "pattern" => self.count_patterns(1, at),
            name if REFUSED.contains(&name) => Err(told(at, "is not read here".to_owned())),
            name if SCHEMA.contains(&name) => self.go_into_schema(value, at),
            name if SCHEMA_LIST.contains(&name) => {
                let entries = value.as_array().into_iter().flatten().zip(0_u32..);
                self.go_into_each(entries.map(|(schema, position)| (position.to_string(), schema)), at)
            }
            name if SCHEMA_MAP.contains(&name) => {
                if name == "patternProperties" {
                    self.count_patterns(value.as_object().map_or(0, Map::len), at)?;
                }
                let schemas = value.as_object().into_iter().flatten();
                self.go_into_each(schemas.map(|(name, schema)| (name.clone(), schema)), at)
            }
            _ => Ok(()),
        }
    }

    fn go_into_each(
        &mut self,
        schemas: impl Iterator<Item = (String, &'a Value)>,
        at: &mut Vec<String>,
    ) -> Result<(), Flaw> {
        for (name, schema) in schemas {
            at.push(name);
            self.go_into_schema(schema, at)?;
            at.pop();
        }
        Ok(())
    }

    fn count_patterns(&mut self, more: usize, at: &[String]) -> Result<(), Flaw> {
        self.patterns += more;
        match self.patterns > PATTERNS_MAX {
            true => {
                Err(told(at, format!("is one of more than {PATTERNS_MAX} patterns, references followed")))
            }
            false => Ok(()),
        }
    }

    fn follow(&mut self, reference: &'a str, at: &mut Vec<String>) -> Result<(), Flaw> {
        let pointer = reference.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
        let Some(schema) = pointer.and_then(|pointer| self.root.pointer(pointer)) else {
            return Err(told(at, "leads to no place of this schema: write #/$defs/NAME".to_owned()));
        };
        if reference == "#" || self.followed.contains(&reference) {
            return Err(told(at, "leads around in a circle".to_owned()));
        }
        self.followed.push(reference);
        self.go_into_schema(schema, at)?;
        self.followed.pop();
        Ok(())
    }
}

fn told(at: &[String], problem: String) -> Flaw {
    let escaped = at.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
    Flaw { at: escaped.collect(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fmt::Write;

    fn shown(flaws: &[Flaw]) -> String {
        let lines = flaws.iter().map(|flaw| format!("{}: {}", flaw.at, flaw.problem));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_no_schema_or_could_take_long_is_named_with_its_place() {
        let doubled = |levels: usize| {
            let mut schema = json!({ "$ref": "#/$defs/0", "$defs": {} });
            for level in 0..levels {
                let next = json!({ "$ref": format!("#/$defs/{}", level + 1) });
                schema["$defs"][level.to_string()] = json!({ "allOf": [next, next] });
            }
            schema["$defs"][levels.to_string()] = json!({ "type": "object" });
            schema
        };
        let patterns: Vec<Value> = (0..65).map(|number| json!({ "pattern": format!("a{number}") })).collect();
        let rows = [
            (json!({ "type": "objekt" }), "/type: "),
            (json!({ "properties": { "a": { "minimum": "1" } } }), "/properties/a/minimum: "),
            (json!({ "properties": { "a": { "pattern": "(" } } }), "/properties/a/pattern: "),
            (json!({ "pattern": "(?=a)b" }), "/pattern: "),
            (json!({ "pattern": "((\\w{1000}){1000}){1000}" }), "/pattern: "),
            (json!({ "$ref": "#" }), "/$ref: leads around in a circle"),
            (json!({ "allOf": [{ "$ref": "#/allOf/0" }] }), "/allOf/0/$ref/$ref: leads around in a circle"),
            (
                json!({ "$defs": { "a": { "items": { "$ref": "#/$defs/a" } } }, "$ref": "#/$defs/a" }),
                "/$ref/items/$ref: leads around in a circle",
            ),
            (json!({ "$ref": "https://example.com/x.json" }), "/$ref: leads to no place"),
            (json!({ "$ref": "file:///etc/passwd" }), "/$ref: leads to no place"),
            (json!({ "$ref": "#/$defs/none" }), "/$ref: leads to no place"),
            (json!({ "$schema": "http://json-schema.org/draft-07/schema#" }), "/$schema: is another dialect"),
            (json!({ "$id": "https://example.com/" }), "/$id: is not read here"),
            (json!({ "unevaluatedProperties": false }), "/unevaluatedProperties: is not read here"),
            (json!({ "allOf": patterns }), "is one of more than 64 patterns"),
            (doubled(40), "is more than 2000 schemas"),
        ];
        for (schema, expected) in rows {
            let found = shown(&check(&schema));
            assert!(found.contains(expected), "{schema}: {found}");
        }
        let good = [
            json!({}),
            json!({ "$schema": DIALECT, "type": "object" }),
            json!({ "$defs": { "row": { "type": "integer" } }, "items": { "$ref": "#/$defs/row" } }),
            doubled(8),
        ];
        for schema in good {
            assert_eq!(check(&schema), [], "{schema}");
        }
    }

    #[test]
    fn every_fault_of_a_payload_has_its_place() {
        let schema = json!({
            "type": "object", "required": ["rows"], "additionalProperties": false,
            "properties": { "rows": { "type": "array", "items": { "type": "integer", "minimum": 0 } }, "by": { "pattern": "^a+$" } },
        })
        .to_string();
        let rows = [
            (json!({ "rows": [1, 2] }), &[][..]),
            (json!({ "rows": [1, -2, "x"], "by": "b" }), &["/by", "/rows/1", "/rows/2"][..]),
            (json!({}), &[""][..]),
            (json!(null), &[""][..]),
            (json!({ "rows": [], "more": 1 }), &[""][..]),
        ];
        for (payload, expected) in rows {
            let mut found: Vec<String> =
                flaws(&schema, &payload).unwrap().into_iter().map(|flaw| flaw.at).collect();
            found.sort();
            assert_eq!(found, expected, "{payload}");
        }
    }

    /// The largest payload against the largest schema that is admitted, as far as one can think of them.
    #[test]
    fn the_worst_check_ends_and_tells_little() {
        let mut all = String::new();
        (0..300).for_each(|least| write!(all, "{{\"minimum\":{least}}},").unwrap());
        let schema = format!("{{\"items\":{{\"allOf\":[{}{{}}]}}}}", all);
        assert_eq!(check(&serde_json::from_str(&schema).unwrap()), []);
        let payload = Value::Array(vec![json!(-1); 30_000]);
        assert_eq!(flaws(&schema, &payload).unwrap().len(), 1);
    }
}
