//! Why a record cannot follow those before it.

use thiserror::Error;
use triad_event::quantity::Micros;

/// A record that cannot follow those before it. The log was not written by this core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("record {sequence} cannot follow those before it: {error}")]
pub struct Illegal {
    /// The record.
    pub sequence: u64,
    /// Why.
    pub error: FoldError,
}

/// Why a record cannot follow those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FoldError {
    /// Its sequence.
    #[error("its sequence should be {expected}")]
    Sequence {
        /// The sequence that comes next.
        expected: u64,
    },
    /// Its group.
    #[error("its group should be {expected} or its own sequence")]
    Group {
        /// The group of the record before.
        expected: u64,
    },
    /// Its time.
    #[error("it is earlier than {earliest}")]
    Time {
        /// The time of the record before.
        earliest: Micros,
    },
    /// What had passed for the log.
    #[error("less had passed than {least}")]
    Elapsed {
        /// What had passed at the record before.
        least: Micros,
    },
    /// Its ordinal in the stream.
    #[error("its ordinal should be {expected}")]
    Ordinal {
        /// The ordinal that comes next.
        expected: u64,
    },
    /// Its kind has no place in that stream.
    #[error("it belongs to another stream")]
    Stream,
    /// Its stream is not open, and it does not open one.
    #[error("its stream is not open")]
    StreamUnknown,
    /// The grammar forbids it.
    #[error("the grammar forbids it")]
    Grammar,
    /// It names a workflow that is not alive.
    #[error("its workflow is not alive")]
    UnknownWorkflow,
    /// It names a task that does not exist.
    #[error("its task does not exist")]
    UnknownTask,
    /// It names an attempt that does not run.
    #[error("its attempt does not run")]
    UnknownAttempt,
    /// It ends an erasure that is not under way.
    #[error("its erasure is not under way")]
    UnknownErasure,
    /// It names another data subject than the records before it, or one whose content is accepted no more.
    #[error("nothing can be accepted for its data subject")]
    Subject,
}
