//! What definitions may know of the rest of the world.

use super::state::State;
use crate::subjects::admission::Admission;

/// What definitions may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// For whom the text of a definition may be accepted.
    pub(crate) admission: Admission<'a>,
}
