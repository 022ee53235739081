//! Content between the vault and the effects: inputs are opened for them, what they write is sealed as it comes.

use crate::filled::{OpenedEntry, Outputs, TAKEN_BYTES_MAX, Unusable, taken_bytes};
use crate::shell::effects::again_after;
use crate::shell::message::Lack;
use crate::shortage::is_shortage;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use triad_decide::dag::Output as OutputOf;
use triad_decide::limits::OUTPUT_BYTES_MAX;
use triad_decide::{Entry, Performance, Taken};
use triad_event::execution::Captured;
use triad_event::ids::WorkflowId;
use triad_event::quantity::Bytes;
use triad_event::sealed::{ContentClass, NotAProcess, Process, Sealed};
use triad_proof::with_causes;
use triad_vault::{
    Attachment, Binding, BlobWriter, Plaintext, Reference, Unopened, Vault, VaultError, WholeBlob,
};

/// Why the input of an attempt cannot be given to it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    /// The vault has it and does not open it.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// It is not what was sealed for a process.
    #[error(transparent)]
    NotAProcess(#[from] NotAProcess),
    /// The checks of its output are not what a door lets in.
    #[error("the checks of its output are none that this version reads: use a newer version")]
    NotAVerification,
    /// It is no page of the entries of a list.
    #[error("the entries of the list are not what was sealed")]
    NotEntries,
    /// The output of another task cannot be put where it names it.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// A fix sets a variable that the operator's configuration has no more.
    #[error(
        "the operator's configuration has no variable {0} any more: start the server with it, or change the task"
    )]
    NotOffered(String),
    /// The vault could not be read.
    #[error("the vault could not be read: {0}")]
    Vault(#[from] VaultError),
}

impl Unavailable {
    /// Whether it may be there another time: the machine refused, not the content.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Vault(error) if error.may_pass())
    }
}

/// What content of a workflow is bound to.
pub fn binding(workflow: WorkflowId, class: ContentClass) -> Binding {
    Binding { stream: workflow.0, class: class.number() }
}

/// What a record says of something that the vault sealed.
pub fn sealed(reference: Reference) -> Sealed {
    let Reference { address, commitment, length } = reference;
    Sealed { address, commitment, length: Bytes(length) }
}

/// What the vault is asked for by a record's word.
pub fn reference(sealed: &Sealed) -> Reference {
    let Sealed { address, commitment, length } = *sealed;
    Reference { address, commitment, length: length.0 }
}

/// Opens the input of a task.
pub(crate) fn input_of(
    vault: &Vault,
    effect: &Performance,
    input: &Sealed,
) -> Result<Plaintext, Unavailable> {
    Ok(vault.unseal(&reference(input), binding(effect.workflow, ContentClass::Input))??)
}

/// Opens the input of a task that runs a process, and puts the outputs of other tasks and its entry where it names them.
pub(crate) fn process_of(
    vault: &Vault,
    effect: &Performance,
    input: &Sealed,
    takes: &[Taken],
    entry: Option<&Entry>,
) -> Result<Process, Unavailable> {
    if taken_bytes(takes) > TAKEN_BYTES_MAX {
        return Err(Unusable::TooMuch { max: TAKEN_BYTES_MAX }.into());
    }
    let process = Process::decode(&input_of(vault, effect, input)?)?;
    let entry = entry.map(|entry| entry_of(vault, effect.workflow, entry)).transpose()?;
    let outputs = Outputs::open(takes, entry, |output| output_of(vault, effect.workflow, output))?;
    Ok(outputs.fill(process)?)
}

/// Opens the output of another task.
pub(crate) fn output_of(
    vault: &Vault,
    workflow: WorkflowId,
    output: &OutputOf,
) -> Result<Plaintext, Unavailable> {
    let sealed_for = output.of.unwrap_or(workflow);
    Ok(vault.unseal(&reference(&output.content), binding(sealed_for, output.class))??)
}

/// Opens the entry of a list that a task is run for.
pub(crate) fn entry_of(
    vault: &Vault,
    workflow: WorkflowId,
    entry: &Entry,
) -> Result<OpenedEntry, Unavailable> {
    let page = vault.unseal(&reference(&entry.page), binding(workflow, ContentClass::Entries))??;
    let mut entries: Vec<serde_json::Value> =
        serde_json::from_slice(&page).map_err(|_| Unavailable::NotEntries)?;
    let place = entry.place as usize;
    if place >= entries.len() {
        return Err(Unavailable::NotEntries);
    }
    Ok(OpenedEntry { value: entries.swap_remove(place), number: entry.number })
}

/// Hears what the sealing of an output, or its verification, waits for, as often as it is tried; none when nothing waits any
/// more.
pub(crate) type Told = Box<dyn Fn(Option<(Lack, String)>) + Send + Sync>;

/// Who hears of the outputs of one attempt.
pub(crate) struct Delays {
    /// How many of them wait.
    waiting: AtomicUsize,
    told: Told,
}

impl Delays {
    pub(crate) fn new(told: Told) -> Arc<Self> {
        Arc::new(Self { waiting: AtomicUsize::new(0), told })
    }

    /// Something waits, for the first time or still.
    pub(crate) fn lacks(&self, is_first: bool, lack: Lack, why: String) {
        if is_first {
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
        (self.told)(Some((lack, why)));
    }

    /// What waited goes on.
    pub(crate) fn lacks_no_more(&self) {
        if self.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            (self.told)(None);
        }
    }
}

