//! The form in which rules are written, and all that can be wrong with it.
//!
//! ```text
//! [[rule]]
//! id = "drops-tables"
//! reason = "drops or empties tables of a database"
//! pattern = '(?i)\b(drop|truncate)\s+table\b'
//! looks_at = ["command", "input"]
//! holds = ["psql -c 'DROP TABLE users'"]
//! passes = ["psql -c 'SELECT 1'"]
//! ```

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::limits;
use crate::step::Part;

/// A document as it is written. Unknown fields are refused, so that a misspelt one is not silently without effect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default, rename = "rule")]
    rules: Vec<Written>,
}

/// One rule as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) id: String,
    /// Why it holds, for whoever reviews.
    pub(crate) reason: String,
    pub(crate) pattern: String,
    #[serde(default = "everything")]
    pub(crate) looks_at: Vec<Part>,
    /// Texts that the pattern matches.
    pub(crate) holds: Vec<String>,
    /// Texts that it does not match.
    pub(crate) passes: Vec<String>,
}

fn everything() -> Vec<Part> {
    Part::ALL.to_vec()
}

/// What is wrong with a document of rules, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{field}: {problem}; {fix}", rule.as_ref().map(|rule| format!("rule {rule}, ")).unwrap_or_default())]
pub struct Fault {
    /// The id of the rule, or its place from 1 (`#3`) when the id is what is wrong; none for the document itself.
    pub rule: Option<String>,
    /// The field that is wrong.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub fix: String,
}

pub(crate) fn whole(field: &'static str, problem: impl Into<String>, fix: impl Into<String>) -> Fault {
    Fault { rule: None, field, problem: problem.into(), fix: fix.into() }
}

/// A fault of one field of one rule.
pub(crate) fn fault(
    rule: &Written,
    field: &'static str,
    problem: impl Into<String>,
    fix: impl Into<String>,
) -> Fault {
    Fault { rule: Some(rule.id.clone()), field, problem: problem.into(), fix: fix.into() }
}

/// Reads a document. Whether patterns compile and match their examples is looked at afterwards.
pub(crate) fn read(text: &str) -> Result<Vec<Written>, Fault> {
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let fix = format!("at most {} are taken", limits::DOCUMENT_BYTES_MAX);
        return Err(whole("document", format!("has {} bytes", text.len()), fix));
    }
    let Document { rules } = toml::from_str(text).map_err(|error| {
        let problem = error.to_string().trim_end().replace('\n', " / ");
        whole("document", problem, "see docs/moderation.md for the fields of a rule")
    })?;
    if rules.is_empty() {
        return Err(whole("rule", "there is none", "write one, or remove the rules: then nothing is held"));
    }
    if rules.len() > limits::RULES_MAX {
        let fix = format!("at most {} are taken", limits::RULES_MAX);
        return Err(whole("rule", format!("there are {}", rules.len()), fix));
    }
    let mut ids = BTreeSet::new();
    for (rule, place) in rules.iter().zip(1..) {
        check_id(place, rule)?;
        if !ids.insert(&rule.id) {
            return Err(fault(rule, "id", "is that of an earlier rule", "give every rule an id of its own"));
        }
        check(rule)?;
    }
    Ok(rules)
}

fn check_id(place: usize, rule: &Written) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let begins = rule.id.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if begins && rule.id.len() <= limits::ID_BYTES_MAX && rule.id.bytes().all(allowed) {
        return Ok(());
    }
    Err(Fault {
        rule: Some(format!("#{place}")),
        field: "id",
        problem: format!("{:?} is no id", rule.id.chars().take(limits::ID_BYTES_MAX).collect::<String>()),
        fix: format!("begin with a letter; a-z, 0-9, '.', '_', '-', at most {} bytes", limits::ID_BYTES_MAX),
    })
}

fn check(rule: &Written) -> Result<(), Fault> {
    let bounded = [
        ("reason", &rule.reason, limits::REASON_BYTES_MAX),
        ("pattern", &rule.pattern, limits::PATTERN_BYTES_MAX),
    ];
    for (field, text, most) in bounded {
        if text.trim().is_empty() || text.len() > most {
            return Err(fault(
                rule,
                field,
                format!("has {} bytes", text.len()),
                format!("1 to {most} bytes"),
            ));
        }
    }
    if rule.reason.chars().any(char::is_control) {
        return Err(fault(rule, "reason", "has control characters", "write one line of text"));
    }
    if rule.looks_at.is_empty() {
        let fix = "name command, environment or input, or leave it out: then it looks at all of them";
        return Err(fault(rule, "looks_at", "is empty", fix));
    }
    for (field, examples) in [("holds", &rule.holds), ("passes", &rule.passes)] {
        if examples.is_empty() || examples.len() > limits::EXAMPLES_MAX {
            let fix = format!("give 1 to {}", limits::EXAMPLES_MAX);
            return Err(fault(rule, field, format!("has {} texts", examples.len()), fix));
        }
        if examples.iter().any(|example| example.len() > limits::EXAMPLE_BYTES_MAX) {
            let fix = format!("at most {} bytes each", limits::EXAMPLE_BYTES_MAX);
            return Err(fault(rule, field, "one is too long", fix));
        }
    }
    Ok(())
}
