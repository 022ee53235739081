//! What evaluations decide in their turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::structs;

structs! { Reaction { workflow, task } }

/// The expressions of a task are to be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) workflow: WorkflowId,
    pub(crate) task: u32,
}

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        Some(self.workflow.into())
    }
}
