//! Why execution says no.

use thiserror::Error;

/// Why execution says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The request is one of something else.
    #[error("record {request} does not request an attempt")]
    NotAnAttempt {
        /// Sequence of the request.
        request: u64,
    },
    /// The attempt is one of another task.
    #[error("attempt {request} is one of task {expected}, not of task {given}")]
    OtherTask {
        /// Sequence of its request.
        request: u64,
        /// Its task.
        expected: u32,
        /// The task that was named.
        given: u32,
    },
    /// Nobody performs the attempt: it waits for the engine to be resumed, or was cut off too often.
    #[error("attempt {request} is not performed now")]
    NotPerformed {
        /// Sequence of its request.
        request: u64,
    },
    /// More output than is kept.
    #[error("at most {max} bytes of each output are kept")]
    OutputTooLarge {
        /// The limit.
        max: usize,
    },
}
