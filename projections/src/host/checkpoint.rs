//! Writes what changed into the database, in one batch with the cursor, and takes out of memory what is settled.

use fjall::OwnedWriteBatch;
use triad_event::execution::Captured;
use triad_event::ids::LogId;

use super::keys::{self, Page};
use super::memory::{Held, Memory};
use super::rows::{AliveRow, AttemptRow, CursorRow, OutputRow, versions};
use super::store::{Store, Stored};
use super::stored_reads::page_of;
use crate::attempt_history::{Attempt, Outcome};
use crate::stored::encode;

/// Captured output up to this size stays with its attempt: most programs print a line, and a row costs more than that.
const OUTPUT_INLINE_MAX: usize = 256;

/// Puts everything that changed into a batch.
pub(super) fn fill(batch: &mut OwnedWriteBatch, store: &Store, memory: &Memory, log: LogId) {
    let mut pages = Pages { batch, store, cursor: memory.next_sequence };
    for held in memory.touched.iter().filter_map(|id| memory.get(*id)) {
        pages.write(held);
    }
    for (key, accepted) in &memory.keys {
        batch.insert(&store.lookups, keys::idempotency(key), encode(accepted));
    }
    batch.insert(&store.lookups, keys::ENGINE, encode(&memory.engine));
    let cursor =
        CursorRow { log, next_sequence: memory.next_sequence, chain: memory.chain, versions: versions() };
    for keyspace in store.keyspaces() {
        batch.insert(keyspace, keys::CURSOR, encode(&cursor));
    }
}

impl Memory {
    /// Takes out what is in `stored` now. What is returned only needs to be dropped, best without the lock.
    pub(super) fn settle(&mut self, stored: Stored) -> Vec<Box<Held>> {
        let mut settled = Vec::new();
        for id in std::mem::take(&mut self.touched) {
            let Some(held) = self.runs.get_mut(&id) else { continue };
            if held.run.summary().is_settled() {
                self.order.remove(&held.run.summary().began.sequence);
                settled.extend(self.runs.remove(&id));
            } else {
                held.settle();
            }
        }
        self.keys.clear();
        self.pending_records = 0;
        self.pending_bytes = 0;
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

struct Pages<'a> {
    batch: &'a mut OwnedWriteBatch,
    store: &'a Store,
    cursor: u64,
}

impl Pages<'_> {
    fn write(&mut self, held: &Held) {
        let summary = held.run.summary();
        let began = summary.began.sequence;
        let lookups = &self.store.lookups;
        if summary.is_settled() {
            self.batch.insert(&self.store.settled, keys::settled(began), encode(summary));
            self.batch.insert(lookups, keys::id(summary.id), began.to_be_bytes());
            self.batch.insert(lookups, keys::phase(summary.phase, began), []);
            if held.is_stored {
                self.batch.remove(lookups, keys::alive(began));
            }
        } else {
            let open = held.run.attempts.open.values().cloned().collect();
            let row = AliveRow { summary: summary.clone(), open };
            self.batch.insert(lookups, keys::alive(began), encode(&row));
        }
        self.write_tasks(began, held);
        self.write_timeline(began, held);
        self.write_attempts(began, held);
    }

    fn page(&mut self, began: u64, page: Page, row: Vec<u8>) {
        self.batch.insert(&self.store.pages, keys::page(began, page), row);
    }

    fn write_tasks(&mut self, began: u64, held: &Held) {
        let pages = held.run.graph.tasks.pages();
        for number in held.dirty.iter() {
            if let Some(tasks) = pages.get(number as usize) {
                self.page(began, Page::Tasks(number), encode(&**tasks));
            }
        }
    }

    fn write_timeline(&mut self, began: u64, held: &Held) {
        let timeline = &held.run.timeline;
        if let Some(first) = timeline.first {
            self.page(began, Page::Timeline(first), timeline.bytes.clone());
        }
    }

    fn write_attempts(&mut self, began: u64, held: &Held) {
        let attempts = &held.run.attempts;
        // A workflow that stands still because of a fault may leave attempts open.
        let left_open = attempts.open.values().filter(|_| held.run.summary().is_settled());
        let mut attempts: Vec<&Attempt> = attempts.over.iter().chain(left_open).collect();
        attempts.sort_by_key(|attempt| page_of(attempt.task));
        for page in attempts.chunk_by(|one, other| page_of(one.task) == page_of(other.task)) {
            let number = page_of(page[0].task);
            let rows: Vec<AttemptRow> = page.iter().map(|attempt| self.attempt(began, attempt)).collect();
            self.page(began, Page::Attempts(number, self.cursor), encode(&rows));
        }
    }

    fn attempt(&mut self, began: u64, attempt: &Attempt) -> AttemptRow {
        let outcome = attempt.end.as_ref().and_then(|end| end.outcome.as_ref());
        let Some(outcome) = outcome.filter(|outcome| kept_bytes(outcome) > OUTPUT_INLINE_MAX) else {
            return AttemptRow { attempt: attempt.clone(), is_output_apart: false };
        };
        let output = OutputRow { stdout: outcome.stdout.clone(), stderr: outcome.stderr.clone() };
        self.page(began, Page::Output(attempt.requested.sequence), encode(&output));
        let mut attempt = attempt.clone();
        if let Some(outcome) = attempt.end.as_mut().and_then(|end| end.outcome.as_mut()) {
            outcome.stdout = Captured::NOTHING;
            outcome.stderr = Captured::NOTHING;
        }
        AttemptRow { attempt, is_output_apart: true }
    }
}

fn kept_bytes(outcome: &Outcome) -> usize {
    outcome.stdout.kept.len() + outcome.stderr.kept.len()
}
