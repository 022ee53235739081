//! Incidents: tasks that failed and need a person, and the fixes that people decide on.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::healing::Refusal;

pub(super) const RESOURCE: Resource =
    Resource { name: "incident", noun: Some(Noun::of::<verb::Incident>("incident")), routes: route::ROUTES };

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::WorkflowUnknown { .. } => Code::WorkflowEnded,
        Refusal::NotWaiting => Code::NotWaiting,
        Refusal::RequesterDecides => Code::RequesterDecides,
        Refusal::NotAnApprover => Code::NotAnApprover,
        Refusal::NoRules => Code::NoRules,
        Refusal::RulesTooLong | Refusal::ReasonTooLong(_) => Code::InvalidValue,
        // Only the server itself offers a configuration.
        Refusal::Offered => Code::Internal,
    }
}
