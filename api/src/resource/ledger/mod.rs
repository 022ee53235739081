//! What was used, in energy and money: by tenant, by owner and by workflow.

mod route;
mod verb;
pub(super) mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "ledger", noun: Some(Noun::of::<verb::Ledger>("ledger")), routes: route::ROUTES };
