//! What happened lately to things that have left the world, for as long as a persisted index that the shell asks
//! may not have heard of it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::image::{Image, Source, Unreadable, shape_within};
use crate::shared::{SharedMap, Spread};

/// The newest entries, at most `MAX` of them.
#[derive(Debug, Clone)]
pub(crate) struct Recent<K, V, const MAX: usize> {
    pub(crate) entries: SharedMap<K, Entry<V>>,
    /// The keys in the order in which they came, each with its sequence. Shared until written.
    pub(crate) order: Arc<VecDeque<(u64, K)>>,
    /// Sequence of the newest entry that is not kept any more: an index must have read this far.
    pub(crate) horizon: u64,
}

/// What happened, and the record that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry<V> {
    pub(crate) sequence: u64,
    pub(crate) value: V,
}

impl<K: Spread, V: Clone, const MAX: usize> Recent<K, V, MAX> {
    pub(crate) fn new() -> Self {
        Self { entries: SharedMap::new(), order: Arc::default(), horizon: 0 }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|kept| &kept.value)
    }

    pub(crate) fn insert(&mut self, key: K, sequence: u64, value: V) {
        self.entries.insert(key, Entry { sequence, value });
        let order = Arc::make_mut(&mut self.order);
        order.push_back((sequence, key));
        if order.len() > MAX
            && let Some((oldest, key)) = order.pop_front()
        {
            self.horizon = oldest;
            // It may have come again since.
            if self.entries.get(&key).is_some_and(|kept| kept.sequence == oldest) {
                self.entries.remove(&key);
            }
        }
    }
}

impl<K: Image + Spread, V: Image + Clone, const MAX: usize> Image for Recent<K, V, MAX> {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { entries, order, horizon } = self;
        entries.put(out);
        order.put(out);
        horizon.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let (entries, order, horizon) = (Image::take(source)?, Image::take(source)?, Image::take(source)?);
        Ok(Self { entries, order, horizon })
    }

    fn shape(out: &mut String) {
        shape_within(&format!("recent {MAX}"), &[K::shape, V::shape], out);
    }
}

impl<V: Image> Image for Entry<V> {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { sequence, value } = self;
        sequence.put(out);
        value.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(Self { sequence: Image::take(source)?, value: Image::take(source)? })
    }

    fn shape(out: &mut String) {
        shape_within("entry", &[V::shape], out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 16_384;

    fn key(number: u64) -> [u8; 32] {
        *blake3::hash(&number.to_le_bytes()).as_bytes()
    }

    fn insert(recent: &mut Recent<[u8; 32], u64, MAX>, number: u64, sequence: u64) {
        recent.insert(key(number), sequence, number);
    }

    #[test]
    fn the_newest_are_kept_and_the_horizon_says_since_when() {
        let mut recent = Recent::new();
        (0..MAX as u64).for_each(|number| insert(&mut recent, number, number + 10));
        assert_eq!((recent.horizon, recent.get(&key(0)).is_some()), (0, true));
        insert(&mut recent, 1_000_000, 1_000_000);
        assert_eq!((recent.horizon, recent.get(&key(0)).is_some()), (10, false));
        assert_eq!((recent.entries.len(), recent.order.len()), (MAX, MAX));
    }

    #[test]
    fn what_came_again_stays_when_its_first_time_leaves() {
        let mut recent = Recent::new();
        insert(&mut recent, 0, 10);
        insert(&mut recent, 0, 11);
        (1..MAX as u64).for_each(|number| insert(&mut recent, number, number + 11));
        assert_eq!((recent.horizon, recent.get(&key(0)).is_some()), (10, true));
    }
}
