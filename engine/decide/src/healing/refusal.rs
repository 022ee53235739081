//! Why healing says no.

use thiserror::Error;
use triad_event::ids::WorkflowId;

use crate::limits::{OFFERED_MAX, OFFERED_NAME_BYTES_MAX, RULES_BYTES_MAX, ReasonTooLong};

/// Roles whose holders decide on fixes.
pub(crate) const FIX_ROLES: [&str; 3] = ["approver", "operator", "admin"];

/// Why healing says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No workflow with that id is alive: it never was, or it has ended, or it is being cancelled.
    #[error("workflow {workflow} is not alive, or is being cancelled")]
    WorkflowUnknown {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// No fix of the task waits for approval: not yet, or not any more, or never.
    #[error("no fix of the task waits for approval")]
    NotWaiting,
    /// Whoever submitted the workflow asks to decide on it.
    #[error("whoever submitted a workflow does not decide on its fixes: somebody else has to")]
    RequesterDecides,
    /// Whoever asks has none of the roles whose holders decide.
    #[error("holders of these roles decide on fixes: {}", FIX_ROLES.join(", "))]
    NotAnApprover,
    /// The document of the rules is too long.
    #[error("rules have at most {RULES_BYTES_MAX} bytes")]
    RulesTooLong,
    /// The operator has no rules that could be removed.
    #[error("no rules of an operator are set: only those that are built in diagnose")]
    NoRules,
    /// More variables are offered than may, or one with a longer name than may, or not ascending.
    #[error(
        "at most {OFFERED_MAX} variables are offered to fixes, ascending, with names of at most {OFFERED_NAME_BYTES_MAX} bytes"
    )]
    Offered,
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
