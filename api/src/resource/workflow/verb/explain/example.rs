//! An example of a field, from one definition that has most of them.

use super::field::Field;
use crate::wire::source::{Document, Language};
use serde_json::{Value, json};

/// A definition of which examples are parts.
pub(super) const DEFINITION: &str = r#"
$schema: ./workflow.schema.json
name: nightly
data_subject: 0123456789abcdef0123456789abcdef
inputs:
  region: {type: string, default: eu, description: Where it runs., enum: [eu, us]}
values: {region: us}
tasks:
  - id: fetch
    name: Fetch what is new
    type: PROCESS
    command: [sh, -c, date > now]
    working_directory: /srv/nightly
    timeout_seconds: 60
    retry: {attempts: 3, base_ms: 200, max_ms: 5000, causes: [TIMED_OUT]}
    env: {LANG: C}
  - id: pause
    wait: 30
  - id: told
    signal: {name: told, expires_seconds: 86400}
  - id: release
    approval: {roles: [lead, legal], needed: 2, message: Is it to be released?, expires_seconds: 86400}
  - id: done
    type: NOOP
    input: All of it is there.
    dependencies: [fetch]
  - id: both
    with: {region: "{inputs.region}"}
    workflow:
      inputs: {region: {type: string}}
      tasks: [{id: first}]
"#;

/// The field in YAML, with what it lies in.
pub(super) fn yaml(field: &Field<'_>) -> String {
    if field.path.is_empty() || field.path == "tasks" {
        return "name: nightly\ntasks:\n  - id: fetch\n    type: PROCESS\n    command: [sh, -c, date > now]"
            .to_owned();
    }
    let names: Vec<&str> = names(&field.path);
    let value = written(&names).unwrap_or_else(|| likely(field.schema));
    let value = if value.is_object() { in_lines(&value, indent(&names, names.len())) } else { bare(&value) };
    let mut lines: Vec<String> = Vec::new();
    for (depth, name) in names.iter().enumerate() {
        let is_entry = depth == 1 && names[0] == "tasks";
        let dash = if is_entry { "  - " } else { "" };
        let indent = if is_entry { 0 } else { indent(&names, depth) };
        lines.push(format!("{}{dash}{name}:", " ".repeat(indent)));
    }
    lines.join("\n") + if value.starts_with('\n') { "" } else { " " } + &value
}

/// The names of a path. What is said of inputs is said of one of them.
fn names(path: &str) -> Vec<&str> {
    let mut names: Vec<&str> = path.split('.').collect();
    if let Some(place) =
        names.iter().position(|name| *name == "inputs").filter(|place| place + 1 < names.len())
    {
        names.insert(place + 1, "region");
    }
    names
}

/// Spaces before a name that lies in so many others: a dash stands before those of a task.
fn indent(names: &[&str], depth: usize) -> usize {
    2 * depth + 2 * usize::from(depth > 1 && names[0] == "tasks")
}

/// What the definition has at a path, in the first task that has it.
fn written(names: &[&str]) -> Option<Value> {
    let document = Document::new(Language::Yaml, DEFINITION.as_bytes()).ok()?;
    let whole: Value = serde_json::from_str(document.json()).ok()?;
    let at = |value: &Value, names: &[&str]| {
        names.iter().try_fold(value.clone(), |value, name| value.get(*name).cloned())
    };
    match names.split_first()? {
        (&"tasks", rest) => whole["tasks"].as_array()?.iter().find_map(|task| at(task, rest)),
        _ => at(&whole, names),
    }
}

/// Something that the schema admits, where the definition has nothing.
fn likely(schema: &Value) -> Value {
    let first = [&schema["default"], &schema["enum"][0], &schema["const"], &schema["minimum"]];
    let first = first.into_iter().find(|value| !value.is_null());
    first.cloned().unwrap_or_else(|| match schema["type"].as_str() {
        Some("array") => json!([]),
        Some("object") => json!({}),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        _ => json!("text"),
    })
}

fn in_lines(value: &Value, indent: usize) -> String {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| format!("\n{}{name}: {}", " ".repeat(indent), bare(value))).collect()
}

/// A value on one line, without quotes where it needs none.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || " /._->".contains(c)) =>
        {
            text.clone()
        }
        Value::Array(entries) => format!("[{}]", entries.iter().map(bare).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}