/// Seals one output of an attempt, piece by piece. Clones are the same output.
///
/// What the machine is short of delays it: nothing is lost for that. Meanwhile at most one chunk is held sealed and one
/// open, and whoever offers the next piece waits.
#[derive(Clone)]
pub(crate) struct Output {
    keeping: Arc<Mutex<Keeping>>,
    delays: Arc<Delays>,
}

struct Keeping {
    vault: Vault,
    slot: u64,
    binding: Binding,
    blob: Option<Blob>,
    /// Nothing was kept, for this reason.
    failed: Option<String>,
    kept_bytes: u64,
    total_bytes: u64,
}

/// An output that is not stored yet.
enum Blob {
    Open(Box<BlobWriter>),
    Whole(WholeBlob),
}

/// What goes into the record of an output, what must be attached to its commit, and why nothing was kept if so.
pub(crate) type Kept = (Captured, Option<Attachment>, Option<String>);

impl Output {
    pub(crate) fn of(vault: &Vault, effect: &Performance, class: ContentClass, delays: &Arc<Delays>) -> Self {
        let keeping = Keeping {
            vault: vault.clone(),
            slot: effect.subject_slot,
            binding: binding(effect.workflow, class),
            blob: None,
            failed: None,
            kept_bytes: 0,
            total_bytes: 0,
        };
        Self { keeping: Arc::new(Mutex::new(keeping)), delays: Arc::clone(delays) }
    }

    /// Takes the next piece: as much of it as is kept.
    pub(crate) async fn take(&self, piece: &[u8]) {
        if self.keeping().begin().is_err() {
            self.try_until_done(Keeping::begin).await;
        }
        if self.keeping().take(piece).is_err() {
            self.try_until_done(|keeping| keeping.take(&[])).await;
        }
    }

    /// Ends the output, when there will be no other piece.
    pub(crate) async fn finish(&self) -> Kept {
        if self.keeping().is_small()
            && let Ok(kept) = self.keeping().finish()
        {
            return kept;
        }
        self.try_until_done(Keeping::finish).await
    }

    /// Tries, each time after a longer pause and where files may be synced.
    async fn try_until_done<T: Send + 'static>(
        &self,
        attempt: fn(&mut Keeping) -> Result<T, VaultError>,
    ) -> T {
        let mut failures = 0;
        loop {
            let output = self.clone();
            let tried = spawn_blocking(move || attempt(&mut output.keeping())).await;
            match tried.expect("invariant: sealing does not panic") {
                Ok(done) => {
                    if failures > 0 {
                        self.delays.lacks_no_more();
                    }
                    return done;
                }
                Err(error) => {
                    let why = format!("output cannot be sealed: {}", with_causes(&error));
                    self.delays.lacks(failures == 0, lack_of(&error), why);
                }
            }
            sleep(again_after(failures)).await;
            failures += 1;
        }
    }

    fn keeping(&self) -> MutexGuard<'_, Keeping> {
        self.keeping.lock().expect("invariant: no holder of this lock panics")
    }
}

fn lack_of(error: &VaultError) -> Lack {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let is_short = causes.filter_map(|cause| cause.downcast_ref()).any(is_shortage);
    if is_short { Lack::Machine } else { Lack::Vault }
}

/// Each of these fails only for what may pass, and is then tried again.
impl Keeping {
    fn begin(&mut self) -> Result<(), VaultError> {
        if self.blob.is_some() || self.failed.is_some() {
            return Ok(());
        }
        let begun = self.vault.writer(self.slot, self.binding);
        match self.for_now(begun)? {
            Some(Ok(writer)) => self.blob = Some(Blob::Open(Box::new(writer))),
            Some(Err(no_key)) => self.fail(no_key.to_string()),
            None => {}
        }
        Ok(())
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), VaultError> {
        self.total_bytes += piece.len() as u64;
        let room = usize::try_from(OUTPUT_BYTES_MAX as u64 - self.kept_bytes).unwrap_or(usize::MAX);
        let piece = &piece[..piece.len().min(room)];
        let Some(Blob::Open(writer)) = &mut self.blob else { return Ok(()) };
        self.kept_bytes += piece.len() as u64;
        let written = writer.write(piece);
        self.for_now(written).map(drop)
    }

    /// Whether it touches no file.
    fn is_small(&self) -> bool {
        match &self.blob {
            None => true,
            Some(Blob::Open(writer)) => !writer.is_large(),
            Some(Blob::Whole(_)) => false,
        }
    }

    fn finish(&mut self) -> Result<Kept, VaultError> {
        let mut captured = Captured { kept: None, total: Bytes(self.total_bytes) };
        let stored = match self.blob.take() {
            Some(Blob::Open(writer)) => self.store(writer.end())?,
            Some(Blob::Whole(blob)) => self.store(blob)?,
            None => None,
        };
        let attachment = stored.map(|stored| {
            captured.kept = Some(sealed(stored.reference).into());
            stored.attachment
        });
        Ok((captured, attachment, self.failed.take()))
    }

    fn store(&mut self, mut blob: WholeBlob) -> Result<Option<triad_vault::Sealed>, VaultError> {
        let stored = blob.store();
        self.blob = Some(Blob::Whole(blob));
        self.for_now(stored)
    }

    /// Lets through what may pass. Anything else ends the output.
    fn for_now<T>(&mut self, tried: Result<T, VaultError>) -> Result<Option<T>, VaultError> {
        match tried {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.may_pass() => Err(error),
            Err(error) => {
                self.fail(with_causes(&error));
                Ok(None)
            }
        }
    }

    fn fail(&mut self, why: String) {
        self.blob = None;
        self.failed = Some(why);
    }
}
