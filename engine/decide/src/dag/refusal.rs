//! Why the dag says no.

use thiserror::Error;
use triad_event::ids::WorkflowId;

use crate::limits::ReasonTooLong;

/// Why the dag says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No workflow with that id is alive: it never was, or it has ended.
    #[error("workflow {workflow} is not alive")]
    WorkflowUnknown {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// It was asked to stop before.
    #[error("the workflow is being cancelled")]
    AlreadyCancelling,
    /// It is paused already.
    #[error("the workflow is paused already")]
    AlreadyPaused,
    /// It is not paused.
    #[error("the workflow is not paused")]
    NotPaused,
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
