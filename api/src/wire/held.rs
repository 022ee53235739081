//! Steps that rules of moderation hold, as JSON.

use super::words::{Word, words};
use crate::output::hex;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::execution::{HeldBy, StepPart};

/// Why a step was held.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Held {
    /// The rule of moderation.
    rule: String,
    /// What it found it in.
    part: Word<StepPart>,
    /// What the rules were.
    rules_digest: String,
}

words! {
    StepPart as StepPart:
    Command = "COMMAND",
    Environment = "ENVIRONMENT",
    Input = "INPUT",
}

impl Held {
    pub(crate) fn of(held: &HeldBy) -> Self {
        let HeldBy { rule, rules_digest, part } = held;
        Self { rule: rule.clone(), part: Word(*part), rules_digest: hex(rules_digest) }
    }
}
