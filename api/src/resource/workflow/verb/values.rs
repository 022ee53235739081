//! Values of inputs, as they are given on the command line.

use super::written::Written;
use crate::failure::Failure;
use crate::wire::source::Document;
use clap::Args;
use serde_json::{Map, Value};
use std::path::Path;

/// What the inputs of a definition are given beside what it says itself.
#[derive(Debug, Args)]
pub(crate) struct InputOptions {
    /// The value of an input, read as the type that the definition declares. @FILE is what a file holds, @@ an @ in front. Can
    /// be repeated.
    #[arg(long = "input", visible_alias = "set", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
    /// Values of inputs in a file, in YAML or JSON: an object. Those of --input go before.
    // A command that takes these takes a file of its own as well: two arguments of one id would be one.
    #[arg(id = "inputs_file", long = "inputs", value_name = "FILE")]
    file: Option<String>,
}

impl InputOptions {
    /// The values by name. What there is no telling is not refused here: whoever checks the definition with them does that.
    pub(super) fn values(&self, written: &Written) -> Result<Map<String, Value>, Failure> {
        let mut values = Map::new();
        if let Some(file) = &self.file {
            values = of_file(file)?;
        }
        if self.inputs.is_empty() {
            return Ok(values);
        }
        // A definition with faults is told as such by whoever checks it.
        let document = Document::new(written.language, &written.bytes).ok();
        let document: Value =
            document.and_then(|document| serde_json::from_str(document.json()).ok()).unwrap_or_default();
        for given in &self.inputs {
            let Some((name, text)) = given.split_once('=') else {
                return Err(Failure::usage(format!("--input {given:?}: a value is given as NAME=VALUE")));
            };
            let kind = document["inputs"][name]["type"].as_str();
            values.insert(name.to_owned(), value(name, kind, &text_of(text)?)?);
        }
        Ok(values)
    }
}

fn of_file(file: &str) -> Result<Map<String, Value>, Failure> {
    let Written { bytes, language, .. } = Written::read(file)?;
    let document =
        Document::new(language, &bytes).map_err(|error| Failure::refused(format!("{file}: {error}")))?;
    match serde_json::from_str(document.json()) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Err(Failure::refused(format!("{file}: values of inputs are an object, by name"))),
        Err(error) => Err(Failure::refused(format!("{file}: {error}"))),
    }
}

/// The text itself, or what the file holds that it names.
fn text_of(text: &str) -> Result<String, Failure> {
    match text.strip_prefix('@') {
        Some(rest) if rest.starts_with('@') => Ok(rest.to_owned()),
        Some(file) => std::fs::read_to_string(file).map_err(Failure::file("failed to read", Path::new(file))),
        None => Ok(text.to_owned()),
    }
}

/// A text as a value of that type. Without one, as of a definition that only a server knows, it is what it is in JSON, and else
/// a text.
fn value(name: &str, kind: Option<&str>, text: &str) -> Result<Value, Failure> {
    match (kind, serde_json::from_str(text)) {
        (Some("string"), _) => Ok(text.into()),
        (Some(_) | None, Ok(value)) => Ok(value),
        (None, Err(_)) => Ok(text.into()),
        (Some(kind), Err(_)) => {
            let example = match kind {
                "list" => "[1, 2]",
                "object" => "{\"a\": 1}",
                "boolean" => "true",
                _ => "3",
            };
            Err(Failure::usage(format!(
                "--input {name}: must be of type {kind}, such as {example}, not {text:?}"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_its_type() {
        let rows = [
            (Some("string"), "3", Some(Value::from("3"))),
            (Some("integer"), "3", Some(Value::from(3))),
            (Some("integer"), "x", None),
            (Some("list"), "[\"a\"]", Some(serde_json::json!(["a"]))),
            (None, "3", Some(Value::from(3))),
            (None, "eu", Some(Value::from("eu"))),
            (None, "\"3\"", Some(Value::from("3"))),
        ];
        for (kind, text, expected) in rows {
            assert_eq!(value("x", kind, text).ok(), expected, "{kind:?} {text}");
        }
    }
}
