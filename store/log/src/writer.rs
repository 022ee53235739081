//! Writing: entries become records of the open block, blocks become commits.

use crate::durable::DurableMark;
use crate::posting::Posting;
use crate::salt::Salts;
use crate::storage::{Attachment, Commit, LogRead, ReadError, Storage, Ticket};
use std::collections::BTreeMap;
use tokio::sync::watch;
use triad_proof::build::{BlockBuilder, Draft, Position};
use triad_proof::checkpoint::Checkpoint;
use triad_proof::{KeyStatement, LogId};

/// Streams whose end is remembered at least. When there are twice as many as were left the last time, those that are durable
/// are forgotten. Few enough for the processor's nearest cache, because each record looks for its own.
const REMEMBERED_STREAMS: usize = 1_024;

/// Longest key of an attachment. fjall takes keys up to 65,535 bytes; nobody needs them.
pub const ATTACHMENT_KEY_LENGTH_MAX: usize = 256;
/// Largest attachment. What is larger belongs into a file of its own: a commit lies in memory as a whole.
pub const ATTACHMENT_LENGTH_MAX: usize = 1 << 20;

/// Signs checkpoint texts with the key of the current epoch.
pub type Sign = Box<dyn FnMut(&[u8]) -> [u8; 64] + Send>;

/// An event on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<P> {
    /// Event kind.
    pub kind: u16,
    /// Version of the payload struct.
    pub kind_version: u8,
    /// Microseconds since the Unix epoch. Earlier than the record before is taken as equal to it.
    pub time_us: i64,
    /// Microseconds that had passed for this log. Less than at the record before is taken as equal to it.
    pub elapsed_us: u64,
    /// 1 steady, 2 stepped, 3 waiting.
    pub clock_state: u8,
    /// 1 engine, 2 operator, 3 client, 4 timer, 5 effect.
    pub source: u8,
    /// 0 none, 1 success, 2 failure, 3 refused.
    pub outcome: u8,
    /// The stream.
    pub stream: [u8; 16],
    /// Who caused it.
    pub principal: [u8; 16],
    /// Sequence that led to it; None when nothing did.
    pub cause: Option<u64>,
    /// At most 1 MiB.
    pub payload: P,
}

/// Where a writer continues.
pub struct Start {
    /// The log.
    pub log_id: LogId,
    /// This node.
    pub node: [u8; 16],
    /// The end of the log.
    pub position: Position,
    /// Key epoch in force.
    pub key_epoch: u32,
    /// The statement to write with the first block, when the log is new or a new epoch begins.
    pub statement: Option<KeyStatement>,
    /// Signs with the key of that epoch.
    pub sign: Sign,
    /// Hardware counter that the blocks state; 0 without one.
    pub nv_counter: u64,
    /// Where salts come from.
    pub salts: Salts,
    /// What is durable, as the storage publishes it.
    pub durable: watch::Receiver<DurableMark>,
}

/// Builds blocks and submits them. Owned by one thread.
pub struct LogWriter<S: Storage> {
    log_id: LogId,
    builder: BlockBuilder,
    storage: S,
    reader: S::Reader,
    sign: Sign,
    nv_counter: u64,
    salts: Salts,
    statement: Option<KeyStatement>,
    group: u64,
    postings: Vec<Posting>,
    attachments: Vec<Attachment>,
    attached_bytes: usize,
    streams: BTreeMap<[u8; 16], StreamEnd>,
    /// How many are remembered when some are forgotten next.
    forget_at: usize,
    durable: watch::Receiver<DurableMark>,
}

/// Where a stream stands.
#[derive(Debug, Clone, Copy)]
struct StreamEnd {
    next_ordinal: u64,
    last_sequence: u64,
    /// Place among the postings of the open block, when the last record is in it.
    posting: usize,
}

