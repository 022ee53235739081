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
