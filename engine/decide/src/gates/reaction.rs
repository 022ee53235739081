//! What gates decide in their turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::choices;

/// What gates decide in their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A task on which nothing stands in the way begins to wait.
    Open { workflow: WorkflowId, task: u32 },
    /// What a task waited for is there.
    Close { workflow: WorkflowId, task: u32 },
}

choices! { Reaction { 0 Open { workflow, task }, 1 Close { workflow, task } } }

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Open { workflow, .. } | Self::Close { workflow, .. } => Some((*workflow).into()),
        }
    }
}
