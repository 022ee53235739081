//! What access may know of the rest of the world.

use super::state::State;
use crate::place::Place;

/// What access may know of the rest of the world: nothing that it has not heard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// When, and who asks.
    pub(crate) place: Place,
}
