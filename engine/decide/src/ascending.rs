//! A map whose keys come in ascending order, as sequences do, and mostly leave in that order: a queue that can be searched.

use std::collections::{BTreeMap, VecDeque};

use crate::image::{Image, Source, Unreadable};

/// Values by ascending keys. What is removed in the middle moves the fewer of those before and behind it.
#[derive(Debug, Clone)]
pub(crate) struct Ascending<V> {
    entries: VecDeque<(u64, V)>,
}

impl<V> Default for Ascending<V> {
    fn default() -> Self {
        Self { entries: VecDeque::new() }
    }
}

impl<V> Ascending<V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.place(key).map(|place| &self.entries[place].1)
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.place(key).map(|place| &mut self.entries[place].1)
    }

    /// Adds a value behind all others.
    ///
    /// # Panics
    /// When the key is not above all others.
    pub(crate) fn push(&mut self, key: u64, value: V) {
        let is_last = self.entries.back().is_none_or(|(last, _)| *last < key);
        assert!(is_last, "invariant: sequences ascend");
        self.entries.push_back((key, value));
    }

    pub(crate) fn remove(&mut self, key: u64) -> Option<V> {
        let removed = match self.place(key)? {
            0 => self.entries.pop_front(),
            place => self.entries.remove(place),
        };
        removed.map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        self.entries.iter().map(|(key, value)| (*key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (*key, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        self.entries.iter().map(|(key, _)| *key)
    }

    /// The first is looked for most often.
    fn place(&self, key: u64) -> Option<usize> {
        match self.entries.front() {
            Some((first, _)) if *first == key => Some(0),
            _ => self.entries.binary_search_by_key(&key, |(key, _)| *key).ok(),
        }
    }
}

impl<V: Image> Image for Ascending<V> {
    fn put(&self, out: &mut Vec<u8>) {
        self.entries.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let entries = VecDeque::<(u64, V)>::take(source)?;
        let ascends = entries.iter().zip(entries.iter().skip(1)).all(|(one, next)| one.0 < next.0);
        if ascends { Ok(Self { entries }) } else { Err(Unreadable::Damaged) }
    }

    fn shape(out: &mut String) {
        // Its bytes are those of such a map.
        BTreeMap::<u64, V>::shape(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_is_found_until_it_is_removed_in_whatever_order() {
        let mut map = Ascending::default();
        [1, 4, 9, 16].into_iter().for_each(|key| map.push(key, key * 2));
        assert_eq!((map.remove(9), map.remove(1), map.remove(2)), (Some(18), Some(2), None));
        if let Some(value) = map.get_mut(16) {
            *value += 1;
        }
        assert_eq!((map.get(4), map.get(9), map.len()), (Some(&8), None, 2));
        assert_eq!(map.iter().collect::<Vec<_>>(), [(4, &8), (16, &33)]);
    }

    #[test]
    fn its_image_is_that_of_a_map_and_one_out_of_order_is_refused() {
        let (mut map, mut bytes, mut expected) = (Ascending::default(), Vec::new(), Vec::new());
        [3, 5].into_iter().for_each(|key| map.push(key, key));
        map.put(&mut bytes);
        BTreeMap::from([(3_u64, 3_u64), (5, 5)]).put(&mut expected);
        assert_eq!(bytes, expected);
        bytes[4] = 6;
        assert!(Ascending::<u64>::take(&mut Source::over(&bytes)).is_err());
    }
}
