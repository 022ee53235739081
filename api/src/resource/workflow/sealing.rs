//! Puts the content of a definition into the vault, so that what goes to the engine are references.

use crate::http::state::{AppState, blocking};
use crate::resource::subject::known::{NO_SLOT, SealError, know};
use crate::wire::definition::Definition;
use crate::wire::problem::Problem;
use std::convert::Infallible;
use triad_decide::intake::{Checked, pieces};
use triad_event::Sealed;
use triad_event::ids::WorkflowId;
use triad_event::intake::{TaskDefinition, WorkflowTerms};
use triad_event::sealed::ContentClass;
use triad_event::subjects::{Standing, Subject};
use triad_perform::content::{binding, sealed as recorded};
use triad_vault::{Attachment, NoKey, Vault};

/// Sealed bytes that one commit takes beside a record: a commit lies in memory as a whole, and others wait for it.
const ATTACHED_BYTES_MAX: usize = 4 << 20;
/// More tasks are sealed only while few other large definitions are in memory.
const LARGE_TASKS: usize = 1000;

/// Content of so many bytes and tasks is sealed where the request is: that takes less than a way to another thread and back.
const SMALL_BYTES: usize = 16 << 10;
const SMALL_TASKS: usize = 32;

/// A definition whose content is sealed.
pub(super) struct SealedDefinition {
    pub(super) name: String,
    pub(super) subject: Subject,
    /// Digest over all content.
    pub(super) content: [u8; 32],
    /// Never empty: the last goes into the submission.
    pub(super) pieces: Vec<Piece>,
    /// What else is said of the workflow.
    pub(super) terms: Option<WorkflowTerms>,
}

/// What goes into one record, and what must become durable with it.
#[derive(Clone, Default)]
pub(super) struct Piece {
    pub(super) tasks: Vec<TaskDefinition>,
    pub(super) attachments: Vec<Attachment>,
    attached_bytes: usize,
}

impl AppState {
    /// Seals all content of a definition; much of it on a thread that may block.
    pub(super) async fn seal(
        &self,
        workflow: WorkflowId,
        definition: Definition,
        idempotency_key: Option<[u8; 32]>,
    ) -> Result<SealedDefinition, Problem> {
        let looked_up_through = self.newest_durable();
        let Definition { name, subject, checked, terms, values, recurrence: _ } = definition;
        let has_content = values.is_some()
            || checked.content_bytes() > 0
            || checked.contents.iter().any(Option::is_some)
            || checked.tasks.iter().any(TaskDefinition::brings_content);
        if subject.is_none() && !has_content {
            let sealed =
                without_content(&self.vault, workflow, name, checked, idempotency_key, looked_up_through);
            return Ok(SealedDefinition { terms, ..sealed });
        }
        let (is_large, is_small) = (checked.tasks.len() > LARGE_TASKS, is_small(&checked, values.as_deref()));
        let _place = if is_large { Some(self.large_definitions.acquire().await) } else { None };
        let vault = self.vault.clone();
        let work = move || -> Result<SealedDefinition, SealError> {
            let id = subject.unwrap_or(workflow.into());
            let subject = know(&vault, id, looked_up_through)?.subject;
            if subject.standing == Standing::Erased {
                return Err(NoKey::Erased { slot: subject.slot }.into());
            }
            let what = ToSeal { name, subject, checked, terms, values };
            seal_all(&vault, workflow, what, idempotency_key)
        };
        let id = subject.unwrap_or(workflow.into());
        let sealed = if is_small { work() } else { blocking(move || Ok::<_, Infallible>(work())).await? };
        sealed.map_err(|error| self.unsealed(id, error))
    }
}

fn is_small(checked: &Checked, values: Option<&[u8]>) -> bool {
    let bytes = checked.content_bytes() + values.map_or(0, <[u8]>::len);
    bytes <= SMALL_BYTES && checked.tasks.len() <= SMALL_TASKS
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
        terms: None,
    }
}

/// A definition, and whose its content is.
struct ToSeal {
    name: String,
    subject: Subject,
    checked: Checked,
    terms: Option<WorkflowTerms>,
    values: Option<Vec<u8>>,
}

fn seal_all(
    vault: &Vault,
    workflow: WorkflowId,
    what: ToSeal,
    idempotency_key: Option<[u8; 32]>,
) -> Result<SealedDefinition, SealError> {
    let ToSeal { name, subject, checked, mut terms, values } = what;
    let mut hasher = vault.content_hasher(idempotency_key.as_ref().map(<[u8; 32]>::as_slice));
    let mut attachments = Vec::new();
    let mut seal = |class, content: &[u8]| -> Result<Sealed, SealError> {
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
        let sealed = vault.seal(subject.slot, binding(workflow, class), content)??;
        attachments.push(sealed.attachment);
        Ok(recorded(sealed.reference))
    };
    let tasks = checked.seal(|_, class, content| seal(class, content))?;
    if let Some(values) = values {
        let sealed = seal(ContentClass::Inputs, &values)?;
        terms.get_or_insert_with(WorkflowTerms::nothing).inputs = Some(sealed);
    }
    let pieces = split(tasks, attachments);
    Ok(SealedDefinition { name, subject, content: hasher.finish(), pieces, terms })
}

/// Pieces that each fit one record, with what is attached to it within bounds as well.
fn split(tasks: Vec<TaskDefinition>, attachments: Vec<Attachment>) -> Vec<Piece> {
    let mut attachments = attachments.into_iter();
    let mut split = Vec::new();
    for tasks in pieces(tasks) {
        let mut piece = Piece::default();
        for task in tasks {
            let attached: Vec<Attachment> = attachments.by_ref().take(task.contents()).collect();
            let more: usize = attached.iter().map(|(_, value)| value.len()).sum();
            if piece.attached_bytes + more > ATTACHED_BYTES_MAX && !piece.tasks.is_empty() {
                split.push(std::mem::take(&mut piece));
            }
            piece.attached_bytes += more;
            piece.attachments.extend(attached);
            piece.tasks.push(task);
        }
        split.push(piece);
    }
    // The values of inputs go with the last: they are named beside the tasks.
    if let Some(last) = split.last_mut() {
        last.attachments.extend(attachments);
    }
    split
}
