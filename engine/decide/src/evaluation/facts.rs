//! What evaluations may know of the rest of the world.

use super::state::State;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::ports::Ports;

/// What evaluations may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    pub(crate) tasks: Tasks<'a>,
    /// Where the event will stand.
    pub(crate) place: Place,
}
