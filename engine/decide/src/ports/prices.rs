//! Whether bids count, and what tasks wait for the least of.

use crate::image::structs;

use crate::plan::Worth;

/// Whether prices and carbon intensity come from somewhere, so that tasks are decided by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Prices {
    pub(crate) has_source: bool,
    pub(crate) has_carbon: bool,
}

structs! {
    Prices { has_source, has_carbon }
}

impl Prices {
    /// Whether anything is known for which a task waits.
    pub(crate) const fn decide(self, worth: &Worth) -> bool {
        let is_by_price = worth.bid.is_some() || worth.weights.price > 0;
        (self.has_source && is_by_price) || (self.has_carbon && worth.weights.carbon > 0)
    }
}
