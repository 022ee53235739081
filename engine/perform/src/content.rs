//! Content between the vault and the effects: inputs are opened for them, what they write is sealed as it comes.

use std::sync::{Arc, Mutex};
use triad_decide::Performance;
use triad_decide::limits::OUTPUT_BYTES_MAX;
use triad_event::execution::Captured;
use triad_event::ids::WorkflowId;
use triad_event::quantity::Bytes;
use triad_event::sealed::{ContentClass, NotAProcess, Process, Sealed};
use triad_vault::{
    Attachment, Binding, BlobWriter, NoKey, Plaintext, Reference, Unopened, Vault, VaultError,
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
    /// The vault could not be read.
    #[error("the vault could not be read: {0}")]
    Vault(#[from] VaultError),
}

impl Unavailable {
    /// Whether it may be there another time: the machine refused, not the content.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Vault(VaultError::Io { .. } | VaultError::Attachments(_)))
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

/// Opens the input of a task that runs a process.
pub(crate) fn process_of(
    vault: &Vault,
    effect: &Performance,
    input: &Sealed,
) -> Result<Process, Unavailable> {
    Ok(Process::decode(&input_of(vault, effect, input)?)?)
}

/// Seals one output of an attempt, piece by piece. Clones are the same output, so that what there is by the end is kept
/// even when a descendant of the process holds its pipe open.
#[derive(Clone)]
pub(crate) struct Output(Arc<Mutex<Keeping>>);

struct Keeping {
    vault: Vault,
    slot: u64,
    binding: Binding,
    /// None until the first byte comes, and after a failure.
    writer: Option<BlobWriter>,
    /// Nothing was kept, for this reason.
    failed: Option<String>,
    kept_bytes: u64,
    total_bytes: u64,
}

impl Output {
    pub(crate) fn of(vault: &Vault, effect: &Performance, class: ContentClass) -> Self {
        Self(Arc::new(Mutex::new(Keeping {
            vault: vault.clone(),
            slot: effect.subject_slot,
            binding: binding(effect.workflow, class),
            writer: None,
            failed: None,
            kept_bytes: 0,
            total_bytes: 0,
        })))
    }

    /// Takes the next piece: as much of it as is kept.
    pub(crate) fn take(&self, piece: &[u8]) {
        self.0.lock().expect("invariant: no holder of this lock panics").take(piece);
    }

    /// What goes into the record, what must be attached to its commit, and why nothing was kept if so. May write a file.
    pub(crate) fn finish(&self) -> (Captured, Option<Attachment>, Option<String>) {
        self.0.lock().expect("invariant: no holder of this lock panics").finish()
    }
}

impl Keeping {
    fn take(&mut self, piece: &[u8]) {
        self.total_bytes += piece.len() as u64;
        let room = usize::try_from(OUTPUT_BYTES_MAX as u64 - self.kept_bytes).unwrap_or(usize::MAX);
        let piece = &piece[..piece.len().min(room)];
        if piece.is_empty() || self.failed.is_some() {
            return;
        }
        self.kept_bytes += piece.len() as u64;
        if let Err(why) = self.write(piece) {
            self.fail(why);
        }
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), String> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let begun = self.vault.writer(self.slot, self.binding).map_err(|error| error.to_string())?;
                none.insert(begun.map_err(|no_key: NoKey| no_key.to_string())?)
            }
        };
        writer.write(piece).map_err(|error| error.to_string())
    }

    fn fail(&mut self, why: String) {
        self.writer = None;
        self.failed = Some(why);
    }

    fn finish(&mut self) -> (Captured, Option<Attachment>, Option<String>) {
        let total = Bytes(self.total_bytes);
        match self.writer.take().map(BlobWriter::finish) {
            Some(Ok(kept)) => {
                let captured = Captured { kept: Some(sealed(kept.reference)), total };
                return (captured, Some(kept.attachment), None);
            }
            Some(Err(error)) => self.fail(error.to_string()),
            None => {}
        }
        (Captured { kept: None, total }, None, self.failed.take())
    }
}
