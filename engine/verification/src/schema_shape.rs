//! How large a JSON Schema is when it is carried out, seen before it is compiled.
//!
//! What may stand in one is less than JSON Schema has, so that how long a check takes is bounded before there is an output:
//! references lead to places of the same schema and never around in a circle, and what they lead to is counted as often as it is
//! led to. So a schema that doubles itself forty times is refused after two thousand steps.

use crate::limits::{SCHEMA_DEPTH_MAX, SCHEMA_PATTERNS_MAX, SCHEMAS_MAX};
use serde_json::{Map, Value};

/// Keywords with one schema.
const SCHEMA: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
];
/// Keywords with a list of schemas.
const SCHEMA_LIST: &[&str] = &["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// Keywords with schemas by name. `dependencies` has lists of names among them.
const SCHEMA_MAP: &[&str] = &["dependencies", "dependentSchemas", "patternProperties", "properties"];
/// Keywords that are not read: they make what a reference means, or what was looked at already, depend on the way there.
const REFUSED: &[&str] = &[
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
    "id",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// A place in a schema, a JSON Pointer, and what is wrong there.
pub(crate) struct Flaw {
    pub(crate) at: String,
    pub(crate) problem: String,
}

/// The first thing for which a schema is not carried out.
pub(crate) fn check(schema: &Value) -> Result<(), Flaw> {
    let mut walk =
        Walk { root: schema, at: Vec::new(), depth: 0, seen: 0, patterns: 0, followed: Vec::new() };
    walk.go_into_schema(schema)
}

/// Goes through a schema as a check of it would, and gives up where that could take long.
struct Walk<'a> {
    root: &'a Value,
    at: Vec<String>,
    /// Schemas that the one that is looked at lies in.
    depth: usize,
    /// Schemas so far.
    seen: usize,
    patterns: usize,
    /// The references that are being followed.
    followed: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn go_into_schema(&mut self, schema: &'a Value) -> Result<(), Flaw> {
        self.seen += 1;
        if self.seen > SCHEMAS_MAX {
            return self.refuse(format!(
                "is more than {SCHEMAS_MAX} schemas, references followed: write a smaller one"
            ));
        }
        if self.depth > SCHEMA_DEPTH_MAX {
            return self
                .refuse(format!("lies more than {SCHEMA_DEPTH_MAX} schemas deep, references followed"));
        }
        let Some(members) = schema.as_object() else { return Ok(()) };
        self.depth += 1;
        for (name, value) in members {
            self.within(name, |walk| walk.go_into_keyword(name, value))?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn go_into_keyword(&mut self, name: &str, value: &'a Value) -> Result<(), Flaw> {
        match (name, value) {
            ("$ref", _) => self.follow(value.as_str().unwrap_or_default()),
            ("$schema", _) if self.at.len() > 1 => {
                self.refuse("stands inside: write it outermost only".to_owned())
            }
            ("pattern", _) => self.count_patterns(1),
            (name, _) if REFUSED.contains(&name) => self.refuse("is not read here: remove it".to_owned()),
            (name, Value::Array(schemas)) if SCHEMA_LIST.contains(&name) => {
                schemas.iter().zip(0_usize..).try_for_each(|(schema, position)| {
                    self.within(&position.to_string(), |walk| walk.go_into_schema(schema))
                })
            }
            (name, Value::Object(schemas)) if SCHEMA_MAP.contains(&name) => self.go_into_each(name, schemas),
            (name, _) if SCHEMA.contains(&name) => self.go_into_schema(value),
            _ => Ok(()),
        }
    }

    fn go_into_each(&mut self, keyword: &str, schemas: &'a Map<String, Value>) -> Result<(), Flaw> {
        if keyword == "patternProperties" {
            self.count_patterns(schemas.len())?;
        }
        schemas.iter().try_for_each(|(name, schema)| self.within(name, |walk| walk.go_into_schema(schema)))
    }

    fn count_patterns(&mut self, more: usize) -> Result<(), Flaw> {
        self.patterns += more;
        if self.patterns > SCHEMA_PATTERNS_MAX {
            return self
                .refuse(format!("is one of more than {SCHEMA_PATTERNS_MAX} patterns, references followed"));
        }
        Ok(())
    }

    fn follow(&mut self, reference: &'a str) -> Result<(), Flaw> {
        let pointer = reference.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
        let Some(schema) = pointer.and_then(|pointer| self.root.pointer(pointer)) else {
            return self.refuse("leads to no place of this schema: write #/$defs/NAME".to_owned());
        };
        if reference == "#" || self.followed.contains(&reference) {
            return self.refuse("leads around in a circle: write out how deep it goes".to_owned());
        }
        self.followed.push(reference);
        self.go_into_schema(schema)?;
        self.followed.pop();
        Ok(())
    }

    fn within(&mut self, step: &str, go: impl FnOnce(&mut Self) -> Result<(), Flaw>) -> Result<(), Flaw> {
        self.at.push(step.to_owned());
        go(self)?;
        self.at.pop();
        Ok(())
    }

    fn refuse(&self, problem: String) -> Result<(), Flaw> {
        let steps = self.at.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
        Err(Flaw { at: steps.collect(), problem })
    }
}
