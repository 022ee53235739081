//! What the dag decides in its turn.

use triad_event::dag::LeftOut;
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
    /// A task for which what its definition wants did not come about is left out.
    LeaveOut { workflow: WorkflowId, task: u32, why: LeftOut },
    /// What expressions came to means something else than that their task is performed.
    Judge { workflow: WorkflowId, task: u32 },
    /// The tasks of a sub-workflow may begin.
    Begin { workflow: WorkflowId, task: u32 },
    /// A task whose parts have all ended ends.
    Gather { workflow: WorkflowId, task: u32 },
    /// What an earlier workflow did stands for a task.
    Reuse { workflow: WorkflowId, task: u32 },
    /// A task that must have ended by now fails, unless an attempt of it or what it consists of has to end first.
    Expire { workflow: WorkflowId, task: u32 },
}

choices! {
    Reaction {
        0 Settle { workflow, task },
        1 Skip { workflow, task, because },
        2 Cancel { workflow, task },
        3 Finish { workflow },
        4 LeaveOut { workflow, task, why },
        5 Judge { workflow, task },
        6 Begin { workflow, task },
        7 Gather { workflow, task },
        8 Reuse { workflow, task },
        9 Expire { workflow, task },
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
            | Self::Finish { workflow }
            | Self::LeaveOut { workflow, .. }
            | Self::Judge { workflow, .. }
            | Self::Begin { workflow, .. }
            | Self::Gather { workflow, .. }
            | Self::Reuse { workflow, .. }
            | Self::Expire { workflow, .. } => *workflow,
        }
    }
}
