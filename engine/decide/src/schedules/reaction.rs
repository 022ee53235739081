//! What schedules decide in their turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::structs;

/// A run ended that a schedule follows: it names a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) schedule: StreamId,
    pub(crate) workflow: WorkflowId,
}

structs! {
    Reaction { schedule, workflow }
}

impl Reaction {
    /// The stream that it concerns.
    pub(crate) fn stream(&self) -> Option<StreamId> {
        Some(self.schedule)
    }
}
