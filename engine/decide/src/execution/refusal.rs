//! Why execution says no.

use thiserror::Error;

/// Why execution says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The attempt is over: it ended, was given up, or its workflow has ended. What comes of it now changes
    /// nothing.
    #[error("attempt {request} is over")]
    AttemptOver {
        /// Sequence of its request.
        request: u64,
    },
    /// There is no such record yet.
    #[error("there is no attempt {request}")]
    AttemptUnknown {
        /// The sequence that was named.
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
    /// More output than is kept.
    #[error("at most {max} bytes of each output are kept")]
    OutputTooLarge {
        /// The limit.
        max: usize,
    },
}
