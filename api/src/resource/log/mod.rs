//! The log itself: its head, a copy of it, and what its events mean.

pub(super) mod head;
mod route;

use super::route::Resource;

pub(super) const RESOURCE: Resource = Resource { name: "log", noun: None, routes: route::ROUTES };
