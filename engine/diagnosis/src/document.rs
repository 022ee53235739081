//! The form in which rules are written, and all that can be wrong with it.
//!
//! ```text
//! version = 1
//!
//! [[rule]]
//! id = "dns.resolve"
//! class = "dns"
//! confidence = 900
//! phrases = ["could not resolve host"]
//! pattern = 'could not resolve host:? (?<host>[^\s;]+)'
//! matches = ["curl: (6) Could not resolve host: nowhere.example"]
//! differs = ["Could not resolve hostility"]
//! ```

use serde::Deserialize;

use crate::class::Class;
use crate::limits;

/// A document as it is written. Unknown fields are refused, so that a misspelt one is not silently without effect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) version: u32,
    #[serde(default, rename = "rule")]
    pub(crate) rules: Vec<Written>,
}

/// One rule as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) class: Class,
    pub(crate) confidence: u32,
    /// Any of them must stand in the line, letters of ASCII in either case.
    #[serde(default)]
    pub(crate) phrases: Vec<String>,
    /// Must be found in the line too. Its named groups are subjects.
    pub(crate) pattern: Option<String>,
    /// Must not be found in the line.
    pub(crate) unless: Option<String>,
    /// Must be found in one of the lines above, as many as [`limits::ABOVE_LINES_MAX`].
    pub(crate) above: Option<String>,
    /// Where something of one of these classes is said too, the rule's is only the general word for it.
    #[serde(default)]
    pub(crate) yields: Vec<Class>,
    /// Any of them is the program's name.
    #[serde(default)]
    pub(crate) program: Vec<String>,
    /// Any of them is the exit code.
    #[serde(default)]
    pub(crate) exit: Vec<i32>,
    /// Any of them is the signal's number.
    #[serde(default)]
    pub(crate) signal: Vec<i32>,
    pub(crate) timed_out: Option<bool>,
    pub(crate) memory_limit_hit: Option<bool>,
    pub(crate) ran_ms_min: Option<u64>,
    #[serde(default)]
    pub(crate) matches: Vec<String>,
    #[serde(default)]
    pub(crate) differs: Vec<String>,
}

impl Written {
    /// Says something of the end of an attempt, whatever it wrote.
    pub(crate) fn is_about_the_end(&self) -> bool {
        self.phrases.is_empty()
    }

    fn asks_for_the_end(&self) -> bool {
        let flags = self.timed_out.is_some() || self.memory_limit_hit.is_some();
        flags || !self.exit.is_empty() || !self.signal.is_empty()
    }
}

/// What is wrong with a document of rules, where, and what to do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
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

/// Reads a document. Patterns and examples are looked at when it is compiled.
pub(crate) fn read(text: &str) -> Result<Document, Fault> {
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let problem = format!("has {} bytes", text.len());
        return Err(whole("document", problem, format!("at most {} are taken", limits::DOCUMENT_BYTES_MAX)));
    }
    let document: Document = toml::from_str(text).map_err(|error| {
        let problem = error.to_string().trim_end().replace('\n', " / ");
        whole("document", problem, "see docs/diagnosis.md for the fields of a rule".to_owned())
    })?;
    if document.version == 0 {
        return Err(whole("version", "is 0".to_owned(), "number versions from 1".to_owned()));
    }
    if document.rules.len() > limits::RULES_MAX {
        let problem = format!("there are {}", document.rules.len());
        return Err(whole("rule", problem, format!("at most {} are taken", limits::RULES_MAX)));
    }
    for (index, rule) in document.rules.iter().enumerate() {
        check_id(index, rule)?;
        check_sizes(rule)?;
    }
    Ok(document)
}

