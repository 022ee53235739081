//! Keeps the views: rebuilt from the first record, caught up, stored in a database of its own.
//!
//! ```text
//!                      memory                       database
//! records --> apply --> what is alive -- checkpoint --> what is settled, a copy of what is alive, the cursor
//!                         |                              |
//! readers <---------------+---------- together ----------+
//! ```
//!
//! The host is given records in order and only those that are durable, and it never looks at the log itself.
//! The database is written every so many records without a sync: a restart goes on from its cursor, and
//! whatever is wrong with it is mended by beginning again. Memory holds what is alive, and what has happened
//! since the last checkpoint.

pub(crate) mod batch;
pub(crate) mod kept;
pub(crate) mod keys;
pub(crate) mod memory;
mod opening;
mod store;
pub(crate) mod stored;
pub(crate) mod table;
pub(crate) mod version;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLockReadGuard};

use thiserror::Error;
use tokio::sync::watch;
use triad_event::ids::LogId;
use triad_event::{Event, Recorded, log};

use crate::fold::ViewError;
use crate::read_error::ReadError;
use crate::views::Views;
pub use memory::CHECKPOINT_RECORDS;
use memory::{Memory, Shared};
pub use opening::{FromZero, OpenError, Opening};
use store::Store;
use stored::Stored;
use table::{NotApplied, Table};

/// Records that are applied while readers wait, rounded up to a whole group: about a millisecond.
const SLICE_RECORDS: usize = 1024;

/// The one writer of the views of a table.
pub struct Host<T> {
    directory: PathBuf,
    log: LogId,
    store: Arc<Store>,
    shared: Arc<Shared<T>>,
    /// Publishes how many records were applied.
    applied: watch::Sender<u64>,
}

/// The last record that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Its sequence.
    pub sequence: u64,
    /// Its chain value, as the caller gave it.
    pub chain: [u8; 32],
}

/// What came of applying records.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Applied {
    /// Records that could not follow. The views of their streams stand still from there on; say so.
    pub faults: Vec<ViewError>,
}

impl<T: Table> Host<T> {
    /// Opens the views of a log in a directory of their own. `chain_at` says the chain value of the log's
    /// record with that sequence; none when the log has no such record.
    pub fn open(
        directory: &Path,
        log: LogId,
        chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
    ) -> Result<(Self, Opening), OpenError> {
        let (memory, opening) = opening::open(directory, log, chain_at)?;
        let store = Arc::clone(&memory.stored.store);
        let (applied, _) = watch::channel(memory.next_sequence);
        let shared = Shared::new(memory);
        Ok((Self { directory: directory.to_owned(), log, store, shared, applied }, opening))
    }

    /// A handle for readers.
    pub fn views(&self) -> Views<T> {
        Views::new(Arc::clone(&self.shared), self.applied.subscribe())
    }

    /// The last record that was applied; none when the next is the first of the log.
    pub fn cursor(&self) -> Option<Cursor> {
        let memory = self.memory();
        let sequence = memory.next_sequence.checked_sub(1)?;
        Some(Cursor { sequence, chain: memory.chain })
    }

    /// The sequence of the record that is to be applied next.
    pub fn next_sequence(&self) -> u64 {
        self.memory().next_sequence
    }

    /// Applies records that follow those before: durable ones, in order, best a block at a time. `chain` is
    /// the chain value of the last of them.
    pub fn apply(&mut self, records: &[Recorded<Event>], chain: [u8; 32]) -> Result<Applied, ApplyError> {
        if let Some(why) = self.shared.damage_in(self.store.generation) {
            return Err(self.begin_again(why));
        }
        self.check(records)?;
        let mut faults = Vec::new();
        let mut rest = records;
        while !rest.is_empty() {
            let (slice, later) = rest.split_at(slice_length(rest));
            let applied = self.apply_slice(slice, later.is_empty().then_some(chain), &mut faults);
            applied.map_err(|error| self.failed(error))?;
            rest = later;
        }
        if self.memory().pending_records() >= CHECKPOINT_RECORDS as u64 {
            self.flush()?;
        }
        Ok(Applied { faults })
    }

    /// Writes everything to the database, so that the next start goes on from here.
    pub fn flush(&mut self) -> Result<(), ApplyError> {
        self.checkpoint().map_err(|error| self.failed(error))
    }

