//! Subscriptions: which events which channel is told of, and the messages that were not taken.

mod defaults;
mod drive;
mod found;
mod held;
mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;
pub(crate) use drive::drive;

pub(super) const RESOURCE: Resource = Resource {
    name: "subscription",
    noun: Some(Noun::of::<verb::Subscription>("subscription")),
    routes: route::ROUTES,
};

/// Messages of a subscription within a minute, where it says nothing else: more is not for people to read.
const PER_MINUTE: u32 = 10;
