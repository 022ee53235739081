//! What alerts may know of the rest of the world.

use super::state::State;
use crate::place::Place;
use crate::ports::settings::Settings;

/// What alerts may know of the rest of the world: nothing that they have not heard, and the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) settings: &'a Settings,
    /// Where the event will stand, for what is derived.
    pub(crate) place: Place,
}
