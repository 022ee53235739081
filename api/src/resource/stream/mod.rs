//! Streams that are set aside, because the core panicked on them: what is known of them, and what an operator does about them.

mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "stream", noun: Some(Noun::of::<verb::Stream>("stream")), routes: route::ROUTES };
