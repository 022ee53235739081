//! What economics decides in its turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::choices;

/// What economics decides in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// What the process of an attempt used is charged. It is named by the sequence of its request.
    Charge { workflow: WorkflowId, request: u64 },
    /// A budget holds a task back, and nobody was told so of that budget.
    Hold { workflow: WorkflowId, task: u32 },
    /// A budget is used up or holds somebody back, and nobody was told.
    Exhaust { budget: u64 },
}

choices! {
    Reaction { 0 Charge { workflow, request }, 1 Hold { workflow, task }, 2 Exhaust { budget } }
}

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Charge { workflow, .. } | Self::Hold { workflow, .. } => Some((*workflow).into()),
            Self::Exhaust { .. } => None,
        }
    }
}
