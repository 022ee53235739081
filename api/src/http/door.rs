//! What every handler has in its hands: the engine to ask, the views to read, the feed to watch, and the room that is left.

use super::body::PIECES_MAX;
use super::query::unknown;
use crate::clock;
use crate::feed::Feed;
use crate::output;
use crate::recorded::{FoldError, StreamRecords};
use crate::wire::problem::{Code, Problem};
use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use triad_decide::Input;
use triad_event::Source;
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_keys::LogKey;
use triad_log::FjallReader;
use triad_log::durable::DurableMark;
use triad_perform::{Answer, Asker, Engine};
use triad_projections::{ReadError, Run, Views, as_of};
use triad_vault::{Attachment, Vault, VaultError};

/// Everybody, as long as nobody has to say who they are.
const ANYBODY: PrincipalId = PrincipalId(*b"anonymous client");
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
pub(crate) struct DoorParts {
    pub(crate) engine: Engine,
    pub(crate) views: Views,
    pub(crate) feed: Feed,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) key: Arc<LogKey>,
    pub(crate) vault: Vault,
}

/// What every handler has in its hands.
#[derive(Clone)]
pub(crate) struct Door {
    pub(super) engine: Engine,
    pub(super) views: Views,
    pub(super) feed: Feed,
    pub(super) reader: FjallReader,
    pub(super) stopping: watch::Receiver<bool>,
    /// The key that signs, for statements about it.
    pub(super) key: Arc<LogKey>,
    /// What the inputs and outputs of tasks are sealed in.
    pub(super) vault: Vault,
    /// The first failure of the vault that a request met.
    pub(super) vault_failure: Arc<OnceLock<String>>,
    durable: watch::Receiver<DurableMark>,
    pub(super) reading: Arc<Semaphore>,
    pub(super) watchers: Arc<Semaphore>,
    pub(super) copies: Arc<Semaphore>,
    pub(super) outputs: Arc<Semaphore>,
    pub(super) bodies: Arc<Semaphore>,
    pub(super) large_definitions: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn new(parts: DoorParts) -> Self {
        let DoorParts { engine, views, feed, stopping, key, vault } = parts;
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self {
            reader: engine.reader(),
            durable: engine.durable(),
            engine,
            views,
            feed,
            stopping,
            key,
            vault,
            vault_failure: Arc::default(),
            reading: semaphore(READING_MAX),
            watchers: semaphore(WATCHERS_MAX),
            copies: semaphore(COPIES_MAX),
            outputs: semaphore(OUTPUTS_MAX),
            bodies: semaphore(PIECES_MAX),
            large_definitions: semaphore(LARGE_DEFINITIONS_MAX),
        }
    }

    /// The monotonic clock, for patience.
    pub(super) fn now(&self) -> Instant {
        clock::monotonic()
    }

    /// How far the log is durable.
    pub(super) fn durable(&self) -> DurableMark {
        *self.durable.borrow()
    }

    /// Has something decided; comes back when everything that the answer observed is durable.
    pub(super) async fn ask(&self, input: Input, source: Source) -> Result<Answer, Problem> {
        self.ask_with(input, Vec::new(), source).await
    }

    /// The same with what must become durable in the commit of the records that name it.
    pub(super) async fn ask_with(
        &self,
        input: Input,
        attachments: Vec<Attachment>,
        source: Source,
    ) -> Result<Answer, Problem> {
        let asked = self.engine.ask_with(input, attachments, Asker { principal: ANYBODY, source });
        let late = |_| Problem::new(Code::UnknownOutcome, "the engine has not answered in time");
        Ok(timeout(ANSWER_PATIENCE, asked).await.map_err(late)??)
    }

    /// Reads a view that knows everything that was durable when the question came: so every client sees its own
    /// writes, and what it has seen elsewhere.
    pub(super) async fn view<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Views) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.views_know(self.durable().next_sequence).await?;
        let views = self.views.clone();
        blocking(move || read(&views)).await
    }

    /// Asks the vault, on a thread that may wait for the disk.
    pub(super) async fn in_vault<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Problem> {
        let vault = self.vault.clone();
        let answer = blocking(move || Ok::<_, Infallible>(ask(&vault))).await?;
        answer.map_err(|error| self.vault_failed(&error))
    }

    /// The vault failed a request: its causes are for whoever runs the server, here and in `/v1/health`.
    pub(super) fn vault_failed(&self, error: &dyn Error) -> Problem {
        let text = chain(error);
        output::report(&text);
        let _first = self.vault_failure.get_or_init(|| text);
        Problem::new(Code::VaultUnavailable, error.to_string())
    }

    /// Waits until the views know every record before a sequence.
    pub(super) async fn views_know(&self, next_sequence: u64) -> Result<(), Problem> {
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

    /// A workflow as it was when the record with that sequence had been written.
    pub(super) async fn run_as_of(&self, workflow: WorkflowId, sequence: u64) -> Result<Run, Problem> {
        let end = self.durable().next_sequence;
        if sequence >= end {
            let detail = format!("the log is durable up to sequence {}", end.saturating_sub(1));
            return Err(Problem::new(Code::NotYetRecorded, detail));
        }
        let reader = self.reader.clone();
        let _place = self.reading.acquire().await;
        let fold = move || as_of::<Run, _, FoldError>(StreamRecords::new(reader, workflow.into()), sequence);
        let run = blocking(fold).await?;
        run.ok_or_else(|| unknown(workflow))
    }
}

/// Work that may wait for the disk.
pub(super) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Problem>
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
fn internal(error: &dyn Error) -> Problem {
    output::report(&chain(error));
    Problem::new(Code::Internal, error.to_string())
}

/// An error and its causes, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
