//! Group commit: many tasks append, one thread writes, each append is acknowledged when it is durable.
//!
//! ```text
//! append().await --mailbox--> writer thread: open block --submit--> storage thread: sync
//!        ^                                                              |
//!        +----------------------- acknowledged, in order ---------------+
//! ```
//! While a commit is being made durable the next block is filled; it is submitted when the storage is idle or
//! the block
//! is full, so one producer waits for one sync and many producers share it.

use crate::BLOCK_TARGET_BYTES;
use crate::storage::{Completion, CompletionSink, Outcome, ReadError, Storage};
use crate::writer::{Entry, LogWriter};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Appends that wait in the mailbox before `append` itself waits: backpressure, and a bound on memory.
const MAILBOX_LENGTH: usize = 8192;
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
    Append { entry: Entry<Vec<u8>>, acknowledge: Acknowledge },
    Completed,
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

/// The acknowledgements of the commits in flight, oldest first.
#[derive(Default)]
struct InFlight {
    waiting: Mutex<VecDeque<Vec<(Acknowledge, u64)>>>,
    count: AtomicUsize,
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
            in_flight.complete(&completion);
            // A full mailbox wakes the writer anyway.
            if let Some(mailbox) = mailbox.upgrade() {
                drop(mailbox.try_send(Message::Completed));
            }
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
    fn complete(&self, completion: &Completion) {
        let waiting = self.lock().pop_front();
        self.count.fetch_sub(1, Ordering::Release);
        for (acknowledge, sequence) in waiting.into_iter().flatten() {
            let result = match &completion.outcome {
                Outcome::Durable => Ok(sequence),
                Outcome::Failed(why) => Err(AppendError::Failed(why.clone())),
                Outcome::Unknown(why) => Err(AppendError::Unknown(why.clone())),
            };
            // The producer may have given up waiting; the entry is written all the same.
            drop(acknowledge.send(result));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Vec<(Acknowledge, u64)>>> {
        self.waiting.lock().expect("invariant: no holder of this lock panics")
    }
}

fn run<S: Storage>(
    mut writer: LogWriter<S>,
    mut mailbox: mpsc::Receiver<Message>,
    in_flight: &InFlight,
) -> Result<S, ReadError> {
    let mut messages = Vec::with_capacity(DRAIN_LENGTH);
    let mut waiting = Vec::new();
    while mailbox.blocking_recv_many(&mut messages, DRAIN_LENGTH) > 0 {
        for message in messages.drain(..) {
            let Message::Append { entry, acknowledge } = message else { continue };
            if !writer.fits(1, entry.payload.len()) {
                submit(&mut writer, &mut waiting, in_flight);
            }
            writer.begin_group();
            let sequence = writer.append(&entry)?;
            waiting.push((acknowledge, sequence));
            if writer.open_bytes() >= BLOCK_TARGET_BYTES {
                submit(&mut writer, &mut waiting, in_flight);
            }
        }
        if in_flight.count.load(Ordering::Acquire) == 0 {
            submit(&mut writer, &mut waiting, in_flight);
        }
    }
    submit(&mut writer, &mut waiting, in_flight);
    Ok(writer.into_storage())
}

fn submit<S: Storage>(
    writer: &mut LogWriter<S>,
    waiting: &mut Vec<(Acknowledge, u64)>,
    in_flight: &InFlight,
) {
    if waiting.is_empty() {
        return;
    }
    let next = Vec::with_capacity(waiting.len());
    in_flight.lock().push_back(std::mem::replace(waiting, next));
    in_flight.count.fetch_add(1, Ordering::Release);
    writer.submit();
}
