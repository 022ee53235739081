//! A map that clones in constant time: 256 shards, which all clones share until one of them writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::image::{Image, Source, Unreadable, put_length, shape_within};

/// Shards of a map. A clone costs one reference count; the first write after it costs one for each shard, and a copy of the
/// shard that is written.
const SHARDS: usize = 256;

/// A key whose first byte is spread evenly: a random id or a digest.
pub(crate) trait Spread: Copy + Ord {
    /// That byte.
    fn spread(&self) -> u8;
}

impl Spread for [u8; 32] {
    fn spread(&self) -> u8 {
        self[0]
    }
}

impl Spread for triad_event::ids::WorkflowId {
    fn spread(&self) -> u8 {
        self.0[0]
    }
}

impl Spread for triad_event::ids::StreamId {
    fn spread(&self) -> u8 {
        self.0[0]
    }
}

impl Spread for triad_event::ids::PrincipalId {
    fn spread(&self) -> u8 {
        self.0[0]
    }
}

impl Spread for triad_event::ids::DataSubjectId {
    fn spread(&self) -> u8 {
        self.0[0]
    }
}

/// An ordered map of many entries, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SharedMap<K, V> {
    shards: Arc<[Arc<BTreeMap<K, V>>; SHARDS]>,
    length: usize,
}

impl<K: Spread, V: Clone> SharedMap<K, V> {
    pub(crate) fn new() -> Self {
        Self { shards: Arc::new(std::array::from_fn(|_| Arc::default())), length: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.shards[usize::from(key.spread())].get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        Arc::make_mut(self.shard(key)).get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = Arc::make_mut(self.shard(&key)).insert(key, value);
        self.length += usize::from(before.is_none());
        before
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = Arc::make_mut(self.shard(key)).remove(key);
        self.length -= usize::from(removed.is_some());
        removed
    }

    /// All entries in the order of their keys, since the first byte of a key decides its shard.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    fn shard(&mut self, key: &K) -> &mut Arc<BTreeMap<K, V>> {
        &mut Arc::make_mut(&mut self.shards)[usize::from(key.spread())]
    }
}

impl<K: Image + Spread, V: Image + Clone> Image for SharedMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        for (key, value) in self.iter() {
            key.put(out);
            value.put(out);
        }
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let mut map = Self::new();
        for _ in 0..source.length()? {
            let (key, value) = Image::take(source)?;
            map.insert(key, value);
        }
        Ok(map)
    }

    fn shape(out: &mut String) {
        shape_within("map", &[K::shape, V::shape], out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_does_not_see_later_writes() {
        let mut map = SharedMap::new();
        map.insert([1; 32], "one");
        let before = map.clone();
        map.insert([2; 32], "two");
        map.insert([1; 32], "uno");
        assert_eq!((before.len(), before.get(&[1; 32])), (1, Some(&"one")));
        assert_eq!((map.len(), map.remove(&[1; 32])), (2, Some("uno")));
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&[2; 32], &"two")]);
    }
}
