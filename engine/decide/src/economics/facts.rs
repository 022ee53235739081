//! What economics may know of the rest of the world.

use super::affording::Affording;
use super::state::State;
use crate::dag::tasks::Tasks;
use crate::execution::held_back::HeldBack;
use crate::place::Place;
use crate::ports::Ports;
use crate::prices::costs::Costs;

/// What economics may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// Settings, and whose a workflow is.
    pub(crate) ports: &'a Ports,
    pub(crate) tasks: Tasks<'a>,
    pub(crate) costs: Costs<'a>,
    pub(crate) affording: Affording<'a>,
    /// The tasks that budgets hold back.
    pub(crate) held_back: &'a HeldBack,
    /// When the event happens.
    pub(crate) place: Place,
}
