//! Reads of what is stored, through one snapshot of the database.

use std::ops::RangeInclusive;
use std::sync::Arc;

use fjall::{Guard, Readable, Slice, Snapshot};

use super::keys::{self, Key};
use super::store::Store;
use super::version::CursorRow;
use crate::read_error::ReadError;
use crate::row::{Row, Undecodable, decode};

/// The database as it was after some batch.
#[derive(Clone)]
pub struct Stored {
    pub(crate) store: Arc<Store>,
    snapshot: Snapshot,
}

/// What is stored of one view.
#[derive(Clone, Copy)]
pub struct StoredRows<'a> {
    stored: &'a Stored,
    prefix: u8,
}

/// What is stored of one view of one workflow.
#[derive(Clone, Copy)]
pub(crate) struct StoredPages<'a> {
    stored: &'a Stored,
    began: u64,
    part: u8,
}

impl Stored {
    pub(super) fn now(store: Arc<Store>) -> Self {
        let snapshot = store.snapshot();
        Self { store, snapshot }
    }

    /// The rows behind a prefix.
    pub(crate) fn rows(&self, prefix: u8) -> StoredRows<'_> {
        StoredRows { stored: self, prefix }
    }

    /// The cursor; none in a database that was never written. Keyspaces are written together, so one that is behind the
    /// cursor, or ahead of it, does not belong to it any more.
    pub(super) fn cursor(&self) -> Result<Option<CursorRow>, ReadError> {
        let row = self.snapshot.get(&self.store.lookups, keys::lookup(keys::CURSOR, &[]))?;
        let cursor: Option<CursorRow> = row.map(|row| decode(&row)).transpose()?;
        let expected = cursor.as_ref().map(|cursor| keys::mark(cursor.next_sequence));
        for keyspace in [&self.store.finished, &self.store.pages] {
            let last = self.snapshot.last_key_value(keyspace).map(Guard::key).transpose()?;
            if last.as_deref() != expected.as_ref().map(<[u8; 9]>::as_slice) {
                return Err(Undecodable.into());
            }
        }
        Ok(cursor)
    }
}

impl<'a> StoredRows<'a> {
    pub(crate) fn get<R: Row>(&self, key: &impl Key) -> Result<Option<R>, ReadError> {
        let Stored { store, snapshot } = self.stored;
        let row = snapshot.get(&store.lookups, keys::lookup(self.prefix, &key.bytes()))?;
        Ok(row.map(|row| decode(&row)).transpose()?)
    }

    /// Rows with their whole keys, in the order of these, from one key to before another.
    pub(crate) fn range<K: Key>(
        &self,
        from: &K,
        end: &K,
    ) -> impl DoubleEndedIterator<Item = Result<(Slice, Slice), ReadError>> + use<'a, K> {
        let Stored { store, snapshot } = self.stored;
        let key = |key: Vec<u8>| keys::lookup(self.prefix, &key);
        let rows = snapshot.range(&store.lookups, key(from.bytes())..key(end.bytes()));
        rows.map(|guard| Ok(guard.into_inner()?))
    }

    /// The finished workflow that began there.
    pub(crate) fn finished<R: Row>(&self, began: u64) -> Result<R, ReadError> {
        let Stored { store, snapshot } = self.stored;
        let row = snapshot.get(&store.finished, keys::finished(began))?.ok_or(Undecodable)?;
        Ok(decode(&row)?)
    }

    /// Finished workflows that began before, the newest first.
    pub(crate) fn finished_before<R: Row>(
        &self,
        bound: u64,
    ) -> impl Iterator<Item = Result<R, ReadError>> + use<'a, R> {
        let Stored { store, snapshot } = self.stored;
        let rows = snapshot.range(&store.finished, keys::finished(0)..keys::finished(bound)).rev();
        let rows = rows.map(Guard::into_inner);
        let rows = rows.filter(|row| row.as_ref().map_or(true, |(key, _)| !keys::is_mark(key)));
        rows.map(|row| Ok(decode(&row?.1)?))
    }

    /// Pages of a workflow.
    pub(crate) fn pages(&self, began: u64, part: u8) -> StoredPages<'a> {
        StoredPages { stored: self.stored, began, part }
    }
}

impl<'a> StoredPages<'a> {
    pub(crate) fn get<R: Row>(&self, number: u64) -> Result<R, ReadError> {
        let Stored { store, snapshot } = self.stored;
        let page =
            snapshot.get(&store.pages, keys::page(self.began, self.part, number))?.ok_or(Undecodable)?;
        Ok(decode(&page)?)
    }

    /// Pages by their numbers, in order.
    pub(crate) fn range(
        &self,
        numbers: RangeInclusive<u64>,
    ) -> impl DoubleEndedIterator<Item = Result<(u64, Slice), ReadError>> + use<'a> {
        let Stored { store, snapshot } = self.stored;
        let key = |number: &u64| keys::page(self.began, self.part, *number);
        let pages = snapshot.range(&store.pages, key(numbers.start())..=key(numbers.end()));
        pages.map(|guard| {
            let (key, page) = guard.into_inner()?;
            Ok((keys::last_number(&key)?, page))
        })
    }
}
