//! What intake decides in its turn.

use triad_event::ids::WorkflowId;

use crate::image::structs;

/// A complete definition becomes a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accept {
    pub(crate) workflow: WorkflowId,
}

structs! { Accept { workflow } }
