//! When a snapshot is due, and what comes of it.

use super::Shell;
use super::error::ShellError;
use super::message::{Asker, Output};
use super::time::Reading;
use triad_decide::World;
use triad_event::Source;
use triad_event::governance::{Ask, SnapshotTaken};
use triad_event::quantity::Bytes;
use triad_log::storage::Storage;

/// A large snapshot waits for this many records more for each kibibyte of it: so it costs a quarter, at most, of what the
/// records before it take on disk.
const RECORDS_PER_KIBIBYTE: u64 = 20;
/// The last one of a life is worth its while when it saves the next start this share of what one saves at most.
const LAST_SHARE: u64 = 64;

/// Counts records since the last snapshot. One is written at a time.
#[derive(Debug)]
pub(crate) struct SnapshotTurn {
    records: u64,
    /// Where the last one ended, as far as this life knows.
    last_sequence: u64,
    due_sequence: u64,
    is_writing: bool,
}

impl SnapshotTurn {
    /// So many records between two, at least, and the first so many after this one.
    pub(crate) fn new(records: u64, last_sequence: u64) -> Self {
        Self { records, last_sequence, due_sequence: last_sequence + records, is_writing: false }
    }

    /// Whether one begins now.
    pub(crate) fn begins(&mut self, world: &World) -> bool {
        self.begins_from(world, self.due_sequence)
    }

    /// Whether one begins before nothing more happens.
    pub(crate) fn begins_last(&mut self, world: &World) -> bool {
        self.begins_from(world, self.last_sequence + self.records.div_ceil(LAST_SHARE))
    }

    fn begins_from(&mut self, world: &World, due_sequence: u64) -> bool {
        let next = world.next_sequence();
        if self.is_writing || next < due_sequence {
            return false;
        }
        (self.is_writing, self.last_sequence, self.due_sequence) = (true, next, next + self.records);
        true
    }

    /// The one that was begun has ended; none was written if it has no size.
    pub(crate) fn written(&mut self, size: Option<Bytes>) {
        self.is_writing = false;
        let waits = size.map_or(0, |size| size.0 / 1024 * RECORDS_PER_KIBIBYTE);
        self.due_sequence = self.due_sequence.max(self.last_sequence + waits);
    }

    pub(crate) fn is_writing(&self) -> bool {
        self.is_writing
    }
}

impl<S: Storage, R> Shell<S, R> {
    /// Nothing more happens in this life: what it has come to is kept, so that the next one has little to fold.
    pub fn keep_the_end(&mut self) {
        let begins = self.snapshots.begins_last(&self.world);
        self.keep(begins);
    }

    pub(super) fn keep_when_due(&mut self) {
        let begins = self.snapshots.begins(&self.world);
        self.keep(begins);
    }

    fn keep(&mut self, begins: bool) {
        if begins {
            self.outputs.push_back(Output::Snapshot(Box::new(self.world.clone())));
        }
    }

    /// A snapshot was written, or could not be.
    pub(super) fn take_kept(&mut self, taken: Option<SnapshotTaken>, now: Reading) -> Result<(), ShellError> {
        self.snapshots.written(taken.as_ref().map(|taken| taken.size));
        if let Some(taken) = taken {
            let input = Ask::RecordSnapshot(taken).into();
            let _refused = self.step(input, Vec::new(), Asker::system(Source::Engine), now)?.is_err();
        }
        if self.is_stopping {
            self.submit(now);
        }
        Ok(())
    }
}
