//! What governance may know of the rest of the world.

use triad_event::quantity::Micros;

use super::state::State;
use crate::ports::Ports;
use crate::ports::wakes::Wakeup;

/// What governance may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    /// What had passed for the log at the input.
    pub(crate) elapsed: Micros,
    /// Sequence of the last record; none when there is none.
    pub(crate) last_sequence: Option<u64>,
    /// When the engine wants to be woken next.
    pub(crate) next_wake: Option<Wakeup>,
}
