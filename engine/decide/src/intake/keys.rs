//! Idempotency keys that were accepted lately. Older ones are in the persisted index that the shell asks.

use std::collections::VecDeque;
use std::sync::Arc;

use triad_event::intake::Earlier;

use crate::limits::KEYS_MAX;
use crate::shared::SharedMap;

/// The keys of the newest acceptances.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) entries: SharedMap<[u8; 32], Key>,
    /// The keys in the order of their acceptance, with its sequence. Shared until written.
    pub(crate) order: Arc<VecDeque<(u64, [u8; 32])>>,
    /// Sequence of the newest acceptance that is not kept any more: an index must have read this far.
    pub(crate) horizon: u64,
}

/// What was accepted under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) sequence: u64,
    pub(crate) earlier: Earlier,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { entries: SharedMap::new(), order: Arc::default(), horizon: 0 }
    }

    pub(crate) fn get(&self, key: &[u8; 32]) -> Option<&Earlier> {
        self.entries.get(key).map(|kept| &kept.earlier)
    }

    pub(crate) fn insert(&mut self, key: [u8; 32], sequence: u64, earlier: Earlier) {
        self.entries.insert(key, Key { sequence, earlier });
        let order = Arc::make_mut(&mut self.order);
        order.push_back((sequence, key));
        if order.len() > KEYS_MAX
            && let Some((oldest, key)) = order.pop_front()
        {
            self.horizon = oldest;
            // The key may have been accepted again since, after it had expired.
            if self.entries.get(&key).is_some_and(|kept| kept.sequence == oldest) {
                self.entries.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use triad_event::ids::WorkflowId;
    use triad_event::quantity::Micros;

    use super::*;

    fn key(number: u64) -> [u8; 32] {
        *blake3::hash(&number.to_le_bytes()).as_bytes()
    }

    fn accept(keys: &mut Keys, number: u64, sequence: u64) {
        let earlier = Earlier { workflow: WorkflowId([1; 16]), digest: key(number), at: Micros(0) };
        keys.insert(key(number), sequence, earlier);
    }

    #[test]
    fn the_newest_keys_are_kept_and_the_horizon_says_since_when() {
        let mut keys = Keys::new();
        (0..KEYS_MAX as u64).for_each(|number| accept(&mut keys, number, number + 10));
        assert_eq!((keys.horizon, keys.get(&key(0)).is_some()), (0, true));
        accept(&mut keys, 1_000_000, 1_000_000);
        assert_eq!((keys.horizon, keys.get(&key(0)).is_some()), (10, false));
        assert_eq!((keys.entries.len(), keys.order.len()), (KEYS_MAX, KEYS_MAX));
    }

    #[test]
    fn a_key_that_was_accepted_again_stays_when_its_first_use_leaves() {
        let mut keys = Keys::new();
        accept(&mut keys, 0, 10);
        accept(&mut keys, 0, 11);
        (1..KEYS_MAX as u64).for_each(|number| accept(&mut keys, number, number + 11));
        assert_eq!((keys.horizon, keys.get(&key(0)).is_some()), (10, true));
    }
}
