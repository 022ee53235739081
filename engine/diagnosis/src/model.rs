//! The door through which the answer of a model comes: a closed form, held against the output. No model is asked here.

use serde::Deserialize;

use crate::class::Class;
use crate::clean::Cleaned;
use crate::diagnose::cut;
use crate::diagnosis::{Candidate, Diagnosis, Evidence, Origin, Stream};
use crate::facts::Facts;
use crate::limits;
use crate::tail::last;

/// The rule that stands beside what a model said.
pub const MODEL_RULE: &str = "model";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    class: String,
    evidence: String,
    confidence_pm: u32,
}

/// Why the answer of a model is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotTaken {
    /// It is longer than any answer of the form.
    #[error("the answer has {bytes} bytes, at most {} are read", limits::MODEL_BYTES_MAX)]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// It is not one object with `class`, `evidence` and `confidence_pm`, and nothing else.
    #[error("the answer is not of the form: {problem}")]
    Form {
        /// What the parser says.
        problem: String,
    },
    /// The class is none of the closed set.
    #[error("{class:?} is no class")]
    Class {
        /// What it says, cut.
        class: String,
    },
    /// The confidence is beyond what a model may say, or 0 for a class, or not 0 for `unknown`.
    #[error(
        "the confidence {confidence_pm} is not within 1 and {}, or 0 for unknown",
        limits::MODEL_CONFIDENCE_PM_MAX
    )]
    Confidence {
        /// What it says.
        confidence_pm: u32,
    },
    /// The evidence is no line of either output, word for word.
    #[error("the evidence is no line of the output")]
    Evidence,
}

impl Diagnosis {
    /// Takes what a model says of `facts`: `{"class": "dns", "evidence": "a whole line", "confidence_pm": 700}`.
    ///
    /// The evidence must be a line of either output as it is seen ([`Cleaned`]), whole, blanks around it aside. For
    /// `unknown` it is empty and the confidence 0. A confidence below the threshold of rules is an answer too, whose class is
    /// unknown and whose cause stands among the others.
    ///
    /// # Errors
    ///
    /// [`NotTaken`] says why it is none.
    pub fn from_model(answer: &[u8], facts: &Facts) -> Result<Diagnosis, NotTaken> {
        if answer.len() > limits::MODEL_BYTES_MAX {
            return Err(NotTaken::TooLong { bytes: answer.len() });
        }
        let form = |error: serde_json::Error| NotTaken::Form { problem: error.to_string() };
        let answer: Answer = serde_json::from_slice(answer).map_err(form)?;
        let class = Class::parse(&answer.class)
            .ok_or_else(|| NotTaken::Class { class: answer.class.chars().take(40).collect() })?;
        let confidence_pm = answer.confidence_pm;
        let unknown = class == Class::Unknown;
        if confidence_pm > limits::MODEL_CONFIDENCE_PM_MAX || unknown != (confidence_pm == 0) {
            return Err(NotTaken::Confidence { confidence_pm });
        }
        if unknown {
            let silent =
                answer.evidence.is_empty().then_some(model_says(Class::Unknown, 0, None, Vec::new()));
            return silent.ok_or(NotTaken::Evidence);
        }
        let evidence = find_line(facts, answer.evidence.trim()).ok_or(NotTaken::Evidence)?;
        let cause = Candidate {
            class,
            confidence_pm,
            rule: MODEL_RULE.to_owned(),
            evidence: Some(evidence),
            subjects: Vec::new(),
        };
        if confidence_pm < limits::THRESHOLD_PM {
            return Ok(model_says(Class::Unknown, 0, None, vec![cause]));
        }
        Ok(model_says(class, confidence_pm, Some(cause), Vec::new()))
    }
}

fn model_says(
    class: Class,
    confidence_pm: u32,
    cause: Option<Candidate>,
    others: Vec<Candidate>,
) -> Diagnosis {
    Diagnosis { class, confidence_pm, cause, others, origin: Origin::Model }
}

/// The last line that reads so.
fn find_line(facts: &Facts, wanted: &str) -> Option<Evidence> {
    let outputs = [(Stream::Stderr, facts.stderr), (Stream::Stdout, facts.stdout)];
    outputs.into_iter().find_map(|(stream, bytes)| {
        let tail = last(bytes);
        let before = bytes.len() - tail.len();
        let cleaned = Cleaned::of(tail);
        let same = |index: &usize| !wanted.is_empty() && cleaned.line(*index).trim() == wanted;
        let index = (0..cleaned.lines.len()).rev().find(same)?;
        let line = &cleaned.lines[index];
        let bytes = line.raw.start + before..line.raw.end + before;
        Some(Evidence { stream, line: cut(cleaned.line(index), 0, 0), bytes, times: line.times })
    })
}
