//! What happened in a workflow, in order?

mod entries;

use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use crate::projection::{Projection, ViewError};
use crate::subject;
pub(crate) use entries::Entries;
use entries::Writing;

/// Lines of one page at most.
pub const LINES_MAX: usize = 10_000;

/// Every record of a workflow, in the codec of the log, which knows what an older version wrote. The host
/// takes out what it stores, so that only the newest entries are in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline(pub(crate) Writing);

/// A record of a workflow as the timeline keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence.
    pub sequence: u64,
    /// Its time.
    pub at: Micros,
    /// What happened, without task definitions: those are in the graph.
    pub event: Event,
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

impl Entry {
    /// As a fold takes it. Its place in the log, beyond the sequence, is not kept.
    pub(crate) fn into_record(self) -> Recorded<Event> {
        Recorded {
            sequence: self.sequence,
            group: self.sequence,
            at: self.at,
            stream: StreamId::LOG,
            ordinal: 0,
            cause: self.sequence,
            principal: PrincipalId::ZERO,
            event: self.event,
        }
    }
}

impl Line {
    /// Puts an entry into words. Only tasks have ids, and `id_of` knows them.
    pub(crate) fn of<'a>(entry: Entry, id_of: impl Fn(u32) -> Option<&'a str>) -> Self {
        let name = |task| id_of(task).map_or_else(|| task.to_string(), str::to_owned);
        let text = entry.event.words(&name);
        let task = subject::task(&entry.event).map(|task| (task, name(task)));
        Self { entry, task, text }
    }
}

impl Query {
    /// Lines of the page.
    pub(crate) fn lines(&self) -> usize {
        self.limit.clamp(1, LINES_MAX)
    }

    /// The least sequence that belongs into the page.
    pub(crate) fn from(&self) -> u64 {
        self.after.map_or(0, |after| after.saturating_add(1))
    }
}

impl Projection for Timeline {
    const NAME: &'static str = "timeline";
    const VERSION: u32 = 2;

    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        match &record.event {
            Event::Intake(_) | Event::Dag(_) | Event::Execution(_) => {
                self.0.add(record);
                Ok(())
            }
            Event::Log(_) | Event::Governance(_) | Event::Subjects(_) => Err(ViewError::misplaced(record)),
        }
    }
}
