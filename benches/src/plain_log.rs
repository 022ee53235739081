//! The limit of appending: the log's own structure of mailbox, blocks, syncs and acknowledgements on a plain
//! pre-sized file, with nothing hashed, nothing signed and no index.
//!
//! Every byte of a record is there, laid out as in the log; where the log has a hash or a salt, zeros are.

use crate::group_commit::{Appender, Completions, Destination, GroupCommit};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use triad_log::Entry;
use triad_proof::Header;
use triad_proof::record::SALT_LENGTH;

/// As in the log's storage.
const IN_FLIGHT_MAX: usize = 8;
/// More than a measurement writes; it costs no space before it is written.
const FILE_BYTES: u64 = 16 << 30;
/// Bytes of a block before its records.
const PREFIX_LENGTH: usize = 48;
/// Bytes of a block behind its offsets, with an edge of ten hashes.
const HEAD_LENGTH: usize = 500;

/// A plain file with a writer thread and a storage thread.
pub struct PlainLog {
    /// Appends.
    pub appender: Appender,
    /// How many records are on disk.
    pub durable: Arc<AtomicU64>,
    writer: JoinHandle<Blocks>,
    storage: JoinHandle<()>,
}

impl PlainLog {
    /// Begins a file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        file.set_len(FILE_BYTES)?;
        file.sync_all()?;
        let (submit, submitted) = sync_channel(IN_FLIGHT_MAX);
        let group_commit = GroupCommit::default();
        let durable = Arc::new(AtomicU64::new(0));
        let storage =
            Storage { file, completions: group_commit.completions(), durable: Arc::clone(&durable) };
        let storage = std::thread::Builder::new()
            .name("plain-storage".into())
            .spawn(move || storage.run(&submitted))?;
        let (appender, writer) = group_commit.start(Blocks::new(submit));
        Ok(Self { appender, durable, writer, storage })
    }

    /// Waits for what is in flight.
    ///
    /// # Panics
    /// When the file could not be written.
    pub fn close(self) {
        drop(self.appender);
        drop(self.writer.join().expect("the plain log writes"));
        self.storage.join().expect("the plain log syncs");
    }
}

/// The open block.
struct Blocks {
    submit: SyncSender<Vec<u8>>,
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    next_sequence: u64,
}

impl Blocks {
    fn new(submit: SyncSender<Vec<u8>>) -> Self {
        Self { submit, bytes: vec![0; PREFIX_LENGTH], offsets: Vec::new(), next_sequence: 0 }
    }
}

impl Destination for Blocks {
    fn append(&mut self, entry: &Entry<Vec<u8>>) -> u64 {
        let sequence = self.next_sequence;
        let header = Header {
            kind: entry.kind,
            kind_version: entry.kind_version,
            log_id: [7; 16],
            sequence,
            group: sequence,
            time_us: entry.time_us,
            elapsed_us: entry.elapsed_us,
            key_epoch: 0,
            clock_state: entry.clock_state,
            source: entry.source,
            outcome: entry.outcome,
            stream: entry.stream,
            stream_ordinal: 0,
            principal: entry.principal,
            node: [1; 16],
            cause: entry.cause.unwrap_or(sequence),
            payload_length: entry.payload.len() as u32,
            previous_chain: [0; 32],
            payload_commit: [0; 32],
        };
        self.offsets.push((self.bytes.len() - PREFIX_LENGTH) as u32);
        self.bytes.extend_from_slice(&header.encode());
        self.bytes.extend_from_slice(&[0; 1 + SALT_LENGTH]);
        self.bytes.extend_from_slice(&entry.payload);
        self.next_sequence += 1;
        sequence
    }

    fn open_bytes(&self) -> usize {
        self.bytes.len() + 4 * self.offsets.len()
    }

    fn submit(&mut self) {
        let capacity = self.open_bytes() + HEAD_LENGTH;
        let mut next = Vec::with_capacity(capacity);
        next.resize(PREFIX_LENGTH, 0);
        let mut block = std::mem::replace(&mut self.bytes, next);
        block.extend(self.offsets.drain(..).flat_map(u32::to_le_bytes));
        block.resize(block.len() + HEAD_LENGTH, 0);
        self.submit.send(block).expect("the storage outlives the writer");
    }
}

struct Storage {
    file: File,
    completions: Completions,
    durable: Arc<AtomicU64>,
}

impl Storage {
    fn run(mut self, submitted: &Receiver<Vec<u8>>) {
        while let Ok(first) = submitted.recv() {
            let mut count = 0;
            for block in std::iter::once(first).chain(submitted.try_iter()) {
                self.file.write_all(&block).expect("the disk takes the block");
                count += 1;
            }
            self.file.sync_data().expect("the disk syncs");
            for _ in 0..count {
                self.durable.fetch_add(self.completions.durable() as u64, Ordering::Release);
            }
        }
    }
}
