//! An attempt as the book has it.

use triad_event::execution::Phase;
use triad_event::ids::{AttemptKey, StreamId};
use triad_event::quantity::{Micros, Millis};

/// An attempt that is not over.
#[derive(Debug)]
pub(crate) struct AttemptLine {
    pub(crate) stream: StreamId,
    pub(crate) task: u32,
    pub(crate) attempt: u32,
    pub(crate) key: AttemptKey,
    pub(super) phase: Phase,
    /// When its process began to run last, in the time that has passed for the log.
    pub(super) runs_since: Option<Micros>,
    pub(super) timeout: Option<Millis>,
}
