//! Holds a document against a JSON Schema: the keywords that our schemas use, and a panic at any other.
//!
//! Stricter than the standard in one thing: an object whose schema lists properties has no others.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Everything in a document that is not as its schema says, each with its place.
pub(super) fn faults(components: &Value, schema: &Value, document: &Value) -> Vec<String> {
    let mut check = Check { components, faults: Vec::new() };
    check.closed(schema, document, "$");
    check.faults
}

struct Check<'a> {
    components: &'a Value,
    faults: Vec<String>,
}

/// The names of the members that some schema knows; none when all are.
type Known = Option<BTreeSet<String>>;

impl Check<'_> {
    fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{at}: {what}"));
    }

    /// A document of its own: whatever members it has, some schema that applies to it must know.
    fn closed(&mut self, schema: &Value, document: &Value, at: &str) {
        let known = self.apply(schema, document, at);
        if let (Some(members), Some(known)) = (document.as_object(), known)
            && !known.is_empty()
        {
            for name in members.keys().filter(|name| !known.contains(*name)) {
                self.fault(at, format_args!("no schema knows {name}"));
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "any other word is read as a rule by name")]
    fn apply(&mut self, schema: &Value, document: &Value, at: &str) -> Known {
        let rules = match schema {
            Value::Bool(true) => return None,
            Value::Object(rules) => rules,
            other => panic!("{at}: {other} is no schema of ours"),
        };
        let mut known = Some(BTreeSet::new());
        let mut also = |more: Known| match (&mut known, more) {
            (Some(known), Some(more)) => known.extend(more),
            (known, _) => *known = None,
        };
        for (keyword, rule) in rules {
            match keyword.as_str() {
                "description" | "title" | "default" | "format" | "$schema" => {}
                "$ref" => {
                    let name = rule.as_str().and_then(|name| name.strip_prefix("#/components/schemas/"));
                    let component = &self.components[name.expect("a component")];
                    assert!(!component.is_null(), "there is no component {rule}");
                    also(self.apply(component, document, at));
                }
                "allOf" => {
                    for part in rule.as_array().expect("a list") {
                        also(self.apply(part, document, at));
                    }
                }
                "anyOf" | "oneOf" => also(self.any(rule, document, at, keyword == "oneOf")),
                "properties" => also(Some(self.properties(rule, document, at))),
                "additionalProperties" => {
                    let listed = rules.get("properties").and_then(Value::as_object);
                    for (name, value) in members(document) {
                        if listed.is_none_or(|listed| !listed.contains_key(name)) {
                            match rule {
                                Value::Bool(false) => self.fault(at, format_args!("{name} is one too many")),
                                rule => self.closed(rule, value, &format!("{at}.{name}")),
                            }
                        }
                    }
                    also(None);
                }
                _ => self.assertion(keyword, rule, rules, document, at),
            }
        }
        known
    }

    /// The first of several schemas that applies; that no other does where but one may.
    fn any(&mut self, rule: &Value, document: &Value, at: &str, is_one: bool) -> Known {
        let (mut faults, mut fits) = (Vec::new(), Vec::new());
        for part in rule.as_array().expect("a list") {
            let mut inner = Check { components: self.components, faults: Vec::new() };
            let known = inner.apply(part, document, at);
            if inner.faults.is_empty() { fits.push(known) } else { faults.push(inner.faults.join("; ")) }
        }
        if fits.is_empty() || (is_one && fits.len() > 1) {
            self.fault(at, format_args!("{} of these fit: {}", fits.len(), faults.join(" | ")));
        }
        fits.into_iter().next().unwrap_or(None)
    }

    fn properties(&mut self, rule: &Value, document: &Value, at: &str) -> BTreeSet<String> {
        let properties = rule.as_object().expect("an object");
        for (name, schema) in properties {
            if let Some(value) = document.get(name) {
                self.closed(schema, value, &format!("{at}.{name}"));
            }
        }
        properties.keys().cloned().collect()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "any other word is read as a rule by name")]
    fn assertion(
        &mut self,
        keyword: &str,
        rule: &Value,
        rules: &Map<String, Value>,
        document: &Value,
        at: &str,
    ) {
        let holds = match keyword {
            "type" => match rule {
                Value::Array(types) => types.iter().any(|name| is_of(name, document)),
                name => is_of(name, document),
            },
            "enum" => rule.as_array().expect("a list").contains(document),
            "const" => rule == document,
            "required" => rule.as_array().expect("a list").iter().all(|name| {
                let name = name.as_str().expect("a name");
                !document.is_object() || document.get(name).is_some()
            }),
            "minimum" => document.as_f64().is_none_or(|number| number >= rule.as_f64().expect("a number")),
            "maximum" => document.as_f64().is_none_or(|number| number <= rule.as_f64().expect("a number")),
            "minItems" => document.as_array().is_none_or(|items| items.len() as u64 >= length(rule)),
            "maxItems" => document.as_array().is_none_or(|items| items.len() as u64 <= length(rule)),
            "pattern" => document.as_str().is_none_or(|text| is_hex_id(rule, text)),
            "prefixItems" => {
                for (place, (schema, value)) in items(rule).zip(items(document)).enumerate() {
                    self.closed(schema, value, &format!("{at}[{place}]"));
                }
                true
            }
            "items" => {
                let behind = rules.get("prefixItems").map_or(0, |prefix| items(prefix).count());
                for (place, value) in items(document).enumerate().skip(behind) {
                    self.closed(rule, value, &format!("{at}[{place}]"));
                }
                true
            }
            other => panic!("{at}: nothing is known of the keyword {other}"),
        };
        if !holds {
            self.fault(at, format_args!("{keyword} {rule} does not hold of {document}"));
        }
    }
}

