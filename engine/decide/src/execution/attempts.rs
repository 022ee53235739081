//! What execution tells other domains about attempts.

use triad_event::ids::WorkflowId;

use super::attempt::{Attempt, Stretch};
use super::state::State;
use crate::ports::settings::Settings;

/// What other domains may ask about attempts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempts<'a>(&'a State);

impl<'a> Attempts<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self(state)
    }

    /// Whether that is an attempt of a task whose process runs or is suspended, and is not to stop.
    pub(crate) fn goes_on(self, request: u64, workflow: WorkflowId, task: u32) -> bool {
        let goes_on = |attempt: &Attempt| {
            let is_meant = (attempt.workflow, attempt.task) == (workflow, task);
            is_meant && attempt.is_started && attempt.stopping.is_none() && attempt.is_owed()
        };
        self.0.get(request).is_some_and(goes_on)
    }

    /// How far an attempt is, whatever becomes of it.
    pub(crate) fn stretch(self, request: u64) -> Option<Stretch> {
        Some(self.0.get(request)?.stretch)
    }

    /// Whether there is a place in which one that is suspended could go on; for one that is not, whether no more of them run than
    /// may: after a restart all that were suspended begin anew.
    pub(crate) fn has_place(self, is_suspended: bool, settings: &Settings) -> bool {
        self.0.has_place_to_continue(is_suspended, settings)
    }
}