    /// Ends the views in order: the next start has nothing to replay. Without it nothing is lost either.
    pub fn close(mut self) -> Result<(), ApplyError> {
        self.flush()?;
        self.store.flush_memtables().map_err(|error| self.failed(error.into()))
    }

    fn checkpoint(&self) -> Result<(), ReadError> {
        if self.memory().pending_records() == 0 {
            return Ok(());
        }
        self.memory().store(&self.store, self.log)?;
        let stored = Stored::now(Arc::clone(&self.store));
        let evicted = self.shared.memory_mut().evict(stored);
        // Not while readers wait.
        drop(evicted);
        Ok(())
    }

    fn apply_slice(
        &self,
        slice: &[Recorded<Event>],
        chain: Option<[u8; 32]>,
        faults: &mut Vec<ViewError>,
    ) -> Result<(), ReadError> {
        let mut memory = self.shared.memory_mut();
        for record in slice {
            match memory.apply(record) {
                Ok(()) => {}
                Err(NotApplied::View(fault)) => faults.push(fault),
                Err(NotApplied::Read(error)) => return Err(error),
            }
        }
        if let Some(chain) = chain {
            memory.chain = chain;
        }
        self.applied.send_replace(memory.next_sequence);
        Ok(())
    }

    fn check(&self, records: &[Recorded<Event>]) -> Result<(), ApplyError> {
        for (expected, record) in (self.next_sequence()..).zip(records) {
            if record.sequence != expected {
                return Err(ApplyError::OutOfOrder { expected, found: record.sequence });
            }
        }
        match records.first().map(|record| &record.event) {
            Some(Event::Log(log::Event::Created(created))) if created.log_id != self.log => {
                Err(ApplyError::ForeignLog { found: created.log_id })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What follows when the database cannot be used.
    fn failed(&mut self, error: ReadError) -> ApplyError {
        match error {
            ReadError::Damaged { why } => self.begin_again(why),
            // It takes no more writes, after one of its own threads or an earlier write failed.
            ReadError::Database(error @ fjall::Error::Poisoned) => self.begin_again(error.to_string()),
            ReadError::Database(_) => ApplyError::Database(error),
        }
    }

    /// Leaves the damaged database to those who still read it, and begins an empty one.
    fn begin_again(&mut self, why: String) -> ApplyError {
        let store = match opening::create(&self.directory, self.store.generation + 1) {
            Ok(store) => Arc::new(store),
            Err(error) => return ApplyError::Open(error),
        };
        let old = std::mem::replace(&mut self.store, Arc::clone(&store));
        *self.shared.memory_mut() = Memory::new(Stored::now(store));
        self.applied.send_replace(0);
        // It may be what fills the disk. If it cannot be removed now, the next start does it.
        drop(opening::remove(&self.directory, old.generation));
        ApplyError::FromZero(FromZero::Damaged { why })
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory<T>> {
        self.shared.memory()
    }
}

/// Whole groups, so that readers never see half a decision.
fn slice_length(records: &[Recorded<Event>]) -> usize {
    let Some(last) = records.get(SLICE_RECORDS - 1) else { return records.len() };
    let rest = records[SLICE_RECORDS..].iter().take_while(|record| record.group == last.group);
    SLICE_RECORDS + rest.count()
}

/// Why records were not applied.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// They do not follow the record that was applied last.
    #[error("record {expected} is to be applied next, record {found} was given")]
    OutOfOrder {
        /// The sequence that was due.
        expected: u64,
        /// The sequence that was given.
        found: u64,
    },
    /// They are of another log.
    #[error("the records are of log {found}")]
    ForeignLog {
        /// Its id.
        found: LogId,
    },
    /// The views have begun again: go on with the record at [`Host::next_sequence`].
    #[error("the views begin again from the first record: {0}")]
    FromZero(FromZero),
    /// The database could not be read or written. Records before [`Host::next_sequence`] are applied.
    #[error("failed to keep the views")]
    Database(#[from] ReadError),
    /// No new database could be made.
    #[error("failed to begin the views again")]
    Open(#[from] OpenError),
}

#[cfg(test)]
mod tests;
