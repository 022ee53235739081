//! The open block: decided groups become entries of the log where the world says that they stand, and blocks state
//! what the hardware that keeps the log's key is to count.

use super::time::Reading;
use std::ops::Range;
use std::time::Duration;
use triad_decide::limits::{GROUP_BYTES_MAX, GROUP_EVENTS_MAX, RECORD_BYTES_MAX};
use triad_event::{ClockState, Event, Recorded, Source, codec};
use triad_keys::Pace;
use triad_log::storage::{Attachment, Storage};
use triad_log::writer::{Entry, LogWriter};
use triad_proof::block::BLOCK_LENGTH_MAX;
use triad_proof::checkpoint::Checkpoint;

/// What a record needs in a block besides its payload: header, presence, salt and its place in the table of offsets.
const RECORD_OVERHEAD_BYTES: usize = 192 + 1 + 16 + 4;
/// Far above what a block needs besides its records.
const BLOCK_OVERHEAD_BYTES: usize = 4096;

// However full a group is, and whatever its last record brings, a block of its own holds it.
const _: () = assert!(
    GROUP_BYTES_MAX + RECORD_BYTES_MAX + GROUP_EVENTS_MAX * RECORD_OVERHEAD_BYTES + BLOCK_OVERHEAD_BYTES
        <= BLOCK_LENGTH_MAX as usize
);

/// The log's writer, with the payloads of the group that is appended next.
pub(crate) struct Journal<S: Storage> {
    writer: LogWriter<S>,
    /// None without hardware.
    counter: Option<Pace>,
    payloads: Vec<u8>,
    encoded: Vec<Encoded>,
}

/// A payload, by its place among the payloads of its group.
struct Encoded {
    kind: u16,
    kind_version: u8,
    range: Range<usize>,
}

impl<S: Storage> Journal<S> {
    /// A journal on that writer; `counted` is what the hardware counts.
    pub(crate) fn new(writer: LogWriter<S>, counted: Option<u64>) -> Self {
        Self { writer, counter: counted.map(Pace::new), payloads: Vec::new(), encoded: Vec::new() }
    }

    pub(crate) fn open_bytes(&self) -> usize {
        self.writer.open_bytes()
    }

    pub(crate) fn durable_next_sequence(&self) -> u64 {
        self.writer.durable_next_sequence()
    }

    /// Encodes a group, and says whether it fits into the open block.
    pub(crate) fn encode(&mut self, records: &[Recorded<Event>]) -> bool {
        self.payloads.clear();
        self.encoded.clear();
        for record in records {
            let begin = self.payloads.len();
            let (kind, kind_version) = codec::encode(&record.event, &mut self.payloads);
            self.encoded.push(Encoded { kind, kind_version, range: begin..self.payloads.len() });
        }
        self.writer.fits(records.len(), self.payloads.len())
    }

    /// Appends the group that was encoded, in one block whatever happens.
    pub(crate) fn append(
        &mut self,
        records: &[Recorded<Event>],
        clock_state: ClockState,
        source: Source,
        attachments: impl IntoIterator<Item = Attachment>,
    ) {
        self.writer.begin_group();
        for (place, (record, encoded)) in records.iter().zip(&self.encoded).enumerate() {
            let source = if place == 0 { source } else { Source::Engine };
            let entry = Entry {
                kind: encoded.kind,
                kind_version: encoded.kind_version,
                time_us: record.at.0,
                elapsed_us: record.elapsed.0.cast_unsigned(),
                clock_state: clock_state.number(),
                source: source.number(),
                outcome: record.event.outcome().number(),
                stream: record.stream.0,
                principal: record.principal.0,
                cause: Some(record.cause),
                payload: &self.payloads[encoded.range.clone()],
            };
            let sequence = self.writer.append_at(&entry, record.ordinal);
            assert_eq!(sequence, record.sequence, "invariant: the world and the log count alike");
        }
        for (key, value) in attachments {
            self.writer.attach(key, value);
        }
    }

    /// Seals the open block and submits it.
    pub(crate) fn submit(&mut self, now: Reading) {
        if let Some(counter) = &mut self.counter {
            let since = Duration::from_micros(u64::try_from(now.boottime_us).unwrap_or(0));
            let stated = counter.state(self.writer.next_sequence() - 1, since);
            self.writer.state_counter(stated);
        }
        self.writer.submit();
    }

    /// The hardware is to count the next block, however short ago the last time was.
    pub(crate) fn count_next_block(&mut self) {
        if let Some(counter) = &mut self.counter {
            counter.want();
        }
    }

    /// What the hardware is to count now that it is durable. Said once.
    pub(crate) fn due_count(&mut self) -> Option<u64> {
        let durable = self.writer.durable_next_sequence();
        self.counter.as_mut()?.due(durable)
    }

    /// Whether the hardware counted as asked. If not, the log is one ahead of it until the next start, which makes that
    /// good.
    pub(crate) fn advanced(&mut self, is_counted: bool) {
        match (&mut self.counter, is_counted) {
            (Some(counter), true) => counter.advanced(),
            (Some(counter), false) => counter.failed(),
            (None, _) => {}
        }
    }

    /// Whether a block waits to be counted.
    pub(crate) fn is_counting(&self) -> bool {
        self.counter.as_ref().is_some_and(Pace::is_counting)
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.writer.checkpoint()
    }

    pub(crate) fn storage_mut(&mut self) -> &mut S {
        self.writer.storage_mut()
    }

    /// Gives the storage back. An open block is discarded.
    pub(crate) fn into_storage(self) -> S {
        self.writer.into_storage()
    }
}
