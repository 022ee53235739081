//! What the core answers: a refusal is a value, not an error.

use thiserror::Error;
use triad_event::ids::WorkflowId;

use crate::{dag, execution, governance, intake, subjects};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// The input is recorded; there is nothing to add.
    Recorded,
    /// A chunk is staged.
    Staged {
        /// How many tasks are staged now.
        staged_tasks: u32,
    },
    /// A workflow is accepted.
    Submitted {
        /// The workflow.
        workflow: WorkflowId,
        /// Digest of its definition.
        digest: [u8; 32],
        /// How many tasks it has.
        tasks: u32,
    },
    /// The same was accepted before under the same key; nothing is recorded.
    Repeated {
        /// The workflow that was accepted then.
        workflow: WorkflowId,
    },
}

/// Why nothing was done. Nothing is recorded, unless the refusal is evidence: then it is an event as well.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// By governance.
    #[error(transparent)]
    Governance(#[from] governance::Refusal),
    /// By intake.
    #[error(transparent)]
    Intake(#[from] intake::Refusal),
    /// By the dag.
    #[error(transparent)]
    Dag(#[from] dag::Refusal),
    /// By execution.
    #[error(transparent)]
    Execution(#[from] execution::Refusal),
    /// By the room of data subjects.
    #[error(transparent)]
    Subjects(#[from] subjects::Refusal),
}
