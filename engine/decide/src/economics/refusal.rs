//! Why economics says no.

use thiserror::Error;
use triad_event::ids::WorkflowId;

use crate::limits::{BUDGET_MAX, BUDGETS_MAX, NAME_BYTES_MAX, ReasonTooLong};

/// Why economics says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It would limit nothing.
    #[error("a budget limits energy, money or both")]
    NoLimit,
    /// The limit is nothing, negative or out of all bounds.
    #[error(
        "a budget is 0.000001 to {most} kWh or USD; to hold everything back, pause it", most = BUDGET_MAX / 1_000_000
    )]
    LimitOutOfBounds,
    /// There can be no such tenant or owner.
    #[error(
        "the account is a tenant of 1 to 64 characters of a-z, 0-9, _ and -, one of its owners of at most {NAME_BYTES_MAX} \
         visible characters, or one of its workflows"
    )]
    NoSuchAccount,
    /// The workflow is not alive, or of another tenant.
    #[error("workflow {workflow} of that tenant is not alive, so it has no budget")]
    WorkflowNotAlive {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// There is no budget.
    #[error("the account has no budget")]
    NoBudget,
    /// There are too many.
    #[error("there may be at most {BUDGETS_MAX} budgets")]
    TooManyBudgets,
    /// Nobody said why.
    #[error("a reason is needed: it is recorded")]
    NoReason,
    /// It is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
