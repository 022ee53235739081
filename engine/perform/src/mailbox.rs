//! The engine as others hold it: a mailbox with backpressure.

use crate::hardware::Told;
use crate::performer::Performed;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use triad_decide::{Accepted, Input, Refusal, Settings};
use triad_event::governance::SnapshotTaken;
use triad_event::ids::PrincipalId;
use triad_event::log::Occasion;
use triad_event::subjects::Erased;
use triad_event::{ClockState, Source, execution};
use triad_keys::HardwareError;
use triad_log::FjallReader;
use triad_log::durable::DurableMark;
use triad_log::storage::Attachment;
use triad_proof::quote::Attested;

/// Questions that wait at once. Beyond it the engine says that it is busy instead of growing.
pub const QUESTIONS_MAX: usize = 8192;

/// Asks the engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    mailbox: Sender<Message>,
    room: Arc<Semaphore>,
    durable: watch::Receiver<DurableMark>,
    reader: FjallReader,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// Pseudonymous id; all zero is the system.
    pub principal: PrincipalId,
    /// By which way the question came.
    pub source: Source,
}

/// What the engine says, once everything that it observed is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the core says.
    pub reply: Result<Accepted, Refusal>,
    /// Sequence of the first record of the question's group; when nothing was recorded, of the last record observed.
    pub sequence: u64,
    /// Sequence of the last record that the answer observed. A view that has read this far shows its effect.
    pub observed_sequence: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Too many questions wait. Nothing was recorded; ask again later.
    #[error("the engine is busy: {QUESTIONS_MAX} questions wait")]
    Busy,
    /// The engine is stopped or stopping. Nothing was recorded.
    #[error("the engine is stopping")]
    Stopped,
    /// It is certain that nothing was recorded.
    #[error("nothing was recorded: {0}")]
    Failed(String),
    /// It is not known whether it was recorded. Ask again with the same idempotency key once the engine is back.
    #[error("it is not known whether it was recorded: {0}")]
    Unknown(String),
}

/// Why a checkpoint was not attested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestError {
    /// The engine is stopped.
    #[error("the engine is stopping")]
    Stopped,
    /// The TPM did not do it.
    #[error("the TPM did not attest: {0}")]
    Failed(String),
}

/// How the engine is, as its loop sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Workflows and unfinished uploads that are alive.
    pub alive: usize,
    /// Attempts that run.
    pub attempts_running: usize,
    /// Whether the wall clock can be believed.
    pub clock_state: ClockState,
    /// Settings in force.
    pub settings: Settings,
    /// Why content is not sealed or erased as it should be; none while all is well. An erasure that failed is tried again
    /// when the engine starts next.
    pub vault_failure: Option<String>,
}

/// Everything that can wake the loop.
pub(crate) enum Message {
    Ask {
        input: Input,
        attachments: Vec<Attachment>,
        by: Asker,
        reply: Reply,
    },
    Outcome(Performed),
    KeyDestroyed(Erased),
    /// A key could not be destroyed, or old blobs not be swept.
    VaultFailed(String),
    Progress(execution::AttemptProgressed),
    Durable,
    SnapshotWritten(Option<SnapshotTaken>),
    Status(oneshot::Sender<Status>),
    Attest {
        about: Attested,
        occasion: Occasion,
        waiting: oneshot::Sender<Result<u64, String>>,
    },
    Attested(Told),
    Advanced(Result<(), HardwareError>),
    Stop,
}

/// Where an answer goes; holds the question's place in the mailbox until then.
pub(crate) struct Reply {
    to: oneshot::Sender<Result<Answer, AskError>>,
    _place: OwnedSemaphorePermit,
}

impl Reply {
    /// The asker may have gone; the decision stands all the same.
    pub(crate) fn send(self, answer: Result<Answer, AskError>) {
        let _asker_left = self.to.send(answer).is_err();
    }
}

impl Engine {
    pub(crate) fn new(
        mailbox: Sender<Message>,
        durable: watch::Receiver<DurableMark>,
        reader: FjallReader,
    ) -> Self {
        Self { mailbox, room: Arc::new(Semaphore::new(QUESTIONS_MAX)), durable, reader }
    }

    /// Decides one input. The answer arrives when everything that it observed is durable.
    pub async fn ask(&self, input: Input, by: Asker) -> Result<Answer, AskError> {
        self.ask_with(input, Vec::new(), by).await
    }

    /// The same with what must become durable together with the first record of the input's group. When nothing is
    /// recorded, or the input is refused, it is dropped.
    pub async fn ask_with(
        &self,
        input: Input,
        attachments: Vec<Attachment>,
        by: Asker,
    ) -> Result<Answer, AskError> {
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| AskError::Busy)?;
        let (to, answer) = oneshot::channel();
        let reply = Reply { to, _place: place };
        self.mailbox.send(Message::Ask { input, attachments, by, reply }).map_err(|_| AskError::Stopped)?;
        answer.await.unwrap_or(Err(AskError::Stopped))
    }

    /// How the engine is now.
    pub async fn status(&self) -> Result<Status, AskError> {
        let (to, status) = oneshot::channel();
        self.mailbox.send(Message::Status(to)).map_err(|_| AskError::Stopped)?;
        status.await.map_err(|_| AskError::Stopped)
    }

    /// Has the TPM that keeps the log's key attest a durable checkpoint. The sequence of its record comes back before that
    /// is durable; none comes back when no TPM keeps the key.
    pub async fn attest(&self, about: Attested, occasion: Occasion) -> Result<Option<u64>, AttestError> {
        let (waiting, recorded) = oneshot::channel();
        let message = Message::Attest { about, occasion, waiting };
        self.mailbox.send(message).map_err(|_| AttestError::Stopped)?;
        match recorded.await {
            Ok(Ok(sequence)) => Ok(Some(sequence)),
            Ok(Err(why)) => Err(AttestError::Failed(why)),
            Err(_) => Ok(None),
        }
    }

    /// Follows the durable mark.
    pub fn durable(&self) -> watch::Receiver<DurableMark> {
        self.durable.clone()
    }

    /// Reads what is durable.
    pub fn reader(&self) -> FjallReader {
        self.reader.clone()
    }
}
