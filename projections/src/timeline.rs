//! What happened in a workflow, in order?

mod wording;

use triad_event::execution::Captured;
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, codec, execution, intake};

use crate::projection::{Projection, ViewError};
use crate::stored::Undecodable;
use crate::subject;

/// Lines of one page at most.
pub const LINES_MAX: usize = 10_000;

/// Every record of a workflow, in the codec of the log, which knows what an older version wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Entries one after another. The host takes them out as it stores them.
    pub(crate) bytes: Vec<u8>,
    /// Sequence of the first entry that is still here.
    pub(crate) first: Option<u64>,
}

/// A record of a workflow as the timeline keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence.
    pub sequence: u64,
    /// Its time.
    pub at: Micros,
    /// What happened, without task definitions and without captured output: those are in the other views.
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

impl Line {
    /// Puts an entry into words. Only tasks have ids, and `id_of` knows them.
    pub fn of<'a>(entry: Entry, id_of: impl Fn(u32) -> Option<&'a str>) -> Self {
        let name = |task| id_of(task).map_or_else(|| task.to_string(), str::to_owned);
        let text = wording::sentence(&entry, &name);
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

impl Timeline {
    /// The entries that are here.
    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries { rest: &self.bytes }
    }
}

impl Projection for Timeline {
    const NAME: &'static str = "timeline";
    const VERSION: u32 = 1;

    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        self.first.get_or_insert(record.sequence);
        match &record.event {
            Event::Intake(event) => write(&mut self.bytes, record, &without_tasks(event)),
            Event::Execution(event) => write_attempt(&mut self.bytes, record, event),
            Event::Dag(_) => write(&mut self.bytes, record, &record.event),
            Event::Log(_) | Event::Governance(_) => return Err(ViewError::misplaced(record)),
        }
        Ok(())
    }
}

/// Length of what stands before the payload of an entry: sequence, time, kind, version, length.
const HEAD_BYTES: usize = 8 + 8 + 2 + 1 + 4;

fn write(out: &mut Vec<u8>, record: &Recorded<Event>, event: &Event) {
    let start = out.len();
    out.extend_from_slice(&record.sequence.to_le_bytes());
    out.extend_from_slice(&record.at.0.to_le_bytes());
    out.extend_from_slice(&[0; HEAD_BYTES - 16]);
    let (kind, version) = codec::encode(event, out);
    let length = (out.len() - start - HEAD_BYTES) as u32;
    out[start + 16..start + 18].copy_from_slice(&kind.to_le_bytes());
    out[start + 18] = version;
    out[start + 19..start + HEAD_BYTES].copy_from_slice(&length.to_le_bytes());
}

fn without_tasks(event: &intake::Event) -> Event {
    match event {
        intake::Event::ChunkStaged(staged) => {
            intake::ChunkStaged { first_task: staged.first_task, tasks: Vec::new() }.into()
        }
        intake::Event::WorkflowSubmitted(submitted) => intake::WorkflowSubmitted {
            name: submitted.name.clone(),
            idempotency_key: submitted.idempotency_key,
            earlier: submitted.earlier.clone(),
            looked_up_through: submitted.looked_up_through,
            staged_tasks: submitted.staged_tasks,
            tasks: Vec::new(),
            digest: submitted.digest,
        }
        .into(),
        intake::Event::WorkflowAccepted(_) | intake::Event::UploadExpired(_) => event.clone().into(),
    }
}

fn write_attempt(out: &mut Vec<u8>, record: &Recorded<Event>, event: &execution::Event) {
    let without_output = |captured: &Captured| Captured { kept: Vec::new(), total: captured.total };
    match event {
        execution::Event::AttemptEnded(ended) => {
            let ended = execution::AttemptEnded {
                stdout: without_output(&ended.stdout),
                stderr: without_output(&ended.stderr),
                ..*ended
            };
            write(out, record, &ended.into());
        }
        execution::Event::AttemptRequested(_)
        | execution::Event::AttemptProgressed(_)
        | execution::Event::AttemptCancelRequested(_)
        | execution::Event::AttemptStalled(_)
        | execution::Event::AttemptAbandoned(_) => write(out, record, &record.event),
    }
}

/// Reads entries one after another.
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn read(&mut self) -> Result<Entry, Undecodable> {
        let sequence = u64::from_le_bytes(self.take()?);
        let at = Micros(i64::from_le_bytes(self.take()?));
        let kind = u16::from_le_bytes(self.take()?);
        let [version] = self.take()?;
        let length = u32::from_le_bytes(self.take()?);
        let (payload, rest) = self.rest.split_at_checked(length as usize).ok_or(Undecodable)?;
        self.rest = rest;
        let event = codec::decode(kind, version, payload).map_err(|_| Undecodable)?;
        Ok(Entry { sequence, at, event })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Undecodable> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Undecodable)?;
        self.rest = rest;
        Ok(*taken)
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Undecodable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        Some(read)
    }
}
