//! What prices may know of the rest of the world.

use super::state::State;
use crate::dag::tasks::Tasks;
use crate::execution::attempts::Attempts;
use crate::place::Place;
use crate::ports::durations::Durations;
use crate::ports::settings::Settings;

/// What prices may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) settings: &'a Settings,
    pub(crate) durations: &'a Durations,
    pub(crate) tasks: Tasks<'a>,
    pub(crate) attempts: Attempts<'a>,
    /// When the event happens.
    pub(crate) place: Place,
}
