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
    }
}
