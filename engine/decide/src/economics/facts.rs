//! What economics may know of the rest of the world.

use super::state::State;
use crate::dag::tasks::Tasks;
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
}
