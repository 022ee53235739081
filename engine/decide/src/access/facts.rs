//! What access may know of the rest of the world.

use super::state::State;
use crate::place::Place;
use crate::subjects::admission::Admission;

/// What access may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// For whom the name of a person may be accepted.
    pub(crate) admission: Admission<'a>,
    /// When, and who asks.
    pub(crate) place: Place,
}
