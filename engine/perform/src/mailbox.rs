//! The engine as others hold it: a mailbox with backpressure.

use crate::shell::message::{Answer, AskError, Asker, Message, QUESTIONS_MAX};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use triad_decide::moderation::ModerationRules;
use triad_decide::{Input, Settings, economics, healing, prices};
use triad_event::ClockState;
use triad_event::log::{CheckpointAttested, Occasion};
use triad_event::quantity::Micros;
use triad_keys::HardwareError;
use triad_log::FjallReader;
use triad_log::durable::DurableMark;
use triad_log::storage::Attachment;
use triad_proof::quote::Attested;

/// Asks the engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    mailbox: Sender<Mail>,
    room: Arc<Semaphore>,
    durable: watch::Receiver<DurableMark>,
    reader: FjallReader,
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
    /// Those of them that are suspended, and take no place.
    pub attempts_suspended: usize,
    /// Whether no attempts are started.
    pub is_paused: bool,
    /// Whether the wall clock can be believed.
    pub clock_state: ClockState,
    /// What a record that was written now would bear.
    pub time: Micros,
    /// Settings in force.
    pub settings: Settings,
    /// Where prices of electricity come from and what they are; none while they come from nowhere.
    pub prices: Option<prices::Known>,
    /// The same of carbon intensity.
    pub carbon: Option<prices::Known>,
    /// Which accounts have a budget, and what is left of each.
    pub budgets: Vec<economics::Known>,
    /// The operator's rules of diagnosis, what came of fixes, and what they may set.
    pub healing: healing::Known,
    /// The rules by which steps are held for review; none where nothing is held.
    pub moderation: Option<Arc<ModerationRules>>,
    /// Why content is not sealed, opened or erased as it should be; none while all is well. What failed is tried again.
    pub vault_failure: Option<String>,
    /// What the machine is short of, so that attempts wait; none while nothing is known.
    pub shortage: Option<String>,
}

/// Everything that can wake the loop.
pub(crate) enum Mail {
    /// For the shell.
    Shell(Message<Reply>),
    /// A commit has met its fate, and its answers are on their way.
    Completed,
    /// Something about content did not succeed that nobody waits for.
    VaultFailed(String),
    Status(oneshot::Sender<Status>),
    Attest {
        about: Attested,
        occasion: Occasion,
        waiting: Waiting,
    },
    /// What the TPM said.
    Attested {
        event: Result<CheckpointAttested, HardwareError>,
        waiting: Waiting,
    },
    /// Whether the TPM counted.
    Advanced(Result<(), HardwareError>),
}

/// Who waits for an attestation to be recorded.
pub(crate) type Waiting = Option<oneshot::Sender<Result<u64, String>>>;

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
        mailbox: Sender<Mail>,
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
        self.mailbox
            .send(Mail::Shell(Message::Ask { input, attachments, by, reply }))
            .map_err(|_| AskError::Stopped)?;
        answer.await.unwrap_or(Err(AskError::Stopped))
    }

    /// How the engine is now.
    pub async fn status(&self) -> Result<Status, AskError> {
        let (to, status) = oneshot::channel();
        self.mailbox.send(Mail::Status(to)).map_err(|_| AskError::Stopped)?;
        status.await.map_err(|_| AskError::Stopped)
    }

    /// Has the TPM that keeps the log's key attest a durable checkpoint. The sequence of its record comes back before that
    /// is durable; none comes back when no TPM keeps the key.
    pub async fn attest(&self, about: Attested, occasion: Occasion) -> Result<Option<u64>, AttestError> {
        let (waiting, recorded) = oneshot::channel();
        let mail = Mail::Attest { about, occasion, waiting: Some(waiting) };
        self.mailbox.send(mail).map_err(|_| AttestError::Stopped)?;
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
