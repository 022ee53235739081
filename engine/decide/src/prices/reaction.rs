//! What prices decide in their turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::choices;

/// What prices decide in their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A task that could run does, or it waits for a price.
    Decide { workflow: WorkflowId, task: u32 },
    /// A task that waits is looked at again, because of the record with that sequence.
    Look { workflow: WorkflowId, task: u32, since: u64 },
    /// A process began to run that may be suspended: until when it runs, or that it is suspended at once.
    Pace { workflow: WorkflowId, task: u32, request: u64 },
    /// Such a run is looked at again, because of the record with that sequence.
    LookAtRun { workflow: WorkflowId, task: u32, since: u64 },
    /// A place may be free for the run that has wanted one for the longest.
    OfferPlace,
}

choices! {
    Reaction {
        0 Decide { workflow, task },
        1 Look { workflow, task, since },
        2 Pace { workflow, task, request },
        3 LookAtRun { workflow, task, since },
        4 OfferPlace,
    }
}

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Decide { workflow, .. }
            | Self::Look { workflow, .. }
            | Self::Pace { workflow, .. }
            | Self::LookAtRun { workflow, .. } => Some((*workflow).into()),
            Self::OfferPlace => None,
        }
    }
}
