//! What the dag decides in its turn.

use triad_event::ids::{StreamId, WorkflowId};

use crate::image::choices;

/// What the dag decides in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// What the end of an attempt means for its task.
    Settle { workflow: WorkflowId, task: u32 },
    /// A task that can never run is skipped.
    Skip { workflow: WorkflowId, task: u32, because: u32 },
    /// A task of a workflow that is being cancelled is cancelled, unless an attempt of it has to end first.
    Cancel { workflow: WorkflowId, task: u32 },
    /// A workflow all of whose tasks have ended ends.
    Finish { workflow: WorkflowId },
}

choices! {
    Reaction {
        0 Settle { workflow, task },
        1 Skip { workflow, task, because },
        2 Cancel { workflow, task },
        3 Finish { workflow },
    }
}

impl Reaction {
    pub(crate) fn stream(&self) -> Option<StreamId> {
        Some(self.workflow().into())
    }

    pub(crate) fn workflow(&self) -> WorkflowId {
        match self {
            Self::Settle { workflow, .. }
            | Self::Skip { workflow, .. }
            | Self::Cancel { workflow, .. }
            | Self::Finish { workflow } => *workflow,
        }
    }
}
