//! The clock: whether it can be believed, and an operator's word that it can.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "clock", noun: Some(Noun::of::<verb::Clock>("clock")), routes: route::ROUTES };
