//! How long the run of a task has been suspended, so that this does not count as time that it took.

use triad_event::quantity::Micros;

use crate::image::structs;

structs! { Stood { before, since } }

/// How long a run has been suspended, in the time that passes for the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stood {
    /// All suspensions that are over.
    before: Micros,
    /// Since when it is suspended, if it is.
    since: Option<Micros>,
}

impl Stood {
    /// It is suspended, perhaps since before.
    pub(super) fn begin(&mut self, now: Micros) {
        self.since.get_or_insert(now);
    }

    /// It goes on.
    pub(super) fn end(&mut self, now: Micros) {
        *self = Self { before: self.by(now), since: None };
    }

    /// How long by a moment.
    pub(super) fn by(self, now: Micros) -> Micros {
        let current = self.since.map_or(0, |since| now.0.saturating_sub(since.0).max(0));
        Micros(self.before.0.saturating_add(current))
    }
}
