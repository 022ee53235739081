//! When the engine wants to be woken, and by whom: an ordered index that folding keeps. Moments are those of the time that
//! has passed for the log, which no setting of a clock moves.

use std::collections::BTreeSet;
use std::sync::Arc;

use triad_event::governance::WakeReason;
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

use crate::image::structs;

/// A moment at which something is due. What it means is for the domain that its reason belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wake {
    /// When, in the time that has passed for the log.
    pub(crate) due: Micros,
    /// What asked.
    pub(crate) reason: WakeReason,
    /// For which stream.
    pub(crate) stream: StreamId,
    /// For which effect (the sequence of its request) or task; zero when the stream itself asked.
    pub(crate) about: u64,
}

/// When to wake, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wakeup {
    /// When, in the time that has passed for the log; a moment that has passed means at once.
    pub due: Micros,
    /// What asked.
    pub reason: WakeReason,
}

/// All moments, earliest first.
#[derive(Debug, Clone)]
pub(crate) struct Wakes {
    /// Shared until written.
    pub(crate) moments: Arc<BTreeSet<Wake>>,
    /// Up to when the timer has asked for what is due.
    pub(crate) reached: Micros,
}

structs! {
    Wake { due, reason, stream, about }
    Wakes { moments, reached }
}

impl Default for Wakes {
    fn default() -> Self {
        Self { moments: Arc::default(), reached: Micros(i64::MIN) }
    }
}

impl Wakes {
    pub(crate) fn next(&self) -> Option<Wakeup> {
        self.moments.first().map(|first| Wakeup { due: first.due, reason: first.reason })
    }

    /// The earliest moment that the timer has asked for.
    pub(crate) fn first_reached(&self) -> Option<&Wake> {
        self.moments.first().filter(|wake| wake.due <= self.reached)
    }

    pub(crate) fn insert(&mut self, wake: Wake) {
        Arc::make_mut(&mut self.moments).insert(wake);
    }

    pub(crate) fn remove(&mut self, wake: &Wake) {
        Arc::make_mut(&mut self.moments).remove(wake);
    }

    /// Takes out what one stream asked for.
    pub(crate) fn take(&mut self, stream: StreamId) -> Vec<Wake> {
        let taken: Vec<Wake> = self.moments.iter().filter(|wake| wake.stream == stream).copied().collect();
        taken.iter().for_each(|wake| self.remove(wake));
        taken
    }
}
