//! Group commit: many tasks append, one thread writes, each append is acknowledged when it is durable.
//!
//! ```text
//! append().await --mailbox--> writer thread: open block --submit--> storage thread: sync
//!        ^                                                              |
//!        +----------------------- acknowledged, in order ---------------+
//! ```
//! While a commit is being made durable the next block is filled; it is submitted when the storage is idle or the
//! block is full, so one producer waits for one sync and many producers share it. An idle storage is kept waiting for
//! a moment when producers that it just acknowledged are likely to return.

use crate::BLOCK_TARGET_BYTES;
use crate::storage::{CompletionSink, Outcome, ReadError, Storage};
use crate::writer::{Entry, LogWriter};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

/// Appends that wait in the mailbox before `append` itself waits: backpressure, and a bound on memory.
const MAILBOX_LENGTH: usize = 8192;
/// Longest that a commit waits for appends to share its sync: a fraction of what a sync takes.
const GATHER_MAX: Duration = Duration::from_micros(50);
/// Messages taken from the mailbox at once.
const DRAIN_LENGTH: usize = 1024;

/// Why an append was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The payload is over the limit; nothing was written.
    #[error("the payload has {length} bytes; at most {max} fit into a record")]
    PayloadTooLong {
        /// Its length.
        length: usize,
        /// The limit.
        max: u32,
    },
    /// It is certain that the entry was not written.
    #[error("the entry was not written: {0}")]
    Failed(String),
    /// It is not known whether the entry was written.
    #[error("it is not known whether the entry was written ({0}): reopen the log to find out")]
    Unknown(String),
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

type Acknowledge = oneshot::Sender<Result<u64, AppendError>>;

enum Message {
    Append {
        entry: Entry<Vec<u8>>,
        acknowledge: Acknowledge,
    },
    /// The storage waits for the open block.
    Idle,
}

/// Appends entries; cheap to clone.
#[derive(Clone)]
pub struct Appender {
    mailbox: mpsc::Sender<Message>,
}

