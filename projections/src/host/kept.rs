//! How the answers of a view are kept: what of them is in memory, what is stored at a checkpoint, what is there again
//! after a restart. A view says which of these ways is its own, and the host needs to know nothing else of it.

use std::collections::BTreeMap;

use triad_event::{Event, Recorded};

use super::batch::NewRows;
use super::keys::Key;
use super::stored::StoredRows;
use crate::fold::{Follows, ViewError};
use crate::read_error::ReadError;
use crate::row::{Layout, Row, Undecodable};

/// A question that readers ask, as a row of the table.
pub trait View: Default + Send + Sync + 'static {
    const NAME: &'static str;
    /// Raised whenever the same records fold into something else: the host then begins again from the first record.
    /// What is stored otherwise is another version by itself.
    const FOLD: u32;
    /// How its answers are kept.
    type Kept: Kept;
}

/// A way to keep the answers of a view.
pub trait Kept: Default + Send + Sync {
    /// What a record needs of what is stored.
    type Loaded;

    /// Appends what its rows are made of.
    fn describe(out: &mut String);

    /// Writes what changed since the last checkpoint.
    fn fill(&self, rows: NewRows<'_, '_>);

    /// Takes out of memory what is stored. What is returned only needs to be dropped, best while nobody waits.
    fn evict(&mut self) -> Self;

    /// What was in memory after the last checkpoint.
    fn recall(rows: StoredRows<'_>) -> Result<Self, ReadError>;
}

/// A way to keep the answers of a view that hears the events of a domain. For each record all views load before any
/// hears, so that a database that cannot be read leaves none of them changed.
pub(crate) trait Hears<E>: Kept {
    /// Reads what the record needs.
    fn load(
        &self,
        record: &Recorded<Event>,
        event: &E,
        rows: StoredRows<'_>,
    ) -> Result<Self::Loaded, ReadError>;

    /// It happened. A record that cannot follow changes nothing.
    fn hear(&mut self, record: &Recorded<Event>, event: &E, loaded: Self::Loaded) -> Result<(), ViewError>;
}

/// One answer for the whole log, always in memory and stored as one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct One<V>(pub(crate) V);

/// The key of a row that is the only one behind its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Only;

impl Key for Only {
    fn bytes(&self) -> Vec<u8> {
        Vec::new()
    }
}

impl<V: View + Row> Kept for One<V> {
    type Loaded = ();

    fn describe(out: &mut String) {
        V::describe(out);
    }

    fn fill(&self, mut rows: NewRows<'_, '_>) {
        rows.insert(&Only, &self.0);
    }

    fn evict(&mut self) -> Self {
        Self::default()
    }

    fn recall(rows: StoredRows<'_>) -> Result<Self, ReadError> {
        Ok(Self(rows.get(&Only)?.ok_or(Undecodable)?))
    }
}

impl<V: View + Row + Follows<E>, E> Hears<E> for One<V> {
    fn load(&self, _: &Recorded<Event>, _: &E, _: StoredRows<'_>) -> Result<(), ReadError> {
        Ok(())
    }

    fn hear(&mut self, record: &Recorded<Event>, event: &E, (): ()) -> Result<(), ViewError> {
        self.0.follow(record, event)
    }
}

/// A view with one answer a key.
pub trait Keyed: View + Row {
    /// What it is asked by.
    type Key: Key + Layout + Send + Sync;
}

/// A view with one answer a key, of which the events of a domain name one each.
pub(crate) trait Named<E>: Keyed {
    /// The key that an event names.
    fn key(event: &E) -> Self::Key;
}

/// Answers by key, each stored as a row. In memory are those that changed since the last checkpoint.
#[derive(Debug)]
pub struct ByKey<V: Keyed>(BTreeMap<V::Key, V>);

impl<V: Keyed> Default for ByKey<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V: Keyed + Clone> ByKey<V> {
    /// The answer of a key, if it is in memory.
    pub(crate) fn get(&self, key: &V::Key) -> Option<V> {
        self.0.get(key).cloned()
    }
}

impl<V: Keyed> Kept for ByKey<V> {
    type Loaded = Option<V>;

    fn describe(out: &mut String) {
        <(V::Key, V)>::describe(out);
    }

    fn fill(&self, mut rows: NewRows<'_, '_>) {
        self.0.iter().for_each(|(key, answer)| rows.insert(key, answer));
    }

    fn evict(&mut self) -> Self {
        std::mem::take(self)
    }

    fn recall(_: StoredRows<'_>) -> Result<Self, ReadError> {
        Ok(Self::default())
    }
}

impl<V: Named<E> + Follows<E>, E> Hears<E> for ByKey<V> {
    fn load(&self, _: &Recorded<Event>, event: &E, rows: StoredRows<'_>) -> Result<Option<V>, ReadError> {
        let key = V::key(event);
        if self.0.contains_key(&key) { Ok(None) } else { rows.get(&key) }
    }

    fn hear(&mut self, record: &Recorded<Event>, event: &E, loaded: Option<V>) -> Result<(), ViewError> {
        let key = V::key(event);
        let earlier = self.0.remove(&key).or(loaded);
        let is_there = earlier.is_some();
        let mut answer = earlier.unwrap_or_default();
        let followed = answer.follow(record, event);
        if is_there || followed.is_ok() {
            self.0.insert(key, answer);
        }
        followed
    }
}
