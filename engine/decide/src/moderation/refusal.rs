//! Why moderation says no.

use thiserror::Error;

use crate::limits::{MODERATION_BYTES_MAX, ReasonTooLong};

/// Why moderation says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The document of the rules is too long.
    #[error("rules of moderation have at most {MODERATION_BYTES_MAX} bytes")]
    RulesTooLong,
    /// There are none that could be removed.
    #[error("no rules of moderation are set")]
    NoRules,
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
