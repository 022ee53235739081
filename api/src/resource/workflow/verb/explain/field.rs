//! A field of a definition, as its JSON Schema knows it.

use serde_json::Value;

/// A field, with what the schema says around it.
pub(super) struct Field<'a> {
    /// Names with dots between them; empty for the definition itself.
    pub(super) path: String,
    pub(super) schema: &'a Value,
    /// The schema of the object that it is a member of.
    around: Option<&'a Value>,
    /// The schema of the tasks, for fields that lie within one.
    task: Option<&'a Value>,
}

impl<'a> Field<'a> {
    /// The definition itself.
    pub(super) fn whole(schema: &'a Value) -> Self {
        Self { path: String::new(), schema, around: None, task: None }
    }

    /// The field with that path; `[]` behind a name is read over.
    pub(super) fn find(schema: &'a Value, path: &str) -> Option<Self> {
        let names = path.split('.').map(|name| name.trim_end_matches("[]")).filter(|name| !name.is_empty());
        names.into_iter().try_fold(Self::whole(schema), |field, name| field.member(name))
    }

    fn member(&self, name: &str) -> Option<Self> {
        let object = self.object();
        let schema = object["properties"].get(name)?;
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let task = if self.path == "tasks" { Some(object) } else { self.task };
        Some(Self { path, schema, around: Some(object), task })
    }

    /// The object that it is, that it may be, or that each of its entries is.
    fn object(&self) -> &'a Value {
        let entries = [&self.schema["items"], &self.schema["additionalProperties"]];
        if let Some(entries) = entries.into_iter().find(|entries| entries["properties"].is_object()) {
            return entries;
        }
        let ways = self.schema["anyOf"].as_array();
        let object = ways.into_iter().flatten().find(|way| way["properties"].is_object());
        object.filter(|_| self.schema["properties"].is_null()).unwrap_or(self.schema)
    }

    pub(super) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// What the schema says of it; of an object of which it says nothing, what it holds.
    pub(super) fn meaning(&self) -> String {
        let meaning = self.schema["description"].as_str().or(self.schema["title"].as_str());
        meaning.map_or_else(
            || {
                let inner: Vec<String> = members(self).iter().map(|inner| inner.name().to_owned()).collect();
                format!("Holds {}.", inner.join(" and "))
            },
            str::to_owned,
        )
    }

    /// The first sentence of what it means.
    pub(super) fn summary(&self) -> String {
        let meaning = self.meaning();
        let end = meaning.find(". ").map_or(meaning.len(), |end| end + 1);
        meaning[..end].to_owned()
    }

    pub(super) fn kind(&self) -> String {
        if let Some(words) = self.schema["enum"].as_array() {
            return format!(
                "one of {}",
                words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            );
        }
        let many = |kind: &Value| match kind.as_str() {
            Some("string") => "texts",
            Some("object") => "objects",
            _ => "values",
        };
        match self.schema["type"].as_str() {
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("boolean") => "true or false".to_owned(),
            Some("array") => format!("list of {}", many(&self.schema["items"]["type"])),
            Some("object") if self.schema["additionalProperties"].is_object() => {
                format!("object of {} by name", many(&self.schema["additionalProperties"]["type"]))
            }
            Some(other) => other.to_owned(),
            None => "any".to_owned(),
        }
    }

    pub(super) fn bounds(&self) -> Option<String> {
        let schema = self.schema;
        let number = |name: &str| schema[name].as_i64();
        let pattern = |schema: &Value| {
            schema["pattern"].as_str().filter(|pattern| pattern.len() < 60).map(str::to_owned)
        };
        let parts = [
            number("minimum").zip(number("maximum")).map(|(least, most)| format!("from {least} to {most}")),
            range(number("minItems"), number("maxItems"), "entries"),
            range(number("minLength"), number("maxLength"), "bytes"),
            pattern(schema).map(|pattern| format!("like {pattern}")),
            pattern(&schema["items"]).map(|pattern| format!("each like {pattern}")),
            pattern(&schema["propertyNames"]).map(|pattern| format!("names like {pattern}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    pub(super) fn default(&self) -> Option<String> {
        let default = &self.schema["default"];
        (!default.is_null()).then(|| default.as_str().map_or_else(|| default.to_string(), str::to_owned))
    }

    pub(super) fn is_required(&self) -> bool {
        let required = self.around.and_then(|around| around["required"].as_array());
        required.is_some_and(|required| required.iter().any(|name| name == self.name()))
    }

    /// The kinds of tasks that may have it; none when it is no field of a task.
    pub(super) fn kinds(&self) -> Option<Vec<&'a str>> {
        let rules = self.task?["allOf"].as_array()?;
        let names: Vec<&str> = self.path.split('.').skip(1).collect();
        let has = |rule: &&Value| !is_absent(&rule["then"], &names);
        let kind = |rule: &'a Value| rule["if"]["properties"]["type"]["const"].as_str();
        Some(rules.iter().filter(has).filter_map(kind).collect())
    }
}

fn range(least: Option<i64>, most: Option<i64>, of: &str) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("from {least} to {most} {of}")),
        (Some(least), None) => Some(format!("at least {least} {of}")),
        (None, Some(most)) => Some(format!("at most {most} {of}")),
        (None, None) => None,
    }
}

/// Every member, in the order of the schema.
pub(super) fn members<'a>(field: &Field<'a>) -> Vec<Field<'a>> {
    let members = field.object()["properties"].as_object();
    members.into_iter().flatten().filter_map(|(name, _)| field.member(name)).collect()
}

/// Whether a rule of a kind of tasks leaves no room for a field.
fn is_absent(rule: &Value, names: &[&str]) -> bool {
    let Some((first, rest)) = names.split_first() else { return false };
    let schema = &rule["properties"][first];
    let is_empty = schema["maxItems"] == 0 || schema["maxProperties"] == 0;
    *schema == Value::Bool(false) || is_empty || is_absent(schema, rest)
}
