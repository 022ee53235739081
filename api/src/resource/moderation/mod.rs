//! Moderation: the rules that hold steps until somebody has reviewed them. The reviews are approvals.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::moderation::Refusal;

pub(super) const RESOURCE: Resource = Resource {
    name: "moderation",
    noun: Some(Noun::of::<verb::Moderation>("moderation")),
    routes: route::ROUTES,
};

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::NoRules => Code::NoRules,
        Refusal::RulesTooLong | Refusal::ReasonTooLong(_) => Code::InvalidValue,
    }
}
