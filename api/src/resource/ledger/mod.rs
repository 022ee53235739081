//! What was used, in energy and money, by tenant, by owner and by workflow, and the budgets of these.

mod budget;
mod negentropy;
mod route;
mod verb;
pub(super) mod wire;

pub(super) use budget::verb::left_of_each;

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::economics::Refusal;

pub(super) const RESOURCE: Resource =
    Resource { name: "ledger", noun: Some(Noun::of::<verb::Ledger>("ledger")), routes: route::ROUTES };

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::NoBudget => Code::BudgetUnknown,
        Refusal::WorkflowNotAlive { .. } => Code::WorkflowUnknown,
        Refusal::TooManyBudgets => Code::TooManyBudgets,
        Refusal::NoLimit
        | Refusal::LimitOutOfBounds
        | Refusal::NoSuchAccount
        | Refusal::NoReason
        | Refusal::ReasonTooLong(_) => Code::InvalidValue,
    }
}
