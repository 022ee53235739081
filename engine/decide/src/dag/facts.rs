//! What the dag may know of the rest of the world.

use super::state::State;
use crate::place::Place;
use crate::ports::Ports;

/// What the dag may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    /// Where the event will stand, for what is drawn.
    pub(crate) place: Place,
}
