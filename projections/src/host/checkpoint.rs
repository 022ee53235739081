//! Writes what changed into the database, in one batch with the cursor, and takes out of memory what is
//! settled.

use fjall::OwnedWriteBatch;
use triad_event::ids::LogId;

use super::keys::{self, Page};
use super::memory::{Held, Memory};
use super::rows::{AliveRow, CursorRow, versions};
use super::store::{Store, Stored};
use crate::run_list::Summary;
use crate::stored::Encoder;

/// Puts everything that changed into a batch.
pub(super) fn fill(batch: &mut OwnedWriteBatch, store: &Store, memory: &Memory, log: LogId) {
    let mut rows = Rows { batch, store, memory, encoder: Encoder::default() };
    for held in memory.touched.iter().filter_map(|id| memory.get(*id)) {
        rows.write(held);
    }
    let mut encoder = rows.encoder;
    for (id, subject) in &memory.subjects {
        batch.insert(&store.lookups, keys::data_subject(*id), encoder.encode(subject));
    }
    batch.insert(&store.lookups, keys::ENGINE, encoder.encode(&memory.engine));
    let cursor =
        CursorRow { log, next_sequence: memory.next_sequence, chain: memory.chain, versions: versions() };
    batch.insert(&store.lookups, keys::CURSOR, encoder.encode(&cursor));
    for keyspace in [&store.settled, &store.pages] {
        batch.remove(keyspace, keys::mark(memory.stored_sequence));
        batch.insert(keyspace, keys::mark(memory.next_sequence), []);
    }
}

impl Memory {
    /// Takes out what is in `stored` now. What is returned only needs to be dropped, best without the lock.
    pub(super) fn settle(&mut self, stored: Stored) -> Vec<Held> {
        let mut settled = Vec::new();
        for id in std::mem::take(&mut self.touched) {
            let Some(held) = self.runs.get_mut(&id) else { continue };
            if !held.run.summary().is_settled() {
                held.settle();
                continue;
            }
            self.order.remove(&began(held));
            if let Some(key) = held.run.summary().idempotency_key
                && self.keys.get(&key) == Some(&id)
            {
                self.keys.remove(&key);
            }
            settled.extend(self.runs.remove(&id).map(|held| *held));
        }
        self.pending_records = 0;
        self.subjects.clear();
        self.stored_sequence = self.next_sequence;
        self.stored = stored;
        settled
    }
}

impl Held {
    fn settle(&mut self) {
        self.is_stored = true;
        self.is_touched = false;
        self.dirty.clear();
        self.run.attempts.over = Vec::new();
        self.run.timeline = Default::default();
    }
}

fn began(held: &Held) -> u64 {
    held.run.summary().began.sequence
}

struct Rows<'a> {
    batch: &'a mut OwnedWriteBatch,
    store: &'a Store,
    memory: &'a Memory,
    encoder: Encoder,
}

impl Rows<'_> {
    fn write(&mut self, held: &Held) {
        let summary = held.run.summary();
        let began = summary.began.sequence;
        if summary.is_settled() {
            self.write_settled(summary);
            if held.is_stored {
                self.batch.remove(&self.store.lookups, keys::alive(began));
            }
        } else {
            let row = AliveRow {
                summary: summary.clone(),
                open: held.run.attempts.open.values().cloned().collect(),
                holds_key: self.memory.holds_key(summary),
            };
            self.batch.insert(&self.store.lookups, keys::alive(began), self.encoder.encode(&row));
        }
        self.write_tasks(began, held);
        self.write_timeline(began, held);
    }

    fn write_settled(&mut self, summary: &Summary) {
        let began = summary.began.sequence;
        let lookups = &self.store.lookups;
        self.batch.insert(&self.store.settled, keys::settled(began), self.encoder.encode(summary));
        self.batch.insert(lookups, keys::id(summary.id), keys::settled(began));
        self.batch.insert(lookups, keys::phase(summary.phase, began), []);
        // A newer workflow under the same key has the row, or will have it.
        if let Some(key) = summary.idempotency_key.filter(|_| self.memory.holds_key(summary)) {
            self.batch.insert(lookups, keys::idempotency(&key), keys::settled(began));
        }
    }

    fn page(&mut self, began: u64, page: Page, row: &[u8]) {
        self.batch.insert(&self.store.pages, keys::page(began, page), row);
    }

    fn write_tasks(&mut self, began: u64, held: &Held) {
        let pages = held.run.graph.tasks.pages();
        for number in held.dirty.iter() {
            if let Some(tasks) = pages.get(number as usize) {
                let row = self.encoder.encode(&**tasks);
                self.batch.insert(&self.store.pages, keys::page(began, Page::Tasks(number)), row);
            }
        }
    }

    fn write_timeline(&mut self, began: u64, held: &Held) {
        let newest = &held.run.timeline.0;
        if let Some(first) = newest.first {
            self.page(began, Page::Timeline(first), &newest.bytes);
        }
    }
}
