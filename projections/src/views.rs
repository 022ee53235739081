//! Reads the views while they are kept: every answer is of one moment, and says of which.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;

use crate::host::kept::{ByKey, Keyed, View};
use crate::host::memory::Shared;
use crate::host::stored::{Stored, StoredRows};
use crate::host::table::Holds;
use crate::read_error::ReadError;

/// A handle for readers of a table, cheap to clone. Reads may wait for the disk, so an async caller makes them where it
/// may block. Each view adds the questions that it answers.
pub struct Views<T> {
    shared: Arc<Shared<T>>,
    applied: watch::Receiver<u64>,
}

/// An answer and the moment of which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// Sequence of the last record that the answer knows of; none when it knows of none.
    pub through: Option<u64>,
    /// The answer.
    pub value: T,
}

/// The host is gone and will apply no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the views are closed")]
pub struct Closed;

impl<T> Clone for Views<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), applied: self.applied.clone() }
    }
}

impl<T> Views<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>, applied: watch::Receiver<u64>) -> Self {
        Self { shared, applied }
    }

    /// How many records were applied: the sequence of the next one.
    pub fn applied(&self) -> u64 {
        *self.applied.borrow()
    }

    /// Follows [`Self::applied`].
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.applied.clone()
    }

    /// Waits until the record with that sequence was applied. A read from then on knows of it.
    pub async fn reached(&self, sequence: u64) -> Result<(), Closed> {
        let mut applied = self.applied.clone();
        applied.wait_for(|applied| *applied > sequence).await.map(|_| ()).map_err(|_| Closed)
    }

    /// Looks at what a view has in memory.
    pub(crate) fn look<V: View, L>(&self, look: impl FnOnce(&V::Kept) -> L) -> Answer<L>
    where
        T: Holds<V>,
    {
        let (through, _, value) = self.look_beside_stored(look);
        Answer { through, value }
    }

    /// An answer out of what a view has in memory and what is stored of it, both of the same moment.
    pub(crate) fn ask<V: View, L, A>(
        &self,
        look: impl FnOnce(&V::Kept) -> L,
        answer: impl FnOnce(L, StoredRows<'_>) -> Result<A, ReadError>,
    ) -> Result<Answer<A>, ReadError>
    where
        T: Holds<V>,
    {
        let (through, stored, looked) = self.look_beside_stored(look);
        let answered = answer(looked, stored.rows(T::PREFIX));
        if let Err(ReadError::Damaged { why }) = &answered {
            self.shared.note_damage(&stored, why);
        }
        Ok(Answer { through, value: answered? })
    }

    /// The answer of a key.
    pub(crate) fn by_key<V>(&self, key: &V::Key) -> Result<Answer<Option<V>>, ReadError>
    where
        V: Keyed<Kept = ByKey<V>> + Clone,
        T: Holds<V>,
    {
        self.ask(
            |changed| changed.get(key),
            |found, rows| found.map_or_else(|| rows.get(key), |found| Ok(Some(found))),
        )
    }

    /// Looks into memory, and takes what is stored along, which goes with what is in memory at this moment.
    fn look_beside_stored<V: View, L>(&self, look: impl FnOnce(&V::Kept) -> L) -> (Option<u64>, Stored, L)
    where
        T: Holds<V>,
    {
        let memory = self.shared.memory();
        (memory.next_sequence.checked_sub(1), memory.stored.clone(), look(memory.views.kept()))
    }
}
