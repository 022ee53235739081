//! What came of a verification.

use crate::check::Kind;
use crate::words::clean;
use serde::{Deserialize, Serialize};

/// What came of a verification. The same output, exit code and ends of commands give the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check was carried out, or its own limit ended it.
    Checked {
        /// How many checks there are.
        checks: u32,
        /// Those that do not hold, in the order in which they are written. Empty when the output is as wanted.
        failures: Vec<Failure>,
        /// What components used in all.
        fuel_used: u64,
    },
    /// A limit of the process ended the whole: how many hold is not known, and none counts as such.
    TooMuch {
        /// How many checks there are.
        checks: u32,
        /// Which limit, in words of ours.
        reason: String,
    },
}

/// A check that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Which one of the verification, from 0.
    pub check: u32,
    /// What kind of check that is.
    pub kind: Kind,
    /// Whose fault it is.
    pub cause: Cause,
    /// In words of ours, at most [`REASON_CHARACTERS_MAX`](crate::limits::REASON_CHARACTERS_MAX) characters, none of them a
    /// control character. It names places, sizes and what is written in the verification, never a value of the output.
    pub reason: String,
    /// What a component or a command said itself, as long and as clean. It may repeat the output, so it is content.
    pub said: Option<String>,
}

/// Why a check does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The output is not what the check wants.
    Differs,
    /// It would take more than is allowed, of this check or of its output.
    TooMuch,
    /// The check failed itself: a component that traps, a command that could not be started.
    Broken,
}

impl Verdict {
    /// Whether every check holds. Success counts only then.
    pub fn holds(&self) -> bool {
        self.held() == self.checks()
    }

    /// How many checks there are. At least one.
    pub fn checks(&self) -> u32 {
        match self {
            Self::Checked { checks, .. } | Self::TooMuch { checks, .. } => *checks,
        }
    }

    /// How many of them hold: over [`Verdict::checks`] that is the verified share.
    pub fn held(&self) -> u32 {
        match self {
            Self::Checked { checks, failures, .. } => {
                checks.saturating_sub(u32::try_from(failures.len()).unwrap_or(u32::MAX))
            }
            Self::TooMuch { .. } => 0,
        }
    }

    pub(crate) fn too_much(checks: u32, reason: &str) -> Self {
        Self::TooMuch { checks, reason: clean(reason) }
    }
}

/// Why a check does not hold, before anybody knows which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) cause: Cause,
    pub(crate) reason: String,
    pub(crate) said: Option<String>,
}

impl Lack {
    pub(crate) fn differs(reason: impl AsRef<str>) -> Self {
        Self { cause: Cause::Differs, reason: clean(reason.as_ref()), said: None }
    }

    pub(crate) fn too_much(reason: impl AsRef<str>) -> Self {
        Self { cause: Cause::TooMuch, reason: clean(reason.as_ref()), said: None }
    }

    pub(crate) fn broken(reason: impl AsRef<str>) -> Self {
        Self { cause: Cause::Broken, reason: clean(reason.as_ref()), said: None }
    }

    pub(crate) fn saying(self, said: &str) -> Self {
        let said = clean(said.trim());
        Self { said: (!said.is_empty()).then_some(said), ..self }
    }

    pub(crate) fn of(self, check: u32, kind: Kind) -> Failure {
        let Self { cause, reason, said } = self;
        Failure { check, kind, cause, reason, said }
    }
}
