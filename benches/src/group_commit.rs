//! The load of the append figures: many tasks append, one thread writes, each append is acknowledged when it is durable.
//! The same over the log and over a plain file, so that what differs between the two is the log.
//!
//! ```text
//! append().await --mailbox--> writer thread: open block --submit--> storage thread: sync
//!        ^                                                              |
//!        +----------------------- acknowledged, in order ---------------+
//! ```
//! While a commit is being made durable the next block is filled; it is submitted when the storage is idle or the
//! block is full, so one producer waits for one sync and many producers share it. An idle storage is kept waiting for
//! a moment when producers that it just acknowledged are likely to return.

use crate::stopwatch::Stopwatch;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use triad_log::{BLOCK_TARGET_BYTES, Entry};

/// Appends that wait in the mailbox before `append` itself waits.
const MAILBOX_LENGTH: usize = 8192;
/// Longest that a commit waits for appends to share its sync: a fraction of what a sync takes.
const GATHER_MAX: Duration = Duration::from_micros(50);
/// Messages taken from the mailbox at once.
const DRAIN_LENGTH: usize = 1024;

/// What is appended to. Owned by one thread.
pub(crate) trait Destination: Send + 'static {
    /// Appends an entry to the open block, as a group of its own, and returns its sequence.
    fn append(&mut self, entry: &Entry<Vec<u8>>) -> u64;
    /// Bytes of the open block.
    fn open_bytes(&self) -> usize;
    /// Hands the open block to the storage.
    fn submit(&mut self);
}

type Acknowledge = oneshot::Sender<u64>;

enum Message {
    Append {
        entry: Entry<Vec<u8>>,
        acknowledge: Acknowledge,
    },
    /// The storage waits for the open block.
    Idle,
}

/// Appends; cheap to clone.
#[derive(Clone)]
pub struct Appender {
    mailbox: mpsc::Sender<Message>,
}

impl Appender {
    /// Appends an entry and returns its sequence once it is durable.
    ///
    /// # Panics
    /// When it could not be made durable.
    pub async fn append(&self, entry: Entry<Vec<u8>>) -> u64 {
        let (acknowledge, acknowledged) = oneshot::channel();
        let sent = self.mailbox.send(Message::Append { entry, acknowledge }).await;
        assert!(sent.is_ok(), "the writer writes while it is appended to");
        acknowledged.await.expect("what is appended becomes durable")
    }
}

/// What the writer and the storage thread know of each other.
#[derive(Default)]
struct InFlight {
    /// The acknowledgements of the commits in flight, oldest first.
    waiting: Mutex<VecDeque<Vec<(Acknowledge, u64)>>>,
    /// Commits in flight. The writer stores `open` and then reads this, the storage thread writes this and then reads
    /// `open`: so one of them always sees that the open block must be submitted.
    count: AtomicUsize,
    /// Appends in the open block.
    open: AtomicUsize,
    /// Acknowledged since the storage was idle last.
    acknowledged: AtomicUsize,
    /// Appends to expect in the next commit: those that waited when the storage became idle, and one from each
    /// producer that was acknowledged then.
    expected: AtomicUsize,
}

/// The mailbox and its far end, made before the storage so that completions can reach the writer.
pub(crate) struct GroupCommit {
    appender: Appender,
    mailbox: mpsc::Receiver<Message>,
    in_flight: Arc<InFlight>,
}

impl Default for GroupCommit {
    fn default() -> Self {
        let (sender, mailbox) = mpsc::channel(MAILBOX_LENGTH);
        Self { appender: Appender { mailbox: sender }, mailbox, in_flight: Arc::default() }
    }
}

impl GroupCommit {
    /// What the storage must tell of each commit.
    pub(crate) fn completions(&self) -> Completions {
        Completions { in_flight: Arc::clone(&self.in_flight), writer: self.appender.mailbox.downgrade() }
    }

    /// Starts the writer thread. It ends when every [`Appender`] is gone.
    pub(crate) fn start<D: Destination>(self, destination: D) -> (Appender, JoinHandle<D>) {
        let Self { appender, mailbox, in_flight } = self;
        let thread = std::thread::Builder::new().name("writer".into());
        let thread = thread.spawn(move || run(destination, mailbox, &in_flight));
        (appender, thread.expect("the operating system starts a thread"))
    }
}

/// Acknowledges, on the storage's thread.
pub(crate) struct Completions {
    in_flight: Arc<InFlight>,
    writer: mpsc::WeakSender<Message>,
}

impl Completions {
    /// The oldest commit in flight is durable; returns how many appends that acknowledges.
    pub(crate) fn durable(&self) -> usize {
        let (waiting, is_idle) = self.in_flight.complete();
        // Before the acknowledgements, so that the writer is at work when they bring the next appends. A full
        // mailbox wakes it anyway.
        if is_idle && let Some(writer) = self.writer.upgrade() {
            drop(writer.try_send(Message::Idle));
        }
        let count = waiting.len();
        for (acknowledge, sequence) in waiting {
            // The producer may have given up waiting; the entry is written all the same.
            let _gave_up = acknowledge.send(sequence).is_err();
        }
        count
    }

    /// The oldest commit in flight is not durable: nobody who waits for it hears a sequence.
    pub(crate) fn failed(&self) {
        drop(self.in_flight.complete());
    }
}

impl InFlight {
    /// Takes out what the oldest commit acknowledges, and says whether the storage is idle while an open block waits.
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

    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<(Acknowledge, u64)>>> {
        self.waiting.lock().expect("no holder of this lock panics")
    }
}

fn run<D: Destination>(destination: D, mut mailbox: mpsc::Receiver<Message>, in_flight: &InFlight) -> D {
    let mut open = OpenBlock { destination, waiting: Vec::new(), in_flight };
    let mut messages = Vec::with_capacity(DRAIN_LENGTH);
    while mailbox.blocking_recv_many(&mut messages, DRAIN_LENGTH) > 0 {
        for message in messages.drain(..) {
            open.take(message);
        }
        if open.storage_is_idle() {
            open.gather(&mut mailbox);
            // A block that became full on the way is in flight now; what is left waits for it.
            if open.storage_is_idle() {
                open.submit();
            }
        }
    }
    open.submit();
    open.destination
}

/// The block that is being filled, and whom it will acknowledge.
struct OpenBlock<'a, D> {
    destination: D,
    waiting: Vec<(Acknowledge, u64)>,
    in_flight: &'a InFlight,
}

impl<D: Destination> OpenBlock<'_, D> {
    fn take(&mut self, message: Message) {
        let Message::Append { entry, acknowledge } = message else { return };
        let sequence = self.destination.append(&entry);
        self.waiting.push((acknowledge, sequence));
        if self.destination.open_bytes() >= BLOCK_TARGET_BYTES {
            self.submit();
        }
    }

    /// Whether to submit now. When not, the storage will say so.
    fn storage_is_idle(&self) -> bool {
        self.in_flight.open.store(self.waiting.len(), Ordering::SeqCst);
        self.in_flight.is_idle()
    }

    /// Waits a little for the producers that were acknowledged a moment ago: with them this commit needs one sync,
    /// without them they wait for this sync and for their own.
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

    fn submit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let next = Vec::with_capacity(self.waiting.len());
        self.in_flight.lock().push_back(std::mem::replace(&mut self.waiting, next));
        self.in_flight.open.store(0, Ordering::SeqCst);
        self.in_flight.count.fetch_add(1, Ordering::SeqCst);
        self.destination.submit();
    }
}
