//! Whether bids count.

use crate::image::structs;

/// Whether prices come from somewhere, so that tasks with a bid are decided by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Prices {
    pub(crate) has_source: bool,
}

structs! {
    Prices { has_source }
}
