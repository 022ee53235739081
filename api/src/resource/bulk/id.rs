//! The id of a bulk action in an address.

use crate::http::extract::Named;
use crate::wire::problem::Code;
use std::str::FromStr;
use triad_event::ids::{NotAnId, StreamId};

/// A bulk action is named by its stream.
#[derive(PartialEq)]
pub(super) struct ActionId(pub(super) StreamId);

impl FromStr for ActionId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.parse().map(Self)
    }
}

impl Named for ActionId {
    const ZERO: Self = Self(StreamId::LOG);
    const OF: &'static str = "bulk action";
    const UNKNOWN: Code = Code::BulkUnknown;
}
