//! Versions of payloads before those of today, and what of today they hold.

use super::flow::TaskFlow;
use super::kind::TaskKind;
use super::options::TaskOptions;
use super::task::TaskDefinition;
use super::{ChunkStaged, Earlier, Submission, WorkflowSubmitted};
use crate::apart::Apart;
use crate::event::{Laid, Lowers};
use crate::sealed::Sealed;
use crate::subjects::Subject;

structure! {
    /// A task before it could wait, or take the outputs of others.
    TaskDefinitionV1 {
        /// Unique in the workflow: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        id: String,
        /// Display name; may be empty.
        name: String,
        /// What performing it means: `Noop` or `Process`.
        kind: TaskKind,
        /// The tasks that must be completed first, by position in the definition, ascending, without
        /// repetition.
        dependencies: Vec<u32>,
        /// What it is given.
        input: Option<Sealed>,
        /// What else it asks for.
        options: TaskOptions,
    }
}

structure! {
    /// A run of tasks before version 2.
    ChunkStagedV1 {
        /// How many tasks were staged before this chunk.
        first_task: u32,
        /// Whose the inputs are: the same in every chunk and in the submission.
        subject: Subject,
        /// The tasks.
        tasks: Vec<TaskDefinitionV1>,
    }
}

structure! {
    /// A complete definition before version 3.
    SubmissionV2 {
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
        tasks: Vec<TaskDefinitionV1>,
        /// Digest over the inputs of all tasks.
        content: [u8; 32],
    }
}

structure! {
    /// A definition that was handed in, before version 3.
    WorkflowSubmittedV2 {
        /// What was handed in, with what was looked up about it.
        asked: SubmissionV2,
        /// Digest of the whole definition, the same in one piece and in chunks.
        digest: [u8; 32],
    }
}

structure! {
    /// A task before it had rules and terms.
    TaskDefinitionV2 {
        /// Unique in the workflow: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        id: String,
        /// Display name; may be empty.
        name: String,
        /// What performing it means: anything but `Group`.
        kind: TaskKind,
        /// The tasks that must be completed first, by position in the definition, ascending, without
        /// repetition.
        dependencies: Vec<u32>,
        /// What it is given.
        input: Option<Sealed>,
        /// What else it asks for.
        options: TaskOptions,
        /// What it waits for, and whose outputs it takes; none for most.
        flow: Option<Apart<TaskFlow>>,
    }
}

structure! {
    /// A run of tasks before version 3.
    ChunkStagedV2 {
        /// How many tasks were staged before this chunk.
        first_task: u32,
        /// Whose the inputs are: the same in every chunk and in the submission.
        subject: Subject,
        /// The tasks.
        tasks: Vec<TaskDefinitionV2>,
    }
}

structure! {
    /// A complete definition before version 4.
    SubmissionV3 {
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
        tasks: Vec<TaskDefinitionV2>,
        /// Digest over the inputs of all tasks.
        content: [u8; 32],
        /// Whose it is in accounts and budgets.
        owner: String,
    }
}

structure! {
    /// A definition that was handed in, before version 4.
    WorkflowSubmittedV3 {
        /// What was handed in, with what was looked up about it.
        asked: SubmissionV3,
        /// Digest of the whole definition, the same in one piece and in chunks.
        digest: [u8; 32],
    }
}

impl From<TaskDefinitionV1> for TaskDefinition {
    fn from(earlier: TaskDefinitionV1) -> Self {
        let TaskDefinitionV1 { id, name, kind, dependencies, input, options } = earlier;
        TaskDefinitionV2 { id, name, kind, dependencies, input, options, flow: None }.into()
    }
}

impl From<TaskDefinitionV2> for TaskDefinition {
    fn from(earlier: TaskDefinitionV2) -> Self {
        let TaskDefinitionV2 { id, name, kind, dependencies, input, options, flow } = earlier;
        Self { id, name, kind, dependencies, input, options, flow, rules: None, terms: None }
    }
}

impl From<ChunkStagedV1> for ChunkStaged {
    fn from(earlier: ChunkStagedV1) -> Self {
        let ChunkStagedV1 { first_task, subject, tasks } = earlier;
        Self { first_task, subject, tasks: tasks.into_iter().map(TaskDefinition::from).collect() }
    }
}

impl From<WorkflowSubmittedV2> for WorkflowSubmitted {
    fn from(earlier: WorkflowSubmittedV2) -> Self {
        let WorkflowSubmittedV2 { asked, digest } = earlier;
        let SubmissionV2 {
            name,
            idempotency_key,
            earlier,
            looked_up_through,
            subject,
            staged_tasks,
            tasks,
            content,
        } = asked;
        let asked = Submission {
            name,
            idempotency_key,
            earlier,
            looked_up_through,
            subject,
            staged_tasks,
            tasks: tasks.into_iter().map(TaskDefinition::from).collect(),
            content,
            owner: String::new(),
            terms: None,
        };
        Self { asked, digest }
    }
}

impl From<ChunkStagedV2> for ChunkStaged {
    fn from(earlier: ChunkStagedV2) -> Self {
        let ChunkStagedV2 { first_task, subject, tasks } = earlier;
        Self { first_task, subject, tasks: tasks.into_iter().map(TaskDefinition::from).collect() }
    }
}

impl From<WorkflowSubmittedV3> for WorkflowSubmitted {
    fn from(earlier: WorkflowSubmittedV3) -> Self {
        let WorkflowSubmittedV3 { asked, digest } = earlier;
        let SubmissionV3 {
            name,
            idempotency_key,
            earlier,
            looked_up_through,
            subject,
            staged_tasks,
            tasks,
            content,
            owner,
        } = asked;
        let asked = Submission {
            name,
            idempotency_key,
            earlier,
            looked_up_through,
            subject,
            staged_tasks,
            tasks: tasks.into_iter().map(TaskDefinition::from).collect(),
            content,
            owner,
            terms: None,
        };
        Self { asked, digest }
    }
}

