//! Why gates say no.

use thiserror::Error;
use triad_event::ids::{DataSubjectId, WorkflowId};

use crate::limits::{ReasonTooLong, SIGNALS_KEPT_MAX, TEXT_BYTES_MAX};

/// Why gates say no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No workflow with that id is alive: it never was, or it has ended, or it is being cancelled.
    #[error("workflow {workflow} is not alive, or is being cancelled")]
    WorkflowUnknown {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// No task of the workflow waits for such a signal, or ever will.
    #[error("no task of the workflow waits for a signal {name:?}")]
    SignalUnknown {
        /// The name.
        name: String,
    },
    /// Too many signals came in that nobody has taken.
    #[error("{SIGNALS_KEPT_MAX} signals of the workflow wait to be taken, as many as may")]
    TooManySignals,
    /// More came with a signal than may.
    #[error("what comes with a signal has at most {TEXT_BYTES_MAX} bytes")]
    SignalTooLarge,
    /// What came with a signal is sealed for somebody else than the workflow is of.
    #[error("the workflow is of data subject {expected}; the signal's content is sealed for {given}")]
    OtherSubject {
        /// Whose the workflow is.
        expected: DataSubjectId,
        /// Whose the content is.
        given: DataSubjectId,
    },
    /// The task does not wait for approval: not yet, or not any more, or never.
    #[error("the task does not wait for approval")]
    NotWaiting,
    /// Whoever submitted the workflow asks to decide on it.
    #[error("whoever submitted a workflow does not decide on its approvals: somebody else has to")]
    RequesterDecides,
    /// The same principal approved before.
    #[error("you have approved it already; {missing} more are needed, of others")]
    ApprovedAlready {
        /// How many more are needed.
        missing: u32,
    },
    /// Whoever asks has none of the roles whose holders decide.
    #[error("holders of these roles decide on it: {}", roles.join(", "))]
    NotAnApprover {
        /// The roles.
        roles: Vec<String>,
    },
    /// A step that a rule holds is begun after all without a reason.
    #[error("a step that a rule of moderation holds is released with a reason")]
    NoReason,
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
