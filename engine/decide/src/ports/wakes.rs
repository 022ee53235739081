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
    /// Those that somebody counts on. Shared until written.
    pub(crate) moments: Arc<BTreeSet<Wake>>,
    /// Those that need not be punctual. Shared until written.
    pub(crate) background: Arc<BTreeSet<Wake>>,
    /// Up to when the timer has asked for what is due.
    pub(crate) reached: Micros,
}

structs! {
    Wake { due, reason, stream, about }
    Wakes { moments, background, reached }
}

impl Default for Wakes {
    fn default() -> Self {
        Self { moments: Arc::default(), background: Arc::default(), reached: Micros(i64::MIN) }
    }
}

impl Wakes {
    pub(crate) fn next(&self) -> Option<Wakeup> {
        let firsts = [self.moments.first(), self.background.first()];
        let first = firsts.into_iter().flatten().min()?;
        Some(Wakeup { due: first.due, reason: first.reason })
    }

    /// The earliest moment that somebody counts on and the timer has asked for.
    pub(crate) fn first_reached(&self) -> Option<&Wake> {
        self.moments.first().filter(|wake| wake.due <= self.reached)
    }

    /// The earliest of the others.
    pub(crate) fn first_reached_of_background(&self) -> Option<&Wake> {
        self.background.first().filter(|wake| wake.due <= self.reached)
    }

    pub(crate) fn insert(&mut self, wake: Wake) {
        self.lane(wake.reason).insert(wake);
    }

    pub(crate) fn remove(&mut self, wake: &Wake) {
        self.lane(wake.reason).remove(wake);
    }

    /// Takes out what one stream asked for.
    pub(crate) fn take(&mut self, stream: StreamId) -> Vec<Wake> {
        let all = self.moments.iter().chain(self.background.iter());
        let taken: Vec<Wake> = all.filter(|wake| wake.stream == stream).copied().collect();
        taken.iter().for_each(|wake| self.remove(wake));
        taken
    }

    fn lane(&mut self, reason: WakeReason) -> &mut BTreeSet<Wake> {
        Arc::make_mut(if reason == WakeReason::Price { &mut self.background } else { &mut self.moments })
    }
}
