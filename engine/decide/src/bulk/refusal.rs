//! Why bulk actions say no.

use thiserror::Error;
use triad_event::ids::StreamId;

use crate::limits::{BULK_FILTER_BYTES_MAX, BULK_OPEN_MAX, BULK_PAGE_MAX, ReasonTooLong};

/// Why bulk actions say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such action, or it has ended.
    #[error("bulk action {action} is not under way")]
    ActionUnknown {
        /// The action.
        action: StreamId,
    },
    /// The id is that of something else.
    #[error("{stream} is the id of something else")]
    StreamTaken {
        /// The id.
        stream: StreamId,
    },
    /// As many are under way as may be.
    #[error("{BULK_OPEN_MAX} bulk actions are under way, which is as many as may be")]
    TooManyOpen,
    /// The filter is too long.
    #[error("the filter of a bulk action has at most {BULK_FILTER_BYTES_MAX} bytes")]
    FilterTooLong,
    /// It is to be about workflows that are not there yet.
    #[error("sequence {through} is not recorded yet")]
    NotYetRecorded {
        /// The sequence that was named.
        through: u64,
    },
    /// Another page is under way, all were listed, or this one is not the next.
    #[error("that page is not the next")]
    PageOutOfTurn,
    /// It is empty or too long.
    #[error("a page has 1 to {BULK_PAGE_MAX} workflows")]
    PageLength,
    /// Its results are those of other workflows.
    #[error("a page ends with the workflows that it was listed with")]
    OtherWorkflows,
    /// Somebody has asked for that before.
    #[error("it is stopping already")]
    AlreadyStopping,
    /// Nobody has asked for that.
    #[error("nobody asked it to stop")]
    NotStopped,
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
