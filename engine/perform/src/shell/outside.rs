//! What whoever drives a shell sees of it.

use super::Shell;
use super::error::ShellError;
use super::in_flight::InFlight;
use super::message::Lack;
#[cfg(feature = "planted")]
use super::planted::Planted;
use super::time::Reading;
use triad_decide::World;
use triad_event::quantity::Micros;
use triad_log::storage::Storage;
use triad_proof::checkpoint::Checkpoint;

impl<S: Storage, R> Shell<S, R> {
    /// The commits in flight.
    pub fn in_flight(&self) -> &InFlight<R> {
        &self.in_flight
    }

    /// The world, durable or not.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What a record would bear that was written now.
    pub fn time_at(&mut self, now: Reading) -> Micros {
        self.time(now)
    }

    /// Whether it was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Why it can go on no longer, when a commit was not durable.
    pub fn failed(&self) -> Option<ShellError> {
        self.in_flight.failed()
    }

    /// Whether everything is durable, nothing runs, nothing is counted and no snapshot is written: what a shell that stops
    /// comes to.
    pub fn is_settled(&self) -> bool {
        self.in_flight.count() == 0
            && self.effects.running().next().is_none()
            && !self.journal.is_counting()
            && !self.snapshots.is_writing()
    }

    /// Requests of effects that somebody performs, or will once they are durable or their turn comes again.
    pub fn under_way(&self) -> impl Iterator<Item = u64> {
        self.effects.under_way()
    }

    /// Why an effect failed that is tried again; none when none did, or only for what the machine is short of.
    pub fn failing(&self) -> Option<&str> {
        self.effects.why_lacking(Lack::Vault)
    }

    /// What the machine is short of, so that attempts wait; none when nothing is known.
    pub fn shortage(&self) -> Option<&str> {
        self.effects.why_lacking(Lack::Machine)
    }

    /// Whether records wait to be submitted.
    pub fn has_open_block(&self) -> bool {
        self.journal.open_bytes() > 0
    }

    /// The tree over everything that was submitted.
    ///
    /// # Panics
    /// When records wait to be submitted.
    pub fn checkpoint(&self) -> Checkpoint {
        self.journal.checkpoint()
    }

    /// The bug that is planted, and how often it could have struck.
    #[cfg(feature = "planted")]
    pub fn planted(&mut self) -> &mut Planted {
        &mut self.planted
    }

    /// The storage, for a simulation that steps it.
    pub fn storage_mut(&mut self) -> &mut S {
        self.journal.storage_mut()
    }

    /// Gives the storage back. What was not submitted is discarded.
    pub fn into_storage(self) -> S {
        self.journal.into_storage()
    }
}
