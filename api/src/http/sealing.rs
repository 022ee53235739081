//! Puts the content of a definition into the vault, so that what goes to the engine are references.

use super::door::{Door, blocking};
use crate::clock;
use crate::wire::definition::Definition;
use crate::wire::problem::Problem;
use std::convert::Infallible;
use triad_decide::intake::{Checked, pieces};
use triad_decide::{Refusal, subjects};
use triad_event::Sealed;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::TaskDefinition;
use triad_event::quantity::Micros;
use triad_event::sealed::ContentClass;
use triad_event::subjects::{Standing, Subject};
use triad_perform::content::{binding, sealed as recorded};
use triad_vault::{Attachment, NoKey, Vault, VaultError, known_rows};

/// Sealed bytes that one commit takes beside a record: a commit lies in memory as a whole, and others wait for it.
const ATTACHED_BYTES_MAX: usize = 4 << 20;
/// More tasks are sealed only while few other large definitions are in memory.
const LARGE_TASKS: usize = 1000;
/// The slot of a workflow that has no content: nothing is ever sealed under it.
const NO_SLOT: u64 = 0;

/// A definition whose content is sealed.
pub(super) struct SealedDefinition {
    pub(super) name: String,
    pub(super) subject: Subject,
    /// Digest over all content.
    pub(super) content: [u8; 32],
    /// Never empty: the last goes into the submission.
    pub(super) pieces: Vec<Piece>,
}

/// What goes into one record, and what must become durable with it.
#[derive(Clone, Default)]
pub(super) struct Piece {
    pub(super) tasks: Vec<TaskDefinition>,
    pub(super) attachments: Vec<Attachment>,
    attached_bytes: usize,
}

/// A data subject, with what the vault knows of it.
#[derive(Debug, Clone)]
pub(super) struct KnownSubject {
    pub(super) subject: Subject,
    /// When content was last accepted for it.
    pub(super) last_accepted: Option<Micros>,
}

/// Why content was not sealed.
#[derive(Debug, thiserror::Error)]
enum SealError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

impl Door {
    /// Seals all content of a definition, on a thread that may block.
    pub(super) async fn seal(
        &self,
        workflow: WorkflowId,
        definition: Definition,
        idempotency_key: Option<[u8; 32]>,
    ) -> Result<SealedDefinition, Problem> {
        let looked_up_through = self.newest_durable();
        let Definition { name, subject, checked } = definition;
        if subject.is_none() && checked.contents.iter().all(Option::is_none) {
            return Ok(without_content(
                &self.vault,
                workflow,
                name,
                checked,
                idempotency_key,
                looked_up_through,
            ));
        }
        let is_large = checked.tasks.len() > LARGE_TASKS;
        let _place = if is_large { Some(self.large_definitions.acquire().await) } else { None };
        let vault = self.vault.clone();
        let work = move || -> Result<SealedDefinition, SealError> {
            let id = subject.unwrap_or(workflow.into());
            let subject = know(&vault, id, looked_up_through)?.subject;
            if subject.standing == Standing::Erased {
                return Err(NoKey::Erased { slot: subject.slot }.into());
            }
            let is_named = id != DataSubjectId::from(workflow);
            seal_all(&vault, workflow, name, (subject, is_named), checked, idempotency_key)
        };
        let id = subject.unwrap_or(workflow.into());
        let sealed = blocking(move || Ok::<_, Infallible>(work())).await?;
        sealed.map_err(|error| self.unsealed(id, error))
    }

    /// What the vault knows of a data subject. For one that it does not know a slot is set aside.
    pub(super) async fn know(&self, id: DataSubjectId) -> Result<KnownSubject, Problem> {
        let (vault, looked_up_through) = (self.vault.clone(), self.newest_durable());
        let known = blocking(move || Ok::<_, Infallible>(know(&vault, id, looked_up_through))).await?;
        known.map_err(|error| self.unsealed(id, error))
    }

    /// The same without a slot, for what needs none.
    pub(super) async fn know_standing(&self, id: DataSubjectId) -> Result<Subject, Problem> {
        self.know_again(&Subject { id, slot: NO_SLOT, standing: Standing::New, looked_up_through: 0 }).await
    }

    /// The same data subject with what the vault knows of it now; what was sealed under its slot stays.
    pub(super) async fn know_again(&self, before: &Subject) -> Result<Subject, Problem> {
        let (looked_up_through, id) = (self.newest_durable(), before.id);
        let standing = self.in_vault(move |vault| vault.subject(id.0)).await?;
        Ok(Subject { standing: standing_of(standing), looked_up_through, ..before.clone() })
    }

