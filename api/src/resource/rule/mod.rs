//! Rules of diagnosis: those that are built in, an operator's own, and what came of the fixes that followed from them.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "rule", noun: Some(Noun::of::<verb::Rule>("rule")), routes: route::ROUTES };
