//! What is in memory: what is alive, and what has happened since the database was written last; and what the writer and
//! the readers share of it.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use triad_event::ids::LogId;
use triad_event::{Event, Recorded};

use super::batch::Batch;
use super::store::Store;
use super::stored::Stored;
use super::table::{NotApplied, Table};
use super::version::{CursorRow, Version};
use crate::read_error::ReadError;

/// Records between two checkpoints: a tenth of a second of folding again after a kill, a few megabytes of
/// memory.
pub const CHECKPOINT_RECORDS: usize = 32_768;

/// Memory and database together are the state at `next_sequence`. `stored` is what the database held when it
/// was written last, so the two complement each other: what is taken out of memory is in `stored` from the
/// same moment on.
pub(crate) struct Memory<T> {
    /// How many records were applied.
    pub(crate) next_sequence: u64,
    /// What the caller gave as the chain value of the last of them.
    pub(crate) chain: [u8; 32],
    /// How many records had been applied when the database was written last.
    stored_sequence: u64,
    pub(crate) stored: Stored,
    pub(crate) views: T,
}

/// What the writer and the readers share.
pub(crate) struct Shared<T> {
    memory: RwLock<Memory<T>>,
    /// What a reader found damaged, and in the database of which generation. The writer then begins again.
    damage: Mutex<Option<(u64, String)>>,
}

impl<T: Table> Memory<T> {
    /// The versions of everything that is stored.
    pub(super) fn versions() -> Vec<Version> {
        let mut versions = T::versions();
        versions.push(Version::of_the_host());
        versions
    }

    /// Nothing applied yet.
    pub(super) fn new(stored: Stored) -> Self {
        Self { next_sequence: 0, chain: [0; 32], stored_sequence: 0, stored, views: T::default() }
    }

    /// What was in memory when the database was written last, and the cursor stood there.
    pub(super) fn recall(stored: Stored, cursor: &CursorRow) -> Result<Self, ReadError> {
        let CursorRow { next_sequence, chain, .. } = *cursor;
        let views = T::recall(&stored)?;
        Ok(Self { next_sequence, chain, stored_sequence: next_sequence, stored, views })
    }

    /// How many records came in since the database was written last.
    pub(super) fn pending_records(&self) -> u64 {
        self.next_sequence - self.stored_sequence
    }

    pub(super) fn apply(&mut self, record: &Recorded<Event>) -> Result<(), NotApplied> {
        let applied = self.views.apply(record, &self.stored);
        if !matches!(applied, Err(NotApplied::Read(_))) {
            self.next_sequence = record.sequence + 1;
        }
        applied
    }

    /// Writes everything that changed.
    pub(super) fn store(&self, store: &Store, log: LogId) -> fjall::Result<()> {
        let mut batch = Batch::new(store);
        self.views.fill(&mut batch);
        let Self { next_sequence, chain, .. } = *self;
        batch.commit(
            &CursorRow { log, next_sequence, chain, versions: Self::versions() },
            self.stored_sequence,
        )
    }

    /// Takes out what is in `stored` now.
    pub(super) fn evict(&mut self, stored: Stored) -> T {
        self.stored_sequence = self.next_sequence;
        self.stored = stored;
        self.views.evict()
    }
}

impl<T> Shared<T> {
    pub(super) fn new(memory: Memory<T>) -> Arc<Self> {
        Arc::new(Self { memory: RwLock::new(memory), damage: Mutex::new(None) })
    }

    /// A reader found something damaged.
    pub(crate) fn note_damage(&self, stored: &Stored, why: &str) {
        let damage = (stored.store.generation, why.to_owned());
        *self.damage.lock().unwrap_or_else(PoisonError::into_inner) = Some(damage);
    }

    /// What readers found damaged in the database of that generation. Of an older one they may still tell,
    /// too late.
    pub(super) fn damage_in(&self, generation: u64) -> Option<String> {
        let told = self.damage.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        (told.0 == generation).then_some(told.1)
    }

    pub(crate) fn memory(&self) -> RwLockReadGuard<'_, Memory<T>> {
        self.memory.read().expect("invariant: applying a record does not panic")
    }

    pub(super) fn memory_mut(&self) -> RwLockWriteGuard<'_, Memory<T>> {
        self.memory.write().expect("invariant: applying a record does not panic")
    }
}
