//! What has been set off and not been decided yet: the queue behind `react`.

use std::collections::VecDeque;
use std::sync::Arc;

use triad_event::ids::WorkflowId;

/// Something that one room owes another. It stays owed for as long as the world shows it to be, so that
/// handling it, or anything else that settles it, is what removes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Internal {
    /// A complete definition becomes a workflow.
    Accept { workflow: WorkflowId },
    /// A pending task whose dependencies are completed is offered for execution.
    Offer { workflow: WorkflowId, task: u32 },
    /// What the end of an attempt means for its task.
    Settle { workflow: WorkflowId, task: u32 },
    /// A task that can never run is skipped.
    Skip { workflow: WorkflowId, task: u32, because: u32 },
    /// A task of a workflow that is being cancelled is cancelled, or its attempt is asked to stop.
    Stop { workflow: WorkflowId, task: u32 },
    /// A workflow all of whose tasks have ended ends.
    Finish { workflow: WorkflowId },
    /// Free places go to queued tasks.
    Admit,
    /// Moments that are reached are acted on.
    Drain,
}

impl Internal {
    /// The workflow that it concerns.
    pub(crate) fn workflow(&self) -> Option<WorkflowId> {
        match self {
            Self::Accept { workflow }
            | Self::Offer { workflow, .. }
            | Self::Settle { workflow, .. }
            | Self::Skip { workflow, .. }
            | Self::Stop { workflow, .. }
            | Self::Finish { workflow } => Some(*workflow),
            Self::Admit | Self::Drain => None,
        }
    }
}

/// An internal with the sequence of the record that set it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Debt {
    pub(crate) internal: Internal,
    pub(crate) cause: u64,
}

/// First in, first out. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owed(pub(crate) Arc<VecDeque<Debt>>);

impl Owed {
    pub(crate) fn first(&self) -> Option<&Debt> {
        self.0.front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, internal: Internal, cause: u64) {
        self.add(Debt { internal, cause });
    }

    pub(crate) fn add(&mut self, debt: Debt) {
        Arc::make_mut(&mut self.0).push_back(debt);
    }

    pub(crate) fn pop(&mut self) -> Option<Debt> {
        Arc::make_mut(&mut self.0).pop_front()
    }
}
