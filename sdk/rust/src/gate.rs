//! Work that no machine does: to wait for time, for a signal, or for people.

use serde::Serialize;

use crate::task::Task;

/// Waits until a span of time has passed, whatever happens to the server meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wait {
    #[serde(rename = "wait")]
    pub(crate) seconds: u64,
}

/// Waits for a signal. What comes with it is the output of the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signal {
    pub(crate) signal: SignalGate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SignalGate {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_seconds: Option<u64>,
}

/// Waits until people approve. One who declines ends it as failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    pub(crate) approval: ApprovalGate,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ApprovalGate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) needed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl Task<Wait> {
    /// A task that waits so many seconds: 1 to 31,622,400, which is a year and a day. Ids are 1 to 64 characters of `a-z`,
    /// `0-9`, `_` and `-`.
    pub fn wait(id: impl Into<String>, seconds: u64) -> Self {
        Self::doing(id, Wait { seconds })
    }
}

impl Task<Signal> {
    /// A task that waits for the signal of that name, as `triad workflow signal` sends it. Ids and names of signals are 1 to
    /// 64 characters of `a-z`, `0-9`, `_` and `-`.
    pub fn signal(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self::doing(id, Signal { signal: SignalGate { name: name.into(), expires_seconds: None } })
    }

    /// After so many seconds without the signal the task fails: 1 to 31,622,400. Without this it waits for ever.
    pub fn expires_seconds(mut self, seconds: u64) -> Self {
        self.work.signal.expires_seconds = Some(seconds);
        self
    }
}

impl Task<Approval> {
    /// A task that waits until people approve, as by `triad approval approve`. Ids are 1 to 64 characters of `a-z`, `0-9`, `_`
    /// and `-`.
    pub fn approval(id: impl Into<String>) -> Self {
        Self::doing(id, Approval { approval: ApprovalGate::default() })
    }

    /// The roles whose holders may approve: 1 to 64 of them, each 1 to 64 characters of `a-z`, `0-9`, `_` and `-`. Without this
    /// `approver`. Whoever submitted the workflow never approves.
    pub fn roles(mut self, roles: impl IntoIterator<Item: Into<String>>) -> Self {
        self.work.approval.roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// How many have to approve: 1 to 16. Without this one.
    pub fn needed(mut self, people: u64) -> Self {
        self.work.approval.needed = Some(people);
        self
    }

    /// What they are asked: at most 64 KiB.
    pub fn message(mut self, text: impl Into<String>) -> Self {
        self.work.approval.message = Some(text.into());
        self
    }

    /// After so many seconds without them the task fails: 1 to 31,622,400. Without this it waits for ever.
    pub fn expires_seconds(mut self, seconds: u64) -> Self {
        self.work.approval.expires_seconds = Some(seconds);
        self
    }
}