impl<S: Storage> LogWriter<S> {
    /// Continues a log on `storage`.
    pub fn new(start: Start, storage: S) -> Self {
        let group = start.position.next_sequence;
        Self {
            log_id: start.log_id,
            builder: BlockBuilder::new(start.log_id, start.node, start.key_epoch, start.position),
            reader: storage.reader(),
            storage,
            sign: start.sign,
            nv_counter: start.nv_counter,
            salts: start.salts,
            statement: start.statement,
            group,
            postings: Vec::new(),
            attachments: Vec::new(),
            attached_bytes: 0,
            streams: BTreeMap::new(),
            forget_at: REMEMBERED_STREAMS,
            durable: start.durable,
        }
    }

    /// Sequence that the next record will have.
    pub fn next_sequence(&self) -> u64 {
        self.builder.position().next_sequence
    }

    /// Sequence of the first record that is not durable.
    pub fn durable_next_sequence(&self) -> u64 {
        self.durable.borrow().next_sequence
    }

    /// Time of the last record.
    pub fn last_time_us(&self) -> i64 {
        self.builder.position().time_us
    }

    /// Bytes of the open block and of what is attached to it; 0 when it has no record.
    pub fn open_bytes(&self) -> usize {
        if self.builder.is_empty() { 0 } else { self.builder.length_bytes() + self.attached_bytes }
    }

    /// Whether a group of this size fits into the open block without breaking its limits.
    pub fn fits(&self, record_count: usize, payload_bytes: usize) -> bool {
        self.builder.fits(record_count, payload_bytes)
    }

    /// Begins a group: the entries appended until the next call belong together and are committed together.
    pub fn begin_group(&mut self) -> u64 {
        if self.streams.len() >= self.forget_at {
            let durable = self.durable.borrow().next_sequence;
            self.streams.retain(|_, end| end.last_sequence >= durable);
            self.forget_at = (2 * self.streams.len()).max(REMEMBERED_STREAMS);
        }
        self.group = self.next_sequence();
        self.group
    }

    /// Appends an entry to the open block and returns its sequence. Nothing is durable until the block is.
    pub fn append(&mut self, entry: &Entry<impl AsRef<[u8]>>) -> Result<u64, ReadError> {
        if !self.streams.contains_key(&entry.stream) {
            let end = self.find_end(entry.stream)?;
            self.streams.insert(entry.stream, end);
        }
        Ok(self.append_next(entry, None))
    }

    /// The same for a caller that knows the record's place in its stream: nothing is looked up.
    ///
    /// # Panics
    /// When the writer remembers another end of the stream: the caller and the log would count differently.
    pub fn append_at(&mut self, entry: &Entry<impl AsRef<[u8]>>, stream_ordinal: u64) -> u64 {
        self.append_next(entry, Some(stream_ordinal))
    }

    /// Attaches bytes to the open block: they become durable with it or not at all. Without a record in the block they
    /// wait for the first.
    ///
    /// # Panics
    /// When a key is empty, or a key or value is longer than [`ATTACHMENT_KEY_LENGTH_MAX`] or [`ATTACHMENT_LENGTH_MAX`].
    pub fn attach(&mut self, key: Vec<u8>, value: Vec<u8>) {
        assert!(
            (1..=ATTACHMENT_KEY_LENGTH_MAX).contains(&key.len()),
            "invariant: the key of an attachment is short"
        );
        assert!(value.len() <= ATTACHMENT_LENGTH_MAX, "invariant: an attachment is small");
        self.attached_bytes += key.len() + value.len();
        self.attachments.push((key, value));
    }

