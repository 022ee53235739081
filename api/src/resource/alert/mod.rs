//! Alerts: what people must know, the inbox of it, and whom else to tell.

pub(crate) mod options;
mod route;
mod verb;
mod webhook;
mod wire;

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::alerts::Refusal;

pub(super) const RESOURCE: Resource =
    Resource { name: "alert", noun: Some(Noun::of::<verb::Alert>("alert")), routes: route::ROUTES };

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::AlertUnknown { .. } => Code::AlertUnknown,
        Refusal::AlreadyAcknowledged => Code::AlreadyAcknowledged,
        Refusal::ReasonTooLong(_) => Code::InvalidValue,
        // Only the engine itself reports conditions and ends deliveries.
        Refusal::ConditionStands | Refusal::NoCondition | Refusal::NotADelivery { .. } => Code::Internal,
    }
}
