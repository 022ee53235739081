//! What bulk actions may know of the rest of the world.

use super::state::State;
use crate::ports::streams::Streams;

/// What bulk actions may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// The streams that are open.
    pub(crate) streams: &'a Streams,
    /// Sequence of the record that comes next.
    pub(crate) next_sequence: u64,
}
