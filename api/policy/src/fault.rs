//! Why a text of policies is refused, and where in it.

use miette::Diagnostic;
use std::fmt;

/// One fault of a text of policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The id of the policy that it is in, if it has one.
    pub policy: Option<String>,
    /// What is wrong, and perhaps what to do.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, policy, message } = self;
        match policy {
            Some(policy) => write!(formatter, "{line}:{column}: policy {policy}: {message}"),
            None => write!(formatter, "{line}:{column}: {message}"),
        }
    }
}

impl Fault {
    /// A fault at this byte of the text.
    pub(crate) fn at(text: &str, offset: usize, policy: Option<String>, message: String) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
            policy,
            message,
        }
    }

    /// What Cedar found in the policy of an id, where Cedar says; where it says nothing, at `otherwise`.
    pub(crate) fn found(
        text: &str,
        found: &dyn Diagnostic,
        policy: Option<String>,
        otherwise: usize,
    ) -> Self {
        let offset = found.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        let message = match found.help() {
            Some(help) => format!("{found}; {help}"),
            None => found.to_string(),
        };
        Self::at(text, offset.unwrap_or(otherwise), policy, without_id(message))
    }
}

/// Cedar begins with "for policy `…`, ", which the fault says in its own way. No id that is given here has a
/// quote in it.
fn without_id(message: String) -> String {
    match message.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, ")) {
        Some((_, rest)) => rest.to_owned(),
        None => message,
    }
}
