//! How a workflow comes in: its definition in one piece or in chunks, and its acceptance.

mod earlier;
mod flow;
mod kind;
mod options;
mod task;

pub use flow::{ApprovalGate, SignalGate, TaskFlow};
pub use kind::TaskKind;
pub use options::{TaskOption, TaskOptions};
pub use task::TaskDefinition;

use crate::ids::WorkflowId;
use crate::quantity::Micros;
use crate::subjects::Subject;

events! {
    /// How a workflow comes in: its definition in one piece or in chunks, and its acceptance.
    intake;

    /// A run of tasks of a definition that is too large for one record. The stream is that of the workflow to
    /// come.
    ChunkStaged = 201 version 2 (1 is earlier::ChunkStagedV1) "chunk_staged", by Input, keeps Content, ends None,
        says "a part of the definition came in: {tasks} tasks, from number {first_task} on" {
        /// How many tasks were staged before this chunk.
        first_task: u32,
        /// Whose the inputs are: the same in every chunk and in the submission.
        subject: Subject,
        /// The tasks.
        tasks: Vec<TaskDefinition>,
    }

    /// A complete definition was handed in and found acceptable. Always followed by the acceptance in the
    /// same group.
    WorkflowSubmitted (boxed) = 202 version 3 (2 is earlier::WorkflowSubmittedV2)
        "workflow_submitted", by Input, keeps Content, ends None,
        says "{name} was submitted" {
        /// What was handed in, with what was looked up about it.
        asked: Submission,
        /// Digest of the whole definition, the same in one piece and in chunks.
        digest: [u8; 32],
    }

    /// The workflow exists from here on and its tasks are pending.
    WorkflowAccepted = 203 "workflow_accepted", by Decision, keeps Stream, ends None,
        says "accepted with {tasks} tasks and {dependencies} dependencies" {
        /// Digest of the definition.
        digest: [u8; 32],
        /// How many tasks it has.
        tasks: u32,
        /// How many dependencies, over all tasks.
        dependencies: u32,
    }

    /// An upload was not finished in time and is forgotten.
    UploadExpired = 204 "upload_expired", by Decision, keeps Stream, ends Refused and closes,
        says "the upload was not finished in time and is forgotten, with {staged_tasks} tasks" {
        /// How many tasks had been staged.
        staged_tasks: u32,
    }
}

asks! {
    /// How a definition can come in.
    intake;
    /// Some of its tasks, when it is too large for one record.
    StageChunk(ChunkStaged) in ChunkStaged;
    /// All of it, or the rest after what was staged.
    Submit(Submission, boxed) in WorkflowSubmitted.asked;
}

structure! {
    /// A complete definition, with what the shell looked up about it.
    Submission {
        /// The workflow's display name.
        name: String,
        /// BLAKE3 of the client's idempotency key and its scope.
        idempotency_key: Option<[u8; 32]>,
        /// What the persisted index knew of that key.
        earlier: Option<Earlier>,
        /// Sequence up to which the index had read when it answered.
        looked_up_through: u64,
        /// Whose the inputs and outputs of its tasks are, to be erased together.
        subject: Subject,
        /// How many tasks were staged in chunks before; zero for a definition in one piece.
        staged_tasks: u32,
        /// The tasks that were not staged: all of them, or the rest.
        tasks: Vec<TaskDefinition>,
        /// Digest over the inputs of all tasks, in their order, under a key that only the vault has: equal
        /// inputs are recognised, though each sealing of them differs.
        content: [u8; 32],
        /// Whose it is in accounts and budgets: the owner of the credential that submitted it; empty when nobody had to show one.
        owner: String,
    }
}

structure! {
    /// A workflow that was accepted under the same idempotency key before.
    Earlier {
        /// The workflow.
        workflow: WorkflowId,
        /// Digest of its definition.
        digest: [u8; 32],
        /// When it was accepted, in the time that has passed for this log.
        elapsed: Micros,
    }
}
