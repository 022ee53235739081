//! How often a task is tried.

use serde::Serialize;
use std::collections::BTreeSet;

/// How often a task is tried, after which ends of an attempt, and how long between two tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use = "hand it to `Task::retry`"]
pub struct Retry {
    pub(crate) attempts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_ms: Option<u64>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) causes: BTreeSet<Cause>,
}

impl Retry {
    /// How many attempts it has in all, the first one counted: 1 to 100.
    pub const fn attempts(attempts: u64) -> Self {
        Self { attempts, base_ms: None, max_ms: None, causes: BTreeSet::new() }
    }

    /// Base of the delay before a retry, in milliseconds: 1 to 3,600,000. Without this the server's own.
    pub const fn base_ms(mut self, base_ms: u64) -> Self {
        self.base_ms = Some(base_ms);
        self
    }

    /// The longest delay before a retry, in milliseconds: 1 to 86,400,000. Without this the server's own.
    pub const fn max_ms(mut self, max_ms: u64) -> Self {
        self.max_ms = Some(max_ms);
        self
    }

    /// After which ends it is tried again, beside those that were named before. Without this after each of them.
    pub fn causes(mut self, causes: impl IntoIterator<Item = Cause>) -> Self {
        self.causes.extend(causes);
        self
    }
}

/// An end of an attempt after which a task can be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// The process ended with another code than 0.
    Exited,
    /// A signal of the operating system ended it.
    Signalled,
    /// It took longer than `timeout_seconds`.
    TimedOut,
    /// It could not be started.
    NotStarted,
    /// The server stopped while it ran.
    Lost,
    /// It used more memory than it had.
    OutOfMemory,
    /// What it takes could not be read.
    InputUnavailable,
    /// It ended as intended, and its output is not what its task wants.
    Unverified,
}

impl Cause {
    /// Each of them.
    pub const ALL: [Self; 8] = [
        Self::Exited,
        Self::Signalled,
        Self::TimedOut,
        Self::NotStarted,
        Self::Lost,
        Self::OutOfMemory,
        Self::InputUnavailable,
        Self::Unverified,
    ];
}
