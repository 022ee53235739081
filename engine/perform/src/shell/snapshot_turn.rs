//! When a snapshot is due.

use triad_decide::World;

/// Counts records since the last snapshot. One is written at a time.
#[derive(Debug)]
pub(crate) struct SnapshotTurn {
    records: u64,
    last_sequence: u64,
    is_writing: bool,
}

impl SnapshotTurn {
    /// So many records between two, and the first so many after this one.
    pub(crate) fn new(records: u64, last_sequence: u64) -> Self {
        Self { records, last_sequence, is_writing: false }
    }

    /// Whether one begins now.
    pub(crate) fn begins(&mut self, world: &World) -> bool {
        let next = world.next_sequence();
        if self.is_writing || next < self.last_sequence + self.records {
            return false;
        }
        (self.is_writing, self.last_sequence) = (true, next);
        true
    }

    /// The one that was begun has ended.
    pub(crate) fn written(&mut self) {
        self.is_writing = false;
    }
}
