//! The effects that run in one process life, by the rules of the engine's performer; how they end is the script's choice.

use super::action::End;
use std::collections::{BTreeMap, BTreeSet};
use triad_decide::{Performance, Work};
use triad_event::execution::{AttemptEnded, CancelReason, Ending};
use triad_event::quantity::Micros;

/// What runs.
#[derive(Debug, Default)]
pub(crate) struct Performer {
    /// By request: whether it was asked to stop.
    running: BTreeMap<u64, bool>,
    /// Keys that are being destroyed, by request.
    destroying: BTreeSet<u64>,
}

/// What came of performing an effect.
pub(crate) enum Performed {
    /// It runs from now on.
    Began(Performance),
    /// It began and ended at once.
    AtOnce(Performance, AttemptEnded),
    /// What runs was asked to stop.
    Stopping(u64),
    /// It had not run in this life, so it is at its end.
    NeverRan(AttemptEnded),
    /// It runs already.
    Nothing,
}

impl Performer {
    /// Starts an effect, or stops the one that runs.
    pub(crate) fn perform(&mut self, effect: Performance) -> Performed {
        let (request, task) = (effect.request, effect.task);
        if let Some(reason) = effect.stop {
            return match self.running.get_mut(&request) {
                Some(is_stopping) => {
                    *is_stopping = true;
                    Performed::Stopping(request)
                }
                None => Performed::NeverRan(end(request, task, ending_of(reason)).ended(None)),
            };
        }
        if self.running.contains_key(&request) {
            return Performed::Nothing;
        }
        match effect.work {
            Work::Noop { ref input } => {
                // The vault would seal it anew.
                let ended = end(request, task, Ending::Succeeded).ended(input.clone());
                Performed::AtOnce(effect, ended)
            }
            Work::Process { .. } => {
                self.running.insert(request, false);
                Performed::Began(effect)
            }
        }
    }

    /// The outcome of an effect has arrived, or is awaited no longer.
    pub(crate) fn forget(&mut self, request: u64) {
        self.running.remove(&request);
    }

    /// Begins to destroy a key, unless that is under way in this life.
    pub(crate) fn begins_to_destroy(&mut self, request: u64) -> bool {
        self.destroying.insert(request)
    }

    /// The outcome of an erasure has arrived.
    pub(crate) fn forget_destroying(&mut self, request: u64) {
        self.destroying.remove(&request);
    }

    /// Whether a key is being destroyed.
    pub(crate) fn destroys(&self, request: u64) -> bool {
        self.destroying.contains(&request)
    }

    /// Whether an effect runs.
    pub(crate) fn runs(&self, request: u64) -> bool {
        self.running.contains_key(&request)
    }
}

/// How an attempt ends that was asked to stop for this reason.
pub(crate) fn ending_of(reason: CancelReason) -> Ending {
    match reason {
        CancelReason::WorkflowCancelled => Ending::Cancelled,
        CancelReason::TimedOut => Ending::TimedOut,
    }
}

fn end(request: u64, task: u32, ending: Ending) -> End {
    End { request, task, ending, took: Micros(0), output: 0 }
}
