//! What healing decides in its turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::choices;

/// What healing decides in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A fix that somebody approved is applied, if it still may be.
    Apply { workflow: WorkflowId, task: u32 },
    /// A task whose fix somebody declined is healed no more.
    GiveUp { workflow: WorkflowId, task: u32 },
}

choices! { Reaction { 0 Apply { workflow, task }, 1 GiveUp { workflow, task } } }

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Apply { workflow, .. } | Self::GiveUp { workflow, .. } => Some((*workflow).into()),
        }
    }
}
