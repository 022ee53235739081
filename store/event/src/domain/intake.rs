//! How a workflow comes in: its definition in one piece or in chunks, and its acceptance.

mod earlier;
mod earlier_form;
mod earlier_key;
mod earlier_terms;
mod flow;
mod kind;
mod options;
mod rules;
mod submission;
mod task;
mod terms;

pub use earlier_key::Earlier;
pub use flow::{ApprovalGate, SignalGate, TaskFlow};
pub use kind::TaskKind;
pub use options::{TaskOption, TaskOptions};
pub use rules::{Deadline, Edge, EdgeOn, FanOut, Form, Gave, Priority, Reused, TaskRules};
pub use submission::{DefinitionUse, Label, Submission, WorkflowTerms};
pub use task::TaskDefinition;
pub use terms::{HealingPolicy, Measure, Sovereignty, Suspension, TaskTerms, Weight};

use crate::subjects::Subject;

events! {
    /// How a workflow comes in: its definition in one piece or in chunks, and its acceptance.
    intake;

    /// A run of tasks of a definition that is too large for one record. The stream is that of the workflow to
    /// come.
    ChunkStaged = 201
        version 7 (1 is earlier::ChunkStagedV1) (2 is earlier::ChunkStagedV2) (3 is earlier_terms::ChunkStagedV3)
        (4 is earlier_form::ChunkStagedV4) (5 is earlier_form::ChunkStagedV5) (6 is ChunkStaged)
        "chunk_staged", by Input, keeps Content, ends None,
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
    WorkflowSubmitted (boxed) = 202
        version 8 (2 is earlier::WorkflowSubmittedV2) (3 is earlier::WorkflowSubmittedV3)
        (4 is earlier_terms::WorkflowSubmittedV4) (5 is earlier_form::WorkflowSubmittedV5)
        (6 is earlier_form::WorkflowSubmittedV6) (7 is WorkflowSubmitted)
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
