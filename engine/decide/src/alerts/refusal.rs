//! Why alerts say no.

use thiserror::Error;
use triad_event::ids::StreamId;

use crate::limits::ReasonTooLong;

/// Why alerts say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such alert, or its condition stands no longer.
    #[error("alert {alert} is not open")]
    AlertUnknown {
        /// The alert.
        alert: StreamId,
    },
    /// Somebody has seen it before.
    #[error("the alert is acknowledged already")]
    AlreadyAcknowledged,
    /// The condition is known, and stands.
    #[error("the condition stands already")]
    ConditionStands,
    /// There is no such condition.
    #[error("the condition does not stand")]
    NoCondition,
    /// The request is one of something else.
    #[error("record {request} does not request a delivery")]
    NotADelivery {
        /// Sequence of the request.
        request: u64,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
