//! Reads of what is stored: workflows that are settled, and the parts of living ones that nothing changes any
//! more.

use std::collections::BTreeMap;

use fjall::Readable;
use triad_event::ids::{DataSubjectId, WorkflowId};

use super::keys::{self, Page};
use super::rows::{AliveRow, CursorRow};
use super::store::Stored;
use crate::attempt_history::AttemptHistory;
use crate::engine_state::EngineState;
use crate::projection::Projection;
use crate::run_graph::{RunGraph, Task};
use crate::run_list::{self, Summary};
use crate::stored::{Undecodable, decode};
use crate::subjects::DataSubject;
use crate::task_pages::{PAGE_TASKS, TaskPages};
use crate::timeline::{Entries, Entry};
use crate::views::ReadError;

impl Stored {
    /// The newest workflow that was accepted under an idempotency key, if it is settled.
    pub(crate) fn keyed(&self, key: &[u8; 32]) -> Result<Option<Summary>, ReadError> {
        self.named(&keys::idempotency(key))
    }

    /// A settled workflow.
    pub(crate) fn summary(&self, workflow: WorkflowId) -> Result<Option<Summary>, ReadError> {
        self.named(&keys::id(workflow))
    }

    fn named(&self, key: &[u8]) -> Result<Option<Summary>, ReadError> {
        let Some(row) = self.snapshot.get(&self.store.lookups, key)? else { return Ok(None) };
        self.settled(last_number(&row)?).map(Some)
    }

    /// Settled workflows that a page of the list asks for, one more than it holds if there are as many.
    pub(crate) fn settled_for(&self, query: &run_list::Query) -> Result<Vec<Summary>, ReadError> {
        let wanted = query.rows() + 1;
        if let Some(phase) = query.phase {
            let range = keys::phase(phase, 0)..keys::phase(phase, query.bound());
            let found = self.snapshot.range(&self.store.lookups, range).rev().take(wanted);
            found.map(|guard| self.settled(last_number(&guard.key()?)?)).collect()
        } else {
            let range = keys::settled(0)..keys::settled(query.bound());
            let rows = self.snapshot.range(&self.store.settled, range).rev().map(fjall::Guard::into_inner);
            let found = rows.filter(|row| row.as_ref().map_or(true, |(key, _)| !keys::is_mark(key)));
            found.take(wanted).map(|row| Ok(decode(&row?.1)?)).collect()
        }
    }

    /// The settled workflow with that first record.
    fn settled(&self, began: u64) -> Result<Summary, ReadError> {
        let row = self.snapshot.get(&self.store.settled, keys::settled(began))?.ok_or(Undecodable)?;
        Ok(decode(&row)?)
    }

    /// The graph of a workflow whose summary is known.
    pub(crate) fn graph(&self, summary: Summary) -> Result<RunGraph, ReadError> {
        let began = summary.began.sequence;
        let range = keys::page(began, Page::Tasks(0))..=keys::page(began, Page::Tasks(u32::MAX));
        let rows = self.snapshot.range(&self.store.pages, range);
        let pages = rows.map(|guard| Ok(decode::<Vec<Task>>(&guard.value()?)?));
        let tasks = TaskPages::from_pages(pages.collect::<Result<_, ReadError>>()?);
        if tasks.len() != summary.tasks as usize {
            return Err(Undecodable.into());
        }
        Ok(RunGraph { summary, tasks })
    }

    /// Pages of tasks by their number: those in which the given tasks are.
    pub(crate) fn pages_of(
        &self,
        began: u64,
        tasks: impl Iterator<Item = u32>,
    ) -> Result<BTreeMap<u32, Vec<Task>>, ReadError> {
        let mut pages = BTreeMap::new();
        for number in tasks.map(page_of) {
            if let std::collections::btree_map::Entry::Vacant(place) = pages.entry(number) {
                let key = keys::page(began, Page::Tasks(number));
                let row = self.snapshot.get(&self.store.pages, key)?.ok_or(Undecodable)?;
                place.insert(decode::<Vec<Task>>(&row)?);
            }
        }
        Ok(pages)
    }

    /// Entries of a timeline from a sequence on, at most `limit`.
    pub(crate) fn entries(&self, began: u64, from: u64, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let pages = &self.store.pages;
        let key = |first| keys::page(began, Page::Timeline(first));
        // The page that holds `from` begins at it or before.
        let first = match self.snapshot.range(pages, key(0)..=key(from)).next_back() {
            Some(holding) => last_number(&holding.key()?)?,
            None => 0,
        };
        let mut entries = Vec::new();
        for guard in self.snapshot.range(pages, key(first)..=key(u64::MAX)) {
            let bytes = guard.value()?;
            for entry in Entries::of(&bytes) {
                let entry = entry?;
                if entries.len() == limit {
                    return Ok(entries);
                }
                if entry.sequence >= from {
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    /// The attempts of a task, as far as its timeline is stored.
    pub(crate) fn attempts(&self, began: u64, task: u32) -> Result<AttemptHistory, ReadError> {
        let key = |first| keys::page(began, Page::Timeline(first));
        let mut history = AttemptHistory::default();
        for guard in self.snapshot.range(&self.store.pages, key(0)..=key(u64::MAX)) {
            for entry in Entries::of(&guard.value()?).naming(task) {
                history.apply(&entry?.into_record()).map_err(|_| Undecodable)?;
            }
        }
        Ok(history)
    }

    /// The cursor; none in a database that was never written. Keyspaces are written together, so one that is
    /// behind the cursor, or ahead of it, does not belong to it any more.
    pub(super) fn cursor(&self) -> Result<Option<CursorRow>, ReadError> {
        let row = self.snapshot.get(&self.store.lookups, keys::CURSOR)?;
        let cursor: Option<CursorRow> = row.map(|row| decode(&row)).transpose()?;
        let expected = cursor.as_ref().map(|cursor| keys::mark(cursor.next_sequence));
        for keyspace in [&self.store.settled, &self.store.pages] {
            let last = self.snapshot.last_key_value(keyspace).map(fjall::Guard::key).transpose()?;
            if last.as_deref() != expected.as_ref().map(<[u8; 9]>::as_slice) {
                return Err(Undecodable.into());
            }
        }
        Ok(cursor)
    }

    /// A data subject.
    pub(crate) fn data_subject(&self, subject: DataSubjectId) -> Result<Option<DataSubject>, ReadError> {
        let row = self.snapshot.get(&self.store.lookups, keys::data_subject(subject))?;
        Ok(row.map(|row| decode(&row)).transpose()?)
    }

    /// The engine's state.
    pub(super) fn engine(&self) -> Result<EngineState, ReadError> {
        let row = self.snapshot.get(&self.store.lookups, keys::ENGINE)?.ok_or(Undecodable)?;
        Ok(decode(&row)?)
    }

    /// Every workflow that was alive.
    pub(super) fn alive(&self) -> impl Iterator<Item = Result<AliveRow, ReadError>> {
        let rows = self.snapshot.prefix(&self.store.lookups, keys::ALIVE);
        rows.map(|guard| Ok(decode(&guard.value()?)?))
    }
}

/// The page of a task.
fn page_of(task: u32) -> u32 {
    task / PAGE_TASKS as u32
}

/// The number with which a key ends.
fn last_number(key: &[u8]) -> Result<u64, Undecodable> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes)).ok_or(Undecodable)
}
