//! What economics decides in its turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::structs;

structs! { Reaction { workflow, request } }

/// What the process of an attempt used is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) workflow: WorkflowId,
    /// Sequence of the request of the attempt.
    pub(crate) request: u64,
}

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        Some(self.workflow.into())
    }
}
