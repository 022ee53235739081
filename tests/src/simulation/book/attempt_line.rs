//! An attempt as the book has it.

use triad_decide::limits::CUT_OFF_MAX;
use triad_event::execution::Phase;
use triad_event::ids::{AttemptKey, StreamId};
use triad_event::quantity::{Micros, Millis};

/// An attempt that is not over.
#[derive(Debug)]
pub(crate) struct AttemptLine {
    pub(crate) stream: StreamId,
    pub(crate) task: u32,
    pub(crate) attempt: u32,
    pub(crate) key: AttemptKey,
    pub(super) phase: Phase,
    pub(super) is_process: bool,
    /// Whether this life began while the engine was paused, and it still is.
    pub(super) is_held: bool,
    /// Lives in which it was to be performed and that did not end in good order.
    pub(super) cut_off: u32,
    /// When its process began to run last, in the time that has passed for the log.
    pub(super) runs_since: Option<Micros>,
    pub(super) timeout: Option<Millis>,
    /// How far its process is.
    pub(super) stretch: Stretch,
}

/// How long a process has run in this life, and whether it is suspended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    /// How long it ran before the stretch in which it runs.
    pub(super) ran: Micros,
    /// When that began; none while it is suspended, and before it runs.
    pub(super) resumed: Option<Micros>,
    pub(super) is_suspended: bool,
    pub(super) wants_place: bool,
    /// When it goes on whatever the price, while it is suspended.
    pub(super) last: Option<Micros>,
}

impl Stretch {
    pub(super) fn ran_by(&self, now: Micros) -> Micros {
        Micros(self.ran.0 + self.resumed.map_or(0, |since| now.0 - since.0))
    }
}

impl AttemptLine {
    /// Whether somebody is to perform it, or to stop it.
    pub(crate) fn is_owed(&self) -> bool {
        self.phase == Phase::Stopping || (!self.is_held && self.cut_off < CUT_OFF_MAX)
    }

    /// Whether something was to be performed that takes longer than the word that it is.
    fn was_performed(&self) -> bool {
        self.is_process && self.phase == Phase::Running && self.is_owed()
    }

    /// A process begins, after one that cut it off if it performed it, unless it is spared.
    pub(super) fn begin_life(&mut self, is_spared: bool, is_paused: bool) {
        self.cut_off += u32::from(!is_spared && self.was_performed());
        self.is_held = is_paused;
        (self.runs_since, self.stretch) = (None, Stretch::default());
    }

    /// Its process runs from here on.
    pub(super) fn start(&mut self, now: Micros) {
        self.runs_since = Some(now);
        self.stretch = Stretch { resumed: Some(now), ..Stretch::default() };
    }
}