impl Appender {
    /// Appends an entry as a group of its own and returns its sequence once it is durable.
    pub async fn append(&self, entry: Entry<Vec<u8>>) -> Result<u64, AppendError> {
        let (acknowledge, acknowledged) = oneshot::channel();
        let max = triad_proof::header::PAYLOAD_LENGTH_MAX;
        if entry.payload.len() > max as usize {
            return Err(AppendError::PayloadTooLong { length: entry.payload.len(), max });
        }
        let sent = self.mailbox.send(Message::Append { entry, acknowledge }).await;
        sent.map_err(|_| AppendError::Closed)?;
        acknowledged.await.unwrap_or_else(|_| Err(AppendError::Unknown("the writer stopped".into())))
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
pub struct GroupCommit {
    appender: Appender,
    mailbox: mpsc::Receiver<Message>,
    in_flight: Arc<InFlight>,
}

/// A running writer thread.
pub struct Running<S> {
    thread: JoinHandle<Result<S, ReadError>>,
}

impl Default for GroupCommit {
    fn default() -> Self {
        let (sender, mailbox) = mpsc::channel(MAILBOX_LENGTH);
        Self { appender: Appender { mailbox: sender }, mailbox, in_flight: Arc::default() }
    }
}

impl GroupCommit {
    /// What the storage must call with each completion.
    pub fn sink(&self) -> CompletionSink {
        let in_flight = Arc::clone(&self.in_flight);
        let mailbox = self.appender.mailbox.downgrade();
        Box::new(move |completion| {
            let (waiting, is_idle) = in_flight.complete();
            // Before the acknowledgements, so that the writer is at work when they bring the next appends. A full
            // mailbox wakes it anyway.
            if is_idle && let Some(mailbox) = mailbox.upgrade() {
                drop(mailbox.try_send(Message::Idle));
            }
            acknowledge(waiting, &completion.outcome);
        })
    }

    /// Starts the writer thread. It ends when every [`Appender`] is gone.
    pub fn start<S: Storage + Send + 'static>(self, writer: LogWriter<S>) -> (Appender, Running<S>) {
        let Self { appender, mailbox, in_flight } = self;
        let thread = std::thread::Builder::new().name("log-writer".into());
        let thread = thread.spawn(move || run(writer, mailbox, &in_flight));
        (appender, Running { thread: thread.expect("the operating system starts a thread") })
    }
}

impl<S> Running<S> {
    /// Waits until the writer has ended and gives the storage back.
    ///
    /// # Panics
    /// When the writer panicked.
    pub fn join(self) -> Result<S, ReadError> {
        self.thread.join().expect("invariant: the writer does not panic")
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

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Vec<(Acknowledge, u64)>>> {
        self.waiting.lock().expect("invariant: no holder of this lock panics")
    }
}

fn acknowledge(waiting: Vec<(Acknowledge, u64)>, outcome: &Outcome) {
    for (acknowledge, sequence) in waiting {
        let result = match outcome {
            Outcome::Durable => Ok(sequence),
            Outcome::Failed(why) => Err(AppendError::Failed(why.clone())),
            Outcome::Unknown(why) => Err(AppendError::Unknown(why.clone())),
        };
        // The producer may have given up waiting; the entry is written all the same.
        drop(acknowledge.send(result));
    }
}

fn run<S: Storage>(
    writer: LogWriter<S>,
    mut mailbox: mpsc::Receiver<Message>,
    in_flight: &InFlight,
) -> Result<S, ReadError> {
    let mut open = OpenBlock { writer, waiting: Vec::new(), in_flight };
    let mut messages = Vec::with_capacity(DRAIN_LENGTH);
    while mailbox.blocking_recv_many(&mut messages, DRAIN_LENGTH) > 0 {
        for message in messages.drain(..) {
            open.take(message)?;
        }
        if open.storage_is_idle() {
            open.gather(&mut mailbox)?;
            // A block that became full on the way is in flight now; what is left waits for it.
            if open.storage_is_idle() {
                open.submit();
            }
        }
    }
    open.submit();
    Ok(open.writer.into_storage())
}

/// The block that is being filled, and whom it will acknowledge.
struct OpenBlock<'a, S: Storage> {
    writer: LogWriter<S>,
    waiting: Vec<(Acknowledge, u64)>,
    in_flight: &'a InFlight,
}

impl<S: Storage> OpenBlock<'_, S> {
    fn take(&mut self, message: Message) -> Result<(), ReadError> {
        let Message::Append { entry, acknowledge } = message else { return Ok(()) };
        if !self.writer.fits(1, entry.payload.len()) {
            self.submit();
        }
        self.writer.begin_group();
        let sequence = self.writer.append(&entry)?;
        self.waiting.push((acknowledge, sequence));
        if self.writer.open_bytes() >= BLOCK_TARGET_BYTES {
            self.submit();
        }
        Ok(())
    }

    /// Whether to submit now. When not, the storage will say so.
    fn storage_is_idle(&self) -> bool {
        self.in_flight.open.store(self.waiting.len(), Ordering::SeqCst);
        self.in_flight.is_idle()
    }

    /// Waits a little for the producers that were acknowledged a moment ago: with them this commit needs one sync,
    /// without them they wait for this sync and for their own.
    fn gather(&mut self, mailbox: &mut mpsc::Receiver<Message>) -> Result<(), ReadError> {
        let expected = self.in_flight.expected.load(Ordering::SeqCst);
        let began = crate::clock::monotonic();
        while !self.waiting.is_empty() && self.waiting.len() < expected && self.in_flight.is_idle() {
            match mailbox.try_recv() {
                Ok(message) => self.take(message)?,
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) if crate::clock::monotonic() - began > GATHER_MAX => break,
                Err(TryRecvError::Empty) => std::thread::yield_now(),
            }
        }
        Ok(())
    }

    fn submit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let next = Vec::with_capacity(self.waiting.len());
        self.in_flight.lock().push_back(std::mem::replace(&mut self.waiting, next));
        self.in_flight.open.store(0, Ordering::SeqCst);
        self.in_flight.count.fetch_add(1, Ordering::SeqCst);
        self.writer.submit();
    }
}
