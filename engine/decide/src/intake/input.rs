//! How a definition can come in.

use triad_event::intake::{ChunkStaged, Earlier, Event, TaskDefinition, WorkflowSubmitted};

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
    /// How many tasks were staged before.
    pub staged_tasks: u32,
    /// The others.
    pub tasks: Vec<TaskDefinition>,
}

impl Submission {
    /// The record of it, once the core has computed the digest.
    pub(crate) fn recorded(self, digest: [u8; 32]) -> WorkflowSubmitted {
        let Self { name, idempotency_key, earlier, looked_up_through, staged_tasks, tasks } = self;
        WorkflowSubmitted { name, idempotency_key, earlier, looked_up_through, staged_tasks, tasks, digest }
    }
}

impl Input {
    /// The input that an event states, if it states one.
    pub(crate) fn restated(event: Event) -> Option<Self> {
        match event {
            Event::ChunkStaged(chunk) => Some(Self::StageChunk(chunk)),
            Event::WorkflowSubmitted(submitted) => {
                let WorkflowSubmitted { name, idempotency_key, earlier, looked_up_through, .. } = submitted;
                let (staged_tasks, tasks) = (submitted.staged_tasks, submitted.tasks);
                Some(Self::Submit(Submission {
                    name,
                    idempotency_key,
                    earlier,
                    looked_up_through,
                    staged_tasks,
                    tasks,
                }))
            }
            Event::WorkflowAccepted(_) | Event::UploadExpired(_) => None,
        }
    }
}