fn whole(field: &'static str, problem: String, fix: String) -> Fault {
    Fault { rule: None, field, problem, fix }
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

fn check_id(index: usize, rule: &Written) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let begins = rule.id.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if begins && rule.id.len() <= limits::ID_BYTES_MAX && rule.id.bytes().all(allowed) {
        return Ok(());
    }
    Err(Fault {
        rule: Some(format!("#{}", index + 1)),
        field: "id",
        problem: format!("{:?} is no id", rule.id.chars().take(limits::ID_BYTES_MAX).collect::<String>()),
        fix: format!("begin with a letter; a-z, 0-9, '.', '_', '-', at most {} bytes", limits::ID_BYTES_MAX),
    })
}

fn check_sizes(rule: &Written) -> Result<(), Fault> {
    if rule.class == Class::Unknown {
        return Err(fault(
            rule,
            "class",
            "is unknown",
            "a rule says a class; without one there is no answer",
        ));
    }
    if rule.confidence == 0 || rule.confidence > limits::CONFIDENCE_PM_MAX {
        let problem = format!("is {}", rule.confidence);
        return Err(fault(rule, "confidence", problem, format!("1 to {}", limits::CONFIDENCE_PM_MAX)));
    }
    check_phrases(rule)?;
    let patterns = [("pattern", &rule.pattern), ("unless", &rule.unless), ("above", &rule.above)];
    for (field, pattern) in patterns {
        let Some(pattern) = pattern else { continue };
        if pattern.is_empty() || pattern.len() > limits::PATTERN_BYTES_MAX {
            let fix = format!("1 to {} bytes", limits::PATTERN_BYTES_MAX);
            return Err(fault(rule, field, format!("has {} bytes", pattern.len()), fix));
        }
        if rule.is_about_the_end() {
            return Err(fault(
                rule,
                field,
                "has no phrases beside it",
                "give phrases that it is looked for with",
            ));
        }
    }
    if rule.is_about_the_end() && !rule.asks_for_the_end() {
        let fix = "give phrases, or exit, signal, timed_out or memory_limit_hit";
        return Err(fault(rule, "phrases", "there are none", fix));
    }
    check_examples(rule)
}

fn check_phrases(rule: &Written) -> Result<(), Fault> {
    if rule.phrases.len() > limits::PHRASES_MAX {
        let problem = format!("there are {}", rule.phrases.len());
        return Err(fault(rule, "phrases", problem, format!("at most {} are taken", limits::PHRASES_MAX)));
    }
    for phrase in &rule.phrases {
        let fits = (limits::PHRASE_BYTES_MIN..=limits::PHRASE_BYTES_MAX).contains(&phrase.len());
        if !fits || phrase.trim().len() < limits::PHRASE_BYTES_MIN || phrase.contains('\n') {
            let problem = format!("{:?} is no phrase", phrase.chars().take(40).collect::<String>());
            let (min, max) = (limits::PHRASE_BYTES_MIN, limits::PHRASE_BYTES_MAX);
            return Err(fault(rule, "phrases", problem, format!("{min} to {max} bytes of one line")));
        }
    }
    Ok(())
}

fn check_examples(rule: &Written) -> Result<(), Fault> {
    for (field, examples) in [("matches", &rule.matches), ("differs", &rule.differs)] {
        if examples.len() > limits::EXAMPLES_MAX {
            let problem = format!("there are {}", examples.len());
            return Err(fault(rule, field, problem, format!("at most {} are taken", limits::EXAMPLES_MAX)));
        }
        if examples.iter().any(|example| example.len() > limits::EXAMPLE_BYTES_MAX) {
            let fix = format!("at most {} bytes each", limits::EXAMPLE_BYTES_MAX);
            return Err(fault(rule, field, "one is too long", fix));
        }
    }
    if !rule.is_about_the_end() && (rule.matches.is_empty() || rule.differs.is_empty()) {
        let field = if rule.matches.is_empty() { "matches" } else { "differs" };
        return Err(fault(
            rule,
            field,
            "there is none",
            "give at least one line that matches, and one that does not",
        ));
    }
    Ok(())
}
