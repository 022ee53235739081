//! The limit of appending: the log's own structure of mailbox, blocks, syncs and acknowledgements on a plain
//! pre-sized file, with nothing hashed, nothing signed and no index.
//!
//! Every byte of a record is there, laid out as in the log; where the log has a hash or a salt, zeros are.

use crate::stopwatch::Stopwatch;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use triad_log::{BLOCK_TARGET_BYTES, Entry};
use triad_proof::Header;
use triad_proof::record::SALT_LENGTH;

/// As in the log's group commit.
const MAILBOX_LENGTH: usize = 8192;
/// As in the log's group commit.
const GATHER_MAX: Duration = Duration::from_micros(50);
/// As in the log's group commit.
const DRAIN_LENGTH: usize = 1024;
/// As in the log's storage.
const IN_FLIGHT_MAX: usize = 8;
/// More than a measurement writes; it costs no space before it is written.
const FILE_BYTES: u64 = 16 << 30;
/// Bytes of a block before its records.
const PREFIX_LENGTH: usize = 48;
/// Bytes of a block behind its offsets, with an edge of ten hashes.
const HEAD_LENGTH: usize = 500;

type Acknowledge = oneshot::Sender<u64>;

enum Message {
    Append { entry: Entry<Vec<u8>>, acknowledge: Acknowledge },
    Idle,
}

/// Appends; cheap to clone.
#[derive(Clone)]
pub struct PlainAppender {
    mailbox: mpsc::Sender<Message>,
}

impl PlainAppender {
    /// Appends an entry and returns its sequence once it is on disk.
    ///
    /// # Panics
    /// When the file could not be written.
    pub async fn append(&self, entry: Entry<Vec<u8>>) -> u64 {
        let (acknowledge, acknowledged) = oneshot::channel();
        let sent = self.mailbox.send(Message::Append { entry, acknowledge }).await;
        assert!(sent.is_ok(), "the plain log writes while it is appended to");
        acknowledged.await.expect("the plain log acknowledges what it takes")
    }
}

/// A plain file with a writer thread and a storage thread.
pub struct PlainLog {
    /// Appends.
    pub appender: PlainAppender,
    /// How many records are on disk.
    pub durable: Arc<AtomicU64>,
    writer: JoinHandle<()>,
    storage: JoinHandle<()>,
}

#[derive(Default)]
struct InFlight {
    waiting: Mutex<VecDeque<Vec<(Acknowledge, u64)>>>,
    count: AtomicUsize,
    open: AtomicUsize,
    acknowledged: AtomicUsize,
    expected: AtomicUsize,
}

impl PlainLog {
    /// Begins a file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        file.set_len(FILE_BYTES)?;
        file.sync_all()?;
        let (mailbox, messages) = mpsc::channel(MAILBOX_LENGTH);
        let (blocks, submitted) = sync_channel(IN_FLIGHT_MAX);
        let in_flight = Arc::new(InFlight::default());
        let durable = Arc::new(AtomicU64::new(0));
        let storage = Storage {
            file,
            in_flight: Arc::clone(&in_flight),
            durable: Arc::clone(&durable),
            writer: mailbox.downgrade(),
        };
        let storage = std::thread::Builder::new()
            .name("plain-storage".into())
            .spawn(move || storage.run(&submitted))?;
        let writer = Writer::new(blocks, in_flight);
        let writer =
            std::thread::Builder::new().name("plain-writer".into()).spawn(move || writer.run(messages))?;
        Ok(Self { appender: PlainAppender { mailbox }, durable, writer, storage })
    }

    /// Waits for what is in flight.
    ///
    /// # Panics
    /// When the file could not be written.
    pub fn close(self) {
        drop(self.appender);
        self.writer.join().expect("the plain log writes");
        self.storage.join().expect("the plain log syncs");
    }
}

struct Writer {
    blocks: SyncSender<Vec<u8>>,
    in_flight: Arc<InFlight>,
    waiting: Vec<(Acknowledge, u64)>,
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    next_sequence: u64,
}

