//! When the engine wants to be woken, and by whom: an ordered index that evolving keeps.

use std::collections::BTreeSet;
use std::sync::Arc;

use triad_event::governance::WakeReason;
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

/// A moment at which something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wake {
    /// When.
    pub(crate) at: Micros,
    /// What asked.
    pub(crate) reason: WakeReason,
    /// For which stream.
    pub(crate) stream: StreamId,
    /// For which attempt (the sequence of its request) or task; zero when the stream itself asked.
    pub(crate) subject: u64,
}

/// All of them, earliest first. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wakes(pub(crate) Arc<BTreeSet<Wake>>);

impl Wakes {
    pub(crate) fn first(&self) -> Option<&Wake> {
        self.0.first()
    }

    pub(crate) fn insert(&mut self, wake: Wake) {
        Arc::make_mut(&mut self.0).insert(wake);
    }

    pub(crate) fn remove(&mut self, wake: &Wake) {
        Arc::make_mut(&mut self.0).remove(wake);
    }

    /// Takes out what one stream asked for.
    pub(crate) fn take(&mut self, stream: StreamId) -> Vec<Wake> {
        let taken: Vec<Wake> = self.0.iter().filter(|wake| wake.stream == stream).copied().collect();
        taken.iter().for_each(|wake| self.remove(wake));
        taken
    }
}
