//! What a schedule waits for that follows runs: the ends that are to be recorded, and the moments that they named.

use std::collections::{BTreeMap, VecDeque};

use triad_event::ids::WorkflowId;
use triad_event::schedules::{After, RunEnd, RunFollowed};

use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::limits::FOLLOWED_WAIT_MAX;

words! { After, RunEnd }

structs! {
    Follows { after, since, owed, waiting }
    Ended { workflow, sequence, at_ms, how }
}

/// What a schedule follows, and what of it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Follows {
    pub(crate) after: After,
    /// Sequence of the record since which it does: what ended before is not followed.
    since: u64,
    /// Runs that ended, each of which is yet to name a moment, in the order in which that was heard.
    owed: VecDeque<Ended>,
    /// Moments that were named and are not handled, each with its run.
    waiting: BTreeMap<i64, WorkflowId>,
}

/// A run that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) workflow: WorkflowId,
    /// Sequence of the record that says so.
    pub(crate) sequence: u64,
    /// When that was recorded.
    pub(crate) at_ms: i64,
    pub(crate) how: RunEnd,
}

impl Follows {
    pub(super) fn new(after: After, since: u64) -> Self {
        Self { after, since, owed: VecDeque::new(), waiting: BTreeMap::new() }
    }

    /// A run ended of those whose runs it follows; says whether it follows this one.
    pub(super) fn owe(&mut self, ended: Ended) -> bool {
        let is_meant = self.since < ended.sequence && self.after.on.takes(ended.how);
        if is_meant {
            self.owed.push_back(ended);
        }
        is_meant
    }

    /// A run that ended and has not named its moment.
    pub(super) fn owed(&self, workflow: WorkflowId) -> Option<&Ended> {
        self.owed.iter().find(|ended| ended.workflow == workflow)
    }

    /// The oldest moment that waits.
    pub(super) fn first_ms(&self) -> Option<i64> {
        self.waiting.keys().next().copied()
    }

    /// The newest moment that waits.
    pub(super) fn newest_ms(&self) -> Option<i64> {
        self.waiting.keys().next_back().copied()
    }

    /// The moment that is left out for one more. The oldest stays, because its workflow may have been submitted.
    pub(super) fn displaced_ms(&self) -> Option<i64> {
        let is_full = self.waiting.len() >= FOLLOWED_WAIT_MAX;
        self.waiting.keys().nth(1).copied().filter(|_| is_full)
    }

    /// How many moments wait from one on and up to another.
    pub(super) fn waiting_within(&self, first_ms: i64, last_ms: i64) -> u64 {
        if last_ms < first_ms { 0 } else { self.waiting.range(first_ms..=last_ms).count() as u64 }
    }

    /// Moments are handled.
    pub(super) fn forget(&mut self, first_ms: i64, last_ms: i64) {
        self.waiting.retain(|moment_ms, _| !(first_ms..=last_ms).contains(moment_ms));
    }

    /// A run names its moment.
    pub(super) fn name(&mut self, followed: &RunFollowed) -> Result<(), FoldError> {
        let place = self.owed.iter().position(|ended| ended.workflow == followed.workflow);
        let ended = place.and_then(|place| self.owed.remove(place)).ok_or(FoldError::Grammar)?;
        if ended.how != followed.how || self.displaced_ms() != followed.displaced_ms {
            return Err(FoldError::Grammar);
        }
        if let Some(displaced_ms) = followed.displaced_ms {
            self.waiting.remove(&displaced_ms);
        }
        self.waiting.insert(followed.moment_ms, followed.workflow);
        Ok(())
    }
}
