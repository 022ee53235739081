//! Why a shell ends.

use triad_event::ids::StreamId;

/// Why a shell can go on no longer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShellError {
    /// A commit failed or its fate is unknown.
    #[error("the log could not be written ({0}): restart to find out what is durable")]
    Commit(String),
    /// The core panicked; this is to be noted beside the log.
    #[error(
        "the core panicked on an input of stream {stream} ({input}); a second time sets that stream aside"
    )]
    Panicked {
        /// The stream.
        stream: StreamId,
        /// The kind of input.
        input: String,
    },
}