impl Lowers<ChunkStagedV1> for ChunkStaged {
    fn fits(&self) -> bool {
        self.tasks.iter().all(TaskDefinition::is_plain)
    }

    fn lower(&self) -> ChunkStagedV1 {
        let Self { first_task, subject, tasks } = self;
        let tasks = tasks.iter().map(TaskDefinitionV1::of).collect();
        ChunkStagedV1 { first_task: *first_task, subject: subject.clone(), tasks }
    }

    fn saved_bytes(&self) -> usize {
        saved_bytes(&self.tasks) + <Self as Laid>::SIZE_BYTES - <ChunkStagedV1 as Laid>::SIZE_BYTES
    }
}

impl Lowers<WorkflowSubmittedV2> for WorkflowSubmitted {
    fn fits(&self) -> bool {
        let Submission { owner, terms, tasks, .. } = &self.asked;
        owner.is_empty() && terms.is_none() && tasks.iter().all(TaskDefinition::is_plain)
    }

    fn lower(&self) -> WorkflowSubmittedV2 {
        let asked = &self.asked;
        let asked = SubmissionV2 {
            name: asked.name.clone(),
            idempotency_key: asked.idempotency_key,
            earlier: asked.earlier.clone(),
            looked_up_through: asked.looked_up_through,
            subject: asked.subject.clone(),
            staged_tasks: asked.staged_tasks,
            tasks: asked.tasks.iter().map(TaskDefinitionV1::of).collect(),
            content: asked.content,
        };
        WorkflowSubmittedV2 { asked, digest: self.digest }
    }

    fn saved_bytes(&self) -> usize {
        let size = <Self as Laid>::SIZE_BYTES - <WorkflowSubmittedV2 as Laid>::SIZE_BYTES;
        saved_bytes(&self.asked.tasks) + size
    }
}

impl Lowers<ChunkStagedV2> for ChunkStaged {
    fn fits(&self) -> bool {
        self.tasks.iter().all(TaskDefinition::is_without_rules)
    }

    fn lower(&self) -> ChunkStagedV2 {
        let Self { first_task, subject, tasks } = self;
        let tasks = tasks.iter().map(TaskDefinitionV2::of).collect();
        ChunkStagedV2 { first_task: *first_task, subject: subject.clone(), tasks }
    }

    fn saved_bytes(&self) -> usize {
        let size = <Self as Laid>::SIZE_BYTES - <ChunkStagedV2 as Laid>::SIZE_BYTES;
        self.tasks.len() * TaskDefinition::WITHOUT_RULES_SAVED_BYTES + size
    }
}

impl Lowers<WorkflowSubmittedV3> for WorkflowSubmitted {
    fn fits(&self) -> bool {
        self.asked.terms.is_none() && self.asked.tasks.iter().all(TaskDefinition::is_without_rules)
    }

    fn lower(&self) -> WorkflowSubmittedV3 {
        let asked = &self.asked;
        let asked = SubmissionV3 {
            name: asked.name.clone(),
            idempotency_key: asked.idempotency_key,
            earlier: asked.earlier.clone(),
            looked_up_through: asked.looked_up_through,
            subject: asked.subject.clone(),
            staged_tasks: asked.staged_tasks,
            tasks: asked.tasks.iter().map(TaskDefinitionV2::of).collect(),
            content: asked.content,
            owner: asked.owner.clone(),
        };
        WorkflowSubmittedV3 { asked, digest: self.digest }
    }

    fn saved_bytes(&self) -> usize {
        let size = <Self as Laid>::SIZE_BYTES - <WorkflowSubmittedV3 as Laid>::SIZE_BYTES;
        self.asked.tasks.len() * TaskDefinition::WITHOUT_RULES_SAVED_BYTES + size
    }
}

impl TaskDefinitionV1 {
    /// A task of which it holds all.
    fn of(task: &TaskDefinition) -> Self {
        let TaskDefinition { id, name, kind, dependencies, input, options, .. } = task.clone();
        Self { id, name, kind, dependencies, input, options }
    }
}

impl TaskDefinitionV2 {
    /// A task of which it holds all.
    fn of(task: &TaskDefinition) -> Self {
        let TaskDefinition { id, name, kind, dependencies, input, options, flow, .. } = task.clone();
        Self { id, name, kind, dependencies, input, options, flow }
    }
}

/// Bytes of a record that plain tasks need less when all of them are.
fn saved_bytes(tasks: &[TaskDefinition]) -> usize {
    tasks.len() * TaskDefinition::PLAIN_SAVED_BYTES
}

impl TaskDefinition {
    /// Bytes of a record that a plain task needs less, where all tasks of the record are plain.
    pub const PLAIN_SAVED_BYTES: usize = <Self as Laid>::SIZE_BYTES - <TaskDefinitionV1 as Laid>::SIZE_BYTES;

    /// Bytes of a record that a task without rules needs less, where all tasks of the record are without.
    pub const WITHOUT_RULES_SAVED_BYTES: usize =
        <Self as Laid>::SIZE_BYTES - <TaskDefinitionV2 as Laid>::SIZE_BYTES;

    /// Whether it has neither rules nor terms, and is no sub-workflow: what the second version of it holds.
    pub fn is_without_rules(&self) -> bool {
        self.rules.is_none() && self.terms.is_none() && self.kind != TaskKind::Group
    }

    /// Whether it is nothing but a command or a text with its options: what the first version of it holds.
    pub fn is_plain(&self) -> bool {
        self.flow.is_none() && self.is_without_rules() && !self.kind.is_gate()
    }
}
