//! Approvals: what waits for people, and what they decide.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "approval", noun: Some(Noun::of::<verb::Approval>("approval")), routes: route::ROUTES };
