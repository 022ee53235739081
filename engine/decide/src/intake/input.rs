//! How a definition can come in.

use triad_event::intake::{ChunkStaged, Earlier, Event, TaskDefinition, WorkflowSubmitted};
use triad_event::subjects::Subject;

/// How a definition can come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Some of its tasks, when it is too large for one record.
    StageChunk(ChunkStaged),
    /// All of it, or the rest after what was staged.
    Submit(Submission),
}

/// A complete definition, with what the shell looked up about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Display name.
    pub name: String,
    /// BLAKE3 of the client's idempotency key and its scope.
    pub idempotency_key: Option<[u8; 32]>,
    /// What the persisted index knows of that key.
    pub earlier: Option<Earlier>,
    /// Sequence up to which the index has read. The world knows what was accepted after it.
    pub looked_up_through: u64,
    /// Whose its content is, with what the vault knows of it.
    pub subject: Subject,
    /// Digest over the inputs of all tasks, staged ones too, under a key that only the vault has.
    pub content: [u8; 32],
    /// How many tasks were staged before.
    pub staged_tasks: u32,
    /// The others.
    pub tasks: Vec<TaskDefinition>,
}

impl Submission {
    /// The record of it, once the core has computed the digest.
    pub(crate) fn recorded(self, digest: [u8; 32]) -> WorkflowSubmitted {
        WorkflowSubmitted {
            name: self.name,
            idempotency_key: self.idempotency_key,
            earlier: self.earlier,
            looked_up_through: self.looked_up_through,
            subject: self.subject,
            staged_tasks: self.staged_tasks,
            tasks: self.tasks,
            content: self.content,
            digest,
        }
    }
}

impl Input {
    /// Whose content comes in.
    pub(crate) fn subject(&self) -> &Subject {
        match self {
            Self::StageChunk(chunk) => &chunk.subject,
            Self::Submit(submission) => &submission.subject,
        }
    }

    /// The input that an event states, if it states one.
    pub(crate) fn restated(event: Event) -> Option<Self> {
        match event {
            Event::ChunkStaged(chunk) => Some(Self::StageChunk(chunk)),
            Event::WorkflowSubmitted(submitted) => {
                // The digest is decided.
                Some(Self::Submit(Submission {
                    name: submitted.name,
                    idempotency_key: submitted.idempotency_key,
                    earlier: submitted.earlier,
                    looked_up_through: submitted.looked_up_through,
                    subject: submitted.subject,
                    content: submitted.content,
                    staged_tasks: submitted.staged_tasks,
                    tasks: submitted.tasks,
                }))
            }
            Event::WorkflowAccepted(_) | Event::UploadExpired(_) => None,
        }
    }
}
