//! What this domain may know of the rest of the world.

use super::state::State;
use crate::place::Place;
use crate::ports::Ports;

/// What this domain may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    /// When, and who asks.
    pub(crate) place: Place,
}
