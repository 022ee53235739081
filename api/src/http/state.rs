//! The state that handlers share: the engine to ask, the views to read, the feed to watch, and the room that is left.

use super::body::PIECES_MAX;
use crate::access::door::Door;
use crate::channel::Channels;
use crate::feed::Feed;
use crate::http::turns::Turns;
use crate::wire::problem::{Code, Problem};
use bytes::Bytes;
use std::convert::Infallible;
use std::error::Error;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::timeout;
use triad_decide::Input;
use triad_keys::LogKey;
use triad_log::FjallReader;
use triad_log::durable::DurableMark;
use triad_perform::{Answer, Asker, Engine};
use triad_projections::{ReadError, Views};
use triad_proof::with_causes;
use triad_vault::{Attachment, Vault, VaultError};

/// How long an answer of the engine may take. Longer than any disk that still works needs.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// How long a read waits for the views to know what was durable when it came.
const VIEW_PATIENCE: Duration = Duration::from_secs(5);
/// Readers of the log at once, for those who watch and for the past. Reading is work for a core, and there are few.
const READING_MAX: usize = 4;
/// Clients that watch at once: fewer than connections, so that they can never take the last one.
const WATCHERS_MAX: usize = 3072;
/// Copies of the log that are sent at once.
const COPIES_MAX: usize = 2;
/// Outputs that are streamed at once: each takes a thread that may wait for its client.
const OUTPUTS_MAX: usize = 32;
/// Large definitions that are read at once: each may take several times its size while it is.
const LARGE_DEFINITIONS_MAX: usize = 2;

/// What the server consists of.
pub(crate) struct AppParts {
    pub(crate) engine: Engine,
    pub(crate) views: Views,
    pub(crate) feed: Feed,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) key: Arc<LogKey>,
    pub(crate) vault: Vault,
    pub(crate) channels: Channels,
    pub(crate) program: PathBuf,
    pub(crate) door: Door,
    pub(crate) openapi: Bytes,
}

/// What every handler has in its hands. Cheap to clone, which every request does several times.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Shared>);

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What all handlers share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) views: Views,
    pub(crate) feed: Feed,
    pub(crate) reader: FjallReader,
    pub(crate) stopping: watch::Receiver<bool>,
    /// The key that signs, for statements about it.
    pub(crate) key: Arc<LogKey>,
    /// What the inputs and outputs of tasks are sealed in.
    pub(crate) vault: Vault,
    /// Where people are told.
    pub(crate) channels: Channels,
    /// The program that evaluates expressions, in a process of its own.
    pub(crate) program: PathBuf,
    /// Who may ask what.
    pub(crate) door: Door,
    /// What is served here, for programs.
    pub(crate) openapi: Bytes,
    /// The first failure of the vault that a request met.
    pub(crate) vault_failure: OnceLock<String>,
    /// That a bulk action was asked for, or asked to stop.
    pub(crate) bulk_asked: Notify,
    /// That a schedule was set, or changed otherwise.
    pub(crate) schedules_changed: Notify,
    /// That a subscription was set or removed.
    pub(crate) subscriptions_changed: Notify,
    /// Held while a subscription is set, so that what a channel is offered never replaces what somebody has just set.
    pub(crate) subscribing: tokio::sync::Mutex<()>,
    /// Keeps what fires of a schedule and what changes it apart.
    pub(crate) schedule_turns: Turns,
    durable: watch::Receiver<DurableMark>,
    pub(crate) reading: Arc<Semaphore>,
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) copies: Arc<Semaphore>,
    pub(crate) outputs: Arc<Semaphore>,
    pub(crate) bodies: Arc<Semaphore>,
    pub(crate) large_definitions: Arc<Semaphore>,
}

impl AppState {
    pub(crate) fn new(parts: AppParts) -> Self {
        let AppParts { engine, views, feed, stopping, key, vault, channels, program, door, openapi } = parts;
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self(Arc::new(Shared {
            reader: engine.reader(),
            durable: engine.durable(),
            engine,
            views,
            feed,
            stopping,
            key,
            vault,
            channels,
            program,
            door,
            openapi,
            vault_failure: OnceLock::new(),
            bulk_asked: Notify::new(),
            schedules_changed: Notify::new(),
            subscriptions_changed: Notify::new(),
            subscribing: tokio::sync::Mutex::new(()),
            schedule_turns: Turns::default(),
            reading: semaphore(READING_MAX),
            watchers: semaphore(WATCHERS_MAX),
            copies: semaphore(COPIES_MAX),
            outputs: semaphore(OUTPUTS_MAX),
            bodies: semaphore(PIECES_MAX),
            large_definitions: semaphore(LARGE_DEFINITIONS_MAX),
        }))
    }

    /// How far the log is durable.
    pub(crate) fn durable(&self) -> DurableMark {
        *self.durable.borrow()
    }

    /// Follows how far the log is durable.
    pub(crate) fn follow_durable(&self) -> watch::Receiver<DurableMark> {
        self.durable.clone()
    }

    /// Has something decided; comes back when everything that the answer observed is durable.
    pub(crate) async fn ask(&self, asker: Asker, input: Input) -> Result<Answer, Problem> {
        self.ask_with(asker, input, Vec::new()).await
    }

    /// The same with what must become durable in the commit of the records that name it.
    pub(crate) async fn ask_with(
        &self,
        asker: Asker,
        input: Input,
        attachments: Vec<Attachment>,
    ) -> Result<Answer, Problem> {
        let asked = self.engine.ask_with(input, attachments, asker);
        let late = |_| Problem::new(Code::UnknownOutcome, "the engine has not answered in time");
        Ok(timeout(ANSWER_PATIENCE, asked).await.map_err(late)??)
    }

    /// Reads a view that knows everything that was durable when the question came: so every client sees its own
    /// writes, and what it has seen elsewhere.
    pub(crate) async fn view<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Views) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.views_know(self.durable().next_sequence).await?;
        let views = self.views.clone();
        blocking(move || read(&views)).await
    }

    /// Asks the vault, on a thread that may wait for the disk.
    pub(crate) async fn in_vault<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Problem> {
        let vault = self.vault.clone();
        let answer = blocking(move || Ok::<_, Infallible>(ask(&vault))).await?;
        answer.map_err(|error| self.vault_failed(&error))
    }

    /// The vault failed a request: its causes are for whoever runs the server, here and in `/v1/health`.
    pub(crate) fn vault_failed(&self, error: &dyn Error) -> Problem {
        let text = with_causes(error);
        tracing::error!("{text}");
        let _first = self.vault_failure.get_or_init(|| text);
        Problem::new(Code::VaultUnavailable, error.to_string())
    }

    /// Waits until the views know every record before a sequence.
    pub(crate) async fn views_know(&self, next_sequence: u64) -> Result<(), Problem> {
        let Some(last) = next_sequence.checked_sub(1) else { return Ok(()) };
        let behind = || {
            let detail = format!("the views know {} of {next_sequence} records", self.views.applied());
            Problem::new(Code::ViewsBehind, detail)
        };
        match timeout(VIEW_PATIENCE, self.views.reached(last)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(behind()),
        }
    }
}

/// Work that may wait for the disk.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Error + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(internal(&error)),
        Err(error) => Err(internal(&error)),
    }
}

/// Something failed that no client can mend: its causes are for whoever runs the server.
pub(crate) fn internal(error: &dyn Error) -> Problem {
    tracing::error!("{}", with_causes(error));
    Problem::new(Code::Internal, error.to_string())
}
