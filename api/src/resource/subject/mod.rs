//! Data subjects: whose content is erased together, and what stands against it.

pub(super) mod known;
mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "subject", noun: Some(Noun::of::<verb::Subject>("subject")), routes: route::ROUTES };