fn members(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document.as_object().into_iter().flatten()
}

fn items(document: &Value) -> impl Iterator<Item = &Value> {
    document.as_array().into_iter().flatten()
}

fn length(rule: &Value) -> u64 {
    rule.as_u64().expect("a length")
}

fn is_of(name: &Value, document: &Value) -> bool {
    match name.as_str().expect("the name of a type") {
        "null" => document.is_null(),
        "boolean" => document.is_boolean(),
        "integer" => document.is_i64() || document.is_u64(),
        "number" => document.is_number(),
        "string" => document.is_string(),
        "array" => document.is_array(),
        "object" => document.is_object(),
        other => panic!("there is no type {other}"),
    }
}

/// The one pattern of what goes out.
fn is_hex_id(rule: &Value, text: &str) -> bool {
    assert_eq!(rule, "^[0-9a-f]{32}$");
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[test]
fn what_differs_from_its_schema_is_named_by_its_place() {
    use serde_json::json;
    let components = json!({ "Moment": {
        "type": "object", "properties": { "sequence": { "type": "integer", "minimum": 0 } }, "required": ["sequence"],
    } });
    let schema = json!({
        "type": "object",
        "properties": {
            "at": { "anyOf": [{ "$ref": "#/components/schemas/Moment" }, { "type": "null" }] },
            "list": { "type": "array", "items": { "enum": ["A", "B"] } },
        },
        "required": ["list"],
    });
    let rows = [
        (json!({ "at": { "sequence": 1 }, "list": ["A"] }), 0),
        (json!({ "at": null, "list": [] }), 0),
        (json!({ "at": { "sequence": -1 }, "list": [] }), 1),
        (json!({ "at": { "sequence": 1, "time": 2 }, "list": [] }), 1),
        (json!({ "at": null }), 1),
        (json!({ "list": ["A", "C", 1] }), 2),
        (json!({ "list": [], "more": 1 }), 1),
        (json!([]), 1),
    ];
    for (document, expected) in rows {
        let found = faults(&components, &schema, &document);
        assert_eq!(found.len(), expected, "{document}: {found:?}");
    }
}
