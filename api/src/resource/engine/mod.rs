//! The engine as a whole: an operator pauses it and lets it go on.

mod route;
mod verb;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "engine", noun: Some(Noun::of::<verb::Engine>("engine")), routes: route::ROUTES };
