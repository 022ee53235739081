//! What intake decides in its turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::structs;

/// A complete definition becomes a workflow: the only thing that intake decides in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) accepts: WorkflowId,
}

structs! { Reaction { accepts } }

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        Some(self.accepts.into())
    }
}
