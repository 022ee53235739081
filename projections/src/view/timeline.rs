//! What happened in a workflow, in order?

mod entries;

use fjall::Slice;
use triad_event::{Event, Kind, Recorded};

use crate::fold::{Follows, ViewError};
use crate::host::batch::NewPages;
use crate::host::stored::StoredPages;
use crate::read_error::ReadError;
use crate::row::{Layout, describe_fields};
use crate::view::part::Part;
pub(crate) use entries::Entries;
pub use entries::Entry;
use entries::Writing;

/// Lines of one page at most.
pub const LINES_MAX: usize = 10_000;

/// Every record of a workflow, in the codec of the log, which knows what an older version wrote. The host
/// takes out what it stores, so that only the newest entries are in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline(Writing);

impl Timeline {
    /// The entries in memory.
    pub(crate) fn entries(&self) -> Entries<'_> {
        self.0.entries()
    }
}

/// An entry that a person can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry.
    pub entry: Entry,
    /// Number and id of the task that it is about, if it is about one.
    pub task: Option<(u32, String)>,
    /// What happened, in a sentence without a full stop.
    pub text: String,
}

/// What a reader of the timeline asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// Only what was recorded behind this sequence: `next` of the page before.
    pub after: Option<u64>,
    /// At most that many lines, and never more than [`LINES_MAX`].
    pub limit: usize,
}

/// One page of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The lines, oldest first.
    pub lines: Vec<Line>,
    /// What to ask for as `after` to go on; none when the timeline ends here for now.
    pub next: Option<u64>,
}

impl Line {
    /// Puts an entry into words. Only tasks have ids, and `id_of` knows them.
    pub(crate) fn of<'a>(entry: Entry, id_of: impl Fn(u32) -> Option<&'a str>) -> Self {
        let name = |task| id_of(task).map_or_else(|| task.to_string(), str::to_owned);
        let text = entry.event.words(name);
        let task = entry.event.task().map(|task| (task, name(task)));
        Self { entry, task, text }
    }
}

impl Query {
    pub(crate) fn lines(&self) -> usize {
        self.limit.clamp(1, LINES_MAX)
    }

    /// The page out of its entries, one more than it holds if there are as many.
    pub(crate) fn page<'a>(&self, mut entries: Vec<Entry>, id_of: impl Fn(u32) -> Option<&'a str>) -> Page {
        let is_more = entries.len() > self.lines();
        entries.truncate(self.lines());
        let next = entries.last().filter(|_| is_more).map(|entry| entry.sequence);
        let lines = entries.into_iter().map(|entry| Line::of(entry, &id_of)).collect();
        Page { lines, next }
    }

    /// The least sequence that belongs into the page.
    pub(crate) fn from(&self) -> u64 {
        self.after.map_or(0, |after| after.saturating_add(1))
    }
}

impl<E> Follows<E> for Timeline {
    fn follow(&mut self, record: &Recorded<Event>, _: &E) -> Result<(), ViewError> {
        self.0.add(record);
        Ok(())
    }
}

/// A page holds what came between two checkpoints, by the sequence of its first entry.
impl Part for Timeline {
    const FOLD: u32 = 1;
    type Alive = ();
    type Page = EveryPayload;

    fn alive(&self) {}

    fn fill(&self, mut pages: NewPages<'_, '_>) {
        if let Some(first) = self.0.first {
            pages.insert_bytes(first, &self.0.bytes);
        }
    }

    fn evict(&mut self) {
        self.0 = Writing::default();
    }

    fn recall((): (), _: StoredPages<'_>) -> Result<Self, ReadError> {
        Ok(Self::default())
    }
}

/// Pages hold payloads as the codec of the log writes them.
pub(crate) struct EveryPayload;

impl Layout for EveryPayload {
    fn describe(out: &mut String) {
        for kind in Kind::ALL {
            describe_fields(kind.name(), kind.description().fields, out);
        }
    }
}

/// Entries from a sequence on, at most `limit`.
pub(crate) fn stored_entries(
    pages: StoredPages<'_>,
    from: u64,
    limit: usize,
) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    for page in pages_from(pages, from)? {
        for entry in Entries::of(&page?.1) {
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

/// Pages from the one on that holds a sequence, which begins at it or before.
pub(crate) fn pages_from(
    pages: StoredPages<'_>,
    sequence: u64,
) -> Result<impl Iterator<Item = Result<(u64, Slice), ReadError>>, ReadError> {
    let holding = pages.range(0..=sequence).next_back().transpose()?;
    Ok(pages.range(holding.map_or(0, |(first, _)| first)..=u64::MAX))
}
