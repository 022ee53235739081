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
    /// There is no such subscription.
    #[error("there is no such subscription")]
    SubscriptionUnknown,
    /// It is no name.
    #[error("a name of a subscription or a channel has 1 to 256 bytes")]
    NotAName,
    /// It names nothing, or too much.
    #[error(
        "a subscription names 1 to 1000 kinds, 1 to 600 messages a minute, a filter of at most 8192 bytes, and escalates within 30 days"
    )]
    NotASubscription,
    /// There are as many as may be.
    #[error("there are as many subscriptions as there may be")]
    TooManySubscriptions,
    /// What it would tell of was told, is not there, or is of another channel.
    #[error("a message tells of what its subscription has not told of")]
    ToldAlready,
    /// As many wait as may.
    #[error("as many messages wait as there may be")]
    TooManyMessages,
    /// There is no such message, or it was taken.
    #[error("there is no message {message}, or it was taken")]
    MessageUnknown {
        /// Sequence of the record that would have made it.
        message: u64,
    },
    /// It is tried by itself.
    #[error("message {message} was not given up: it is sent by itself")]
    NotGivenUp {
        /// Sequence of the record that made it.
        message: u64,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