    /// Appends to a stream whose end is remembered, or known.
    fn append_next(&mut self, entry: &Entry<impl AsRef<[u8]>>, known: Option<u64>) -> u64 {
        let sequence = self.next_sequence();
        let ordinal = self.post(entry.stream, sequence, known);
        let time_us = entry.time_us.max(self.last_time_us());
        self.builder.append(&Draft {
            kind: entry.kind,
            kind_version: entry.kind_version,
            group: self.group,
            time_us,
            elapsed_us: entry.elapsed_us.max(self.builder.position().elapsed_us),
            clock_state: entry.clock_state,
            source: entry.source,
            outcome: entry.outcome,
            stream: entry.stream,
            stream_ordinal: ordinal,
            principal: entry.principal,
            cause: entry.cause.unwrap_or(sequence),
            salt: self.salts.next(),
            payload: entry.payload.as_ref(),
        });
        sequence
    }

    /// Enters the next record into the index of the open block, and returns its ordinal in the stream.
    fn post(&mut self, stream: [u8; 16], sequence: u64, known: Option<u64>) -> u64 {
        let block_first = self.builder.first_sequence();
        let place = u16::try_from(sequence - block_first);
        let place = place.expect("invariant: a block holds at most 65,536 records");
        let end = self.streams.entry(stream).or_insert_with(|| {
            // What is not remembered is durable, so its last record lies before the open block.
            let next_ordinal = known.expect("invariant: the end of the stream is remembered");
            StreamEnd { next_ordinal, last_sequence: 0, posting: 0 }
        });
        let ordinal = end.next_ordinal;
        assert_eq!(
            known.unwrap_or(ordinal),
            ordinal,
            "invariant: the caller and the log count a stream alike"
        );
        if ordinal == 0 || end.last_sequence < block_first {
            end.posting = self.postings.len();
            let places = vec![place];
            self.postings.push(Posting { stream, block_first, first_ordinal: ordinal, places });
        } else {
            self.postings[end.posting].places.push(place);
        }
        *end = StreamEnd { next_ordinal: ordinal + 1, last_sequence: sequence, ..*end };
        ordinal
    }

    fn find_end(&self, stream: [u8; 16]) -> Result<StreamEnd, ReadError> {
        let posted = self.reader.posting_at_or_before(stream, u64::MAX)?;
        let last_sequence = posted.as_ref().and_then(|posted| posted.sequences().last()).unwrap_or_default();
        let next_ordinal = posted.map_or(0, |posted| posted.next_ordinal());
        Ok(StreamEnd { next_ordinal, last_sequence, posting: 0 })
    }

    /// Seals the open block and submits it; None when nothing waits. Blocks while too many commits are in flight.
    pub fn submit(&mut self) -> Option<Ticket> {
        if self.builder.is_empty() {
            return None;
        }
        let statement = self.statement.take();
        let sealed = self.builder.seal(|text| (self.sign)(text), self.nv_counter, statement.as_ref());
        let next = Vec::with_capacity(self.postings.len());
        let postings = std::mem::replace(&mut self.postings, next);
        let (commit, buffer) = Commit::new(sealed, postings, statement.as_ref());
        self.builder.reuse(buffer);
        let commit = Commit { attachments: std::mem::take(&mut self.attachments), ..commit };
        self.attached_bytes = 0;
        Some(self.storage.submit(commit))
    }

    /// States another hardware counter from the open block on.
    ///
    /// # Panics
    /// When it is below the one before: the log would not verify.
    pub fn state_counter(&mut self, nv_counter: u64) {
        assert!(nv_counter >= self.nv_counter, "invariant: the hardware counter does not run backwards");
        self.nv_counter = nv_counter;
    }

    /// The tree over everything that was appended, as the block that was submitted last signed it.
    ///
    /// # Panics
    /// When records wait to be submitted: nothing has signed them yet.
    pub fn checkpoint(&self) -> Checkpoint {
        assert!(self.builder.is_empty(), "invariant: a checkpoint is that of a block");
        let position = self.builder.position();
        Checkpoint::new(&self.log_id, position.next_sequence, position.edge.root())
    }

    /// Gives the storage back, for tests that look behind the writer, and to close it. An open block is discarded.
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// The storage, for a simulation that steps it.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }
}