impl Writer {
    fn new(blocks: SyncSender<Vec<u8>>, in_flight: Arc<InFlight>) -> Self {
        let bytes = vec![0; PREFIX_LENGTH];
        Self { blocks, in_flight, waiting: Vec::new(), bytes, offsets: Vec::new(), next_sequence: 0 }
    }

    fn run(mut self, mut mailbox: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(DRAIN_LENGTH);
        while mailbox.blocking_recv_many(&mut messages, DRAIN_LENGTH) > 0 {
            for message in messages.drain(..) {
                self.take(message);
            }
            if self.storage_is_idle() {
                self.gather(&mut mailbox);
                if self.storage_is_idle() {
                    self.submit();
                }
            }
        }
        self.submit();
    }

    fn take(&mut self, message: Message) {
        let Message::Append { entry, acknowledge } = message else { return };
        let sequence = self.append(&entry);
        self.waiting.push((acknowledge, sequence));
        if self.bytes.len() + 4 * self.offsets.len() >= BLOCK_TARGET_BYTES {
            self.submit();
        }
    }

    fn storage_is_idle(&self) -> bool {
        self.in_flight.open.store(self.waiting.len(), Ordering::SeqCst);
        self.in_flight.is_idle()
    }

    fn gather(&mut self, mailbox: &mut mpsc::Receiver<Message>) {
        let expected = self.in_flight.expected.load(Ordering::SeqCst);
        let began = Stopwatch::start();
        while !self.waiting.is_empty() && self.waiting.len() < expected && self.in_flight.is_idle() {
            match mailbox.try_recv() {
                Ok(message) => self.take(message),
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) if began.elapsed() > GATHER_MAX => break,
                Err(TryRecvError::Empty) => std::thread::yield_now(),
            }
        }
    }

    fn append(&mut self, entry: &Entry<Vec<u8>>) -> u64 {
        let sequence = self.next_sequence;
        let header = Header {
            kind: entry.kind,
            kind_version: entry.kind_version,
            log_id: [7; 16],
            sequence,
            group: sequence,
            time_us: entry.time_us,
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

    fn submit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let capacity = self.bytes.len() + 4 * self.offsets.len() + HEAD_LENGTH;
        let mut next = Vec::with_capacity(capacity);
        next.resize(PREFIX_LENGTH, 0);
        let mut block = std::mem::replace(&mut self.bytes, next);
        block.extend(self.offsets.drain(..).flat_map(u32::to_le_bytes));
        block.resize(block.len() + HEAD_LENGTH, 0);
        let waiting = Vec::with_capacity(self.waiting.len());
        self.in_flight.lock().push_back(std::mem::replace(&mut self.waiting, waiting));
        self.in_flight.open.store(0, Ordering::SeqCst);
        self.in_flight.count.fetch_add(1, Ordering::SeqCst);
        self.blocks.send(block).expect("the storage outlives the writer");
    }
}

impl InFlight {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Vec<(Acknowledge, u64)>>> {
        self.waiting.lock().expect("no holder of this lock panics")
    }

    fn complete(&self) -> (Vec<(Acknowledge, u64)>, bool) {
        let waiting = self.lock().pop_front().unwrap_or_default();
        self.acknowledged.fetch_add(waiting.len(), Ordering::SeqCst);
        let is_idle = self.count.fetch_sub(1, Ordering::SeqCst) == 1;
        let open = self.open.load(Ordering::SeqCst);
        if is_idle {
            self.expected.store(self.acknowledged.swap(0, Ordering::SeqCst) + open, Ordering::SeqCst);
        }
        (waiting, is_idle && open > 0)
    }

    fn is_idle(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }
}

struct Storage {
    file: File,
    in_flight: Arc<InFlight>,
    durable: Arc<AtomicU64>,
    writer: mpsc::WeakSender<Message>,
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
                self.acknowledge();
            }
        }
    }

    fn acknowledge(&self) {
        let (waiting, is_idle) = self.in_flight.complete();
        if is_idle && let Some(writer) = self.writer.upgrade() {
            drop(writer.try_send(Message::Idle));
        }
        self.durable.fetch_add(waiting.len() as u64, Ordering::Release);
        for (acknowledge, sequence) in waiting {
            // A producer that stopped waiting is none of our business.
            acknowledge.send(sequence).ok();
        }
    }
}
