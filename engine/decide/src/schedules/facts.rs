//! What schedules may know of the rest of the world.

use std::collections::BTreeMap;

use super::state::State;
use crate::definitions::state::{Definition, Name};
use crate::ports::streams::Streams;
use crate::subjects::admission::Admission;

/// What schedules may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// The streams that are open.
    pub(crate) streams: &'a Streams,
    /// For whom the text of a schedule may be accepted.
    pub(crate) admission: Admission<'a>,
    /// The definitions that there are.
    pub(crate) definitions: &'a BTreeMap<Name, Definition>,
}
