//! Alerts: what people must know, and the inbox of it.

mod route;
mod verb;
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
        Refusal::ReasonTooLong(_) | Refusal::NotAName | Refusal::NotASubscription => Code::InvalidValue,
        Refusal::SubscriptionUnknown => Code::SubscriptionUnknown,
        Refusal::TooManySubscriptions => Code::TooManySubscriptions,
        Refusal::MessageUnknown { .. } | Refusal::NotGivenUp { .. } => Code::MessageUnknown,
        // Only the engine itself reports conditions, makes messages and ends deliveries.
        Refusal::ConditionStands
        | Refusal::NoCondition
        | Refusal::NotADelivery { .. }
        | Refusal::ToldAlready
        | Refusal::TooManyMessages => Code::Internal,
    }
}
