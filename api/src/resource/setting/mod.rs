//! Settings: the recorded numbers that change decisions.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "setting", noun: Some(Noun::of::<verb::Setting>("setting")), routes: route::ROUTES };
