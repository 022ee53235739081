//! What intake may know of the rest of the world.

use triad_event::ids::PrincipalId;
use triad_event::quantity::Micros;

use super::state::State;
use crate::ports::Ports;
use crate::subjects::admission::Admission;

/// What intake may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    /// Time of the input.
    pub(crate) elapsed: Micros,
    /// Who asks.
    pub(crate) principal: PrincipalId,
    /// For whom content may be accepted.
    pub(crate) admission: Admission<'a>,
}
