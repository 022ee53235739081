//! Carbon intensity of electricity: where it comes from, and what it is. Tasks that say so wait for less of it.

mod document;
mod route;
mod verb;
mod wire;

pub(super) use verb::grams;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "carbon", noun: Some(Noun::of::<verb::Carbon>("carbon")), routes: route::ROUTES };