    /// Sequence of the newest durable record. Taken before the vault is asked: what it says then is at least as new.
    fn newest_durable(&self) -> u64 {
        self.durable().next_sequence.saturating_sub(1)
    }

    fn unsealed(&self, id: DataSubjectId, error: SealError) -> Problem {
        match error {
            SealError::NoKey(NoKey::Erased { .. }) => {
                Refusal::from(subjects::Refusal::SubjectErased { subject: id }).into()
            }
            SealError::NoKey(error) => self.vault_failed(&error),
            SealError::Vault(error) => self.vault_failed(&error),
        }
    }
}

fn know(vault: &Vault, id: DataSubjectId, looked_up_through: u64) -> Result<KnownSubject, SealError> {
    let (slot, last_accepted, standing) = match vault.subject(id.0)? {
        triad_vault::Subject::Known { slot, last_accepted_us } => {
            (slot, Some(Micros(last_accepted_us)), Standing::Known)
        }
        triad_vault::Subject::Erased { slot } => (slot, None, Standing::Erased),
        triad_vault::Subject::Unknown => (vault.slot_for(id.0)??, None, Standing::New),
    };
    Ok(KnownSubject { subject: Subject { id, slot, standing, looked_up_through }, last_accepted })
}

fn standing_of(found: triad_vault::Subject) -> Standing {
    match found {
        triad_vault::Subject::Unknown => Standing::New,
        triad_vault::Subject::Known { .. } => Standing::Known,
        triad_vault::Subject::Erased { .. } => Standing::Erased,
    }
}

/// Nothing to seal, and nobody to seal it for: such a workflow takes no slot.
fn without_content(
    vault: &Vault,
    workflow: WorkflowId,
    name: String,
    checked: Checked,
    idempotency_key: Option<[u8; 32]>,
    looked_up_through: u64,
) -> SealedDefinition {
    let piece = |tasks| Piece { tasks, ..Piece::default() };
    SealedDefinition {
        name,
        subject: Subject::of(workflow, NO_SLOT, looked_up_through),
        content: vault.content_hasher(idempotency_key.as_ref().map(<[u8; 32]>::as_slice)).finish(),
        pieces: pieces(checked.tasks).into_iter().map(piece).collect(),
    }
}

fn seal_all(
    vault: &Vault,
    workflow: WorkflowId,
    name: String,
    (subject, is_named): (Subject, bool),
    checked: Checked,
    idempotency_key: Option<[u8; 32]>,
) -> Result<SealedDefinition, SealError> {
    let binding = binding(workflow, ContentClass::Input);
    let mut hasher = vault.content_hasher(idempotency_key.as_ref().map(<[u8; 32]>::as_slice));
    let mut attachments = Vec::new();
    let tasks = checked.seal(|_, content| -> Result<Sealed, SealError> {
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
        let sealed = vault.seal(subject.slot, binding, content)??;
        attachments.push(sealed.attachment);
        Ok(recorded(sealed.reference))
    })?;
    let mut pieces = split(tasks, attachments);
    let rows = known_rows(subject.id.0, subject.slot, clock::now_us());
    let last = pieces.len() - 1;
    for (place, piece) in pieces.iter_mut().enumerate() {
        // Whoever is named keeps the slot even when nothing is sealed yet, so that others who name it find the same.
        if !piece.attachments.is_empty() || (is_named && place == last) {
            piece.attachments.extend(rows.iter().cloned());
        }
    }
    Ok(SealedDefinition { name, subject, content: hasher.finish(), pieces })
}

/// Pieces that each fit one record, with what is attached to it within bounds as well.
fn split(tasks: Vec<TaskDefinition>, attachments: Vec<Attachment>) -> Vec<Piece> {
    let mut attachments = attachments.into_iter();
    let mut split = Vec::new();
    for tasks in pieces(tasks) {
        let mut piece = Piece::default();
        for task in tasks {
            let attached = if task.input.is_some() { attachments.next() } else { None };
            let more = attached.as_ref().map_or(0, |(_, value)| value.len());
            if piece.attached_bytes + more > ATTACHED_BYTES_MAX && !piece.tasks.is_empty() {
                split.push(std::mem::take(&mut piece));
            }
            piece.attached_bytes += more;
            piece.attachments.extend(attached);
            piece.tasks.push(task);
        }
        split.push(piece);
    }
    split
}
