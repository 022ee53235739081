//! What is wrong with a written verification, and where.

use crate::limits::FAULTS_MAX;
use crate::words::clean;
use serde_json::{Map, Value};
use std::fmt;

/// Something that is wrong, where it is, and in its words what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", Shown(.path))]
pub struct Fault {
    /// The way from the verification to what is wrong. Empty when it is the verification itself.
    pub path: Vec<Step>,
    /// What is wrong and what to write, without control characters.
    pub problem: String,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An entry of a list, from 0.
    Entry(usize),
    /// A member of an object.
    Member(String),
}

/// `[1].pattern.line`
struct Shown<'a>(&'a [Step]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return into.write_str("verify");
        }
        for (step, position) in self.0.iter().zip(0..) {
            match step {
                Step::Entry(entry) => write!(into, "[{entry}]")?,
                Step::Member(name) if position == 0 => into.write_str(name)?,
                Step::Member(name) => write!(into, ".{name}")?,
            }
        }
        Ok(())
    }
}

/// The faults so far, and where reading is.
#[derive(Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
    path: Vec<Step>,
}

impl Faults {
    /// Something is wrong here.
    pub(crate) fn add(&mut self, problem: impl AsRef<str>) {
        if self.found.len() < FAULTS_MAX {
            self.found.push(Fault { path: self.path.clone(), problem: clean(problem.as_ref()) });
        }
    }

    /// Reads what lies one step further in.
    pub(crate) fn within<R>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    pub(crate) fn member<R>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> R) -> R {
        self.within(Step::Member(clean(name)), read)
    }

    /// The members of an object; a fault for each that is not among those `known`.
    pub(crate) fn members<'v>(&mut self, value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(members) = value.as_object() else {
            self.add(format!("is {}, and is an object with {}", kind(value), listed(known)));
            return None;
        };
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            self.member(name, |faults| faults.add(format!("is not known here: write {}", listed(known))));
        }
        Some(members)
    }

    /// The fault of reading: what was read counts only without any.
    pub(crate) fn into_found(self) -> Vec<Fault> {
        self.found
    }
}

/// What a value is, in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// `a`, `b` or `c`
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}
