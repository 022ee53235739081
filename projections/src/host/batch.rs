//! What a checkpoint writes: everything that changed, in one batch with the cursor.

use fjall::OwnedWriteBatch;

use super::keys::{self, Key};
use super::store::Store;
use super::version::CursorRow;
use crate::row::{Encoder, Row};

/// A checkpoint as it is put together.
pub struct Batch<'a> {
    batch: OwnedWriteBatch,
    store: &'a Store,
    encoder: Encoder,
}

/// The part of a batch that holds one view.
pub struct NewRows<'a, 'b> {
    batch: &'a mut Batch<'b>,
    prefix: u8,
}

/// The part of a batch that holds one view of one workflow.
pub(crate) struct NewPages<'a, 'b> {
    batch: &'a mut Batch<'b>,
    began: u64,
    part: u8,
}

impl<'b> Batch<'b> {
    pub(super) fn new(store: &'b Store) -> Self {
        Self { batch: store.batch(), store, encoder: Encoder::default() }
    }

    /// The rows behind a prefix.
    pub(crate) fn rows(&mut self, prefix: u8) -> NewRows<'_, 'b> {
        NewRows { batch: self, prefix }
    }

    /// Writes all of it. `before` is where the cursor stood when that was done last.
    pub(super) fn commit(mut self, cursor: &CursorRow, before: u64) -> fjall::Result<()> {
        let row = self.encoder.encode(cursor);
        self.batch.insert(&self.store.lookups, keys::lookup(keys::CURSOR, &[]), row);
        for keyspace in [&self.store.finished, &self.store.pages] {
            self.batch.remove(keyspace, keys::mark(before));
            self.batch.insert(keyspace, keys::mark(cursor.next_sequence), []);
        }
        self.batch.commit()
    }
}

impl<'b> NewRows<'_, 'b> {
    pub(crate) fn insert<R: Row>(&mut self, key: &impl Key, row: &R) {
        let Batch { batch, store, encoder } = &mut *self.batch;
        batch.insert(&store.lookups, keys::lookup(self.prefix, &key.bytes()), encoder.encode(row));
    }

    /// There is no such row any more.
    pub(crate) fn remove(&mut self, key: &impl Key) {
        self.batch.batch.remove(&self.batch.store.lookups, keys::lookup(self.prefix, &key.bytes()));
    }

    /// A workflow that is finished.
    pub(crate) fn finish<R: Row>(&mut self, began: u64, row: &R) {
        let Batch { batch, store, encoder } = &mut *self.batch;
        batch.insert(&store.finished, keys::finished(began), encoder.encode(row));
    }

    /// Pages of a workflow.
    pub(crate) fn pages(&mut self, began: u64, part: u8) -> NewPages<'_, 'b> {
        NewPages { batch: self.batch, began, part }
    }
}

impl NewPages<'_, '_> {
    pub(crate) fn insert<R: Row>(&mut self, number: u64, page: &R) {
        let Batch { batch, store, encoder } = &mut *self.batch;
        batch.insert(&store.pages, keys::page(self.began, self.part, number), encoder.encode(page));
    }

    /// A page in an encoding of its own.
    pub(crate) fn insert_bytes(&mut self, number: u64, page: &[u8]) {
        self.batch.batch.insert(&self.batch.store.pages, keys::page(self.began, self.part, number), page);
    }
}
