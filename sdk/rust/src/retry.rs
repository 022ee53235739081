//! How often a task is tried.

use serde::Serialize;

/// How often a task is tried, and how long between two tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[must_use = "hand it to `Task::retry`"]
pub struct Retry {
    pub(crate) attempts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_ms: Option<u64>,
}

impl Retry {
    /// How many attempts it has in all, the first one counted: 1 to 100.
    pub const fn attempts(attempts: u64) -> Self {
        Self { attempts, base_ms: None }
    }

    /// Base of the delay before a retry, in milliseconds: 1 to 3,600,000. Without this the server's own.
    pub const fn base_ms(mut self, base_ms: u64) -> Self {
        self.base_ms = Some(base_ms);
        self
    }
}
