//! Receipts: the proof that a record of a workflow is in the log, for whoever submitted it.

mod route;
mod verb;

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "receipt", noun: Some(Noun::of::<verb::Receipt>("receipt")), routes: route::ROUTES };
