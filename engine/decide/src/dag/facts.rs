//! What the dag may know of the rest of the world.

use super::state::State;
use crate::healing::treatment::Treatment;
use crate::place::Place;
use crate::ports::Ports;

/// What the dag may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    /// What is done about tasks that failed.
    pub(crate) treatment: Treatment<'a>,
    /// Where the event will stand, for what is drawn.
    pub(crate) place: Place,
}
