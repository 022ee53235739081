//! Files of snapshots, which outlive a process.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use triad_perform::shell::recover::Snapshots;

/// Snapshots that are kept.
const SNAPSHOTS_KEPT: usize = 2;

/// The files, by the last record that each holds.
#[derive(Debug, Default)]
pub(crate) struct SnapshotFiles {
    files: BTreeMap<u64, Vec<u8>>,
    /// How many were read.
    read: Cell<u64>,
}

impl SnapshotFiles {
    pub(crate) fn keep(&mut self, through: u64, bytes: Vec<u8>) {
        self.files.insert(through, bytes);
        while self.files.len() > SNAPSHOTS_KEPT {
            self.files.pop_first();
        }
    }

    pub(crate) fn damage_newest(&mut self) {
        if let Some(mut newest) = self.files.last_entry() {
            let middle = newest.get().len() / 2;
            newest.get_mut()[middle] ^= 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many were read since this was asked last.
    pub(crate) fn take_read(&self) -> u64 {
        self.read.take()
    }
}

impl Snapshots for SnapshotFiles {
    fn sequences(&self) -> io::Result<Vec<u64>> {
        Ok(self.files.keys().copied().collect())
    }

    fn read(&self, through_sequence: u64) -> io::Result<Vec<u8>> {
        self.read.set(self.read.get() + 1);
        self.files.get(&through_sequence).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
