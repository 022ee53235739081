//! The versions of payloads before a task could say for what it waits, and what of today they hold.

use super::flow::TaskFlow;
use super::kind::TaskKind;
use super::options::TaskOptions;
use super::rules::TaskRules;
use super::submission::WorkflowTerms;
use super::task::TaskDefinition;
use super::terms::{HealingPolicy, Sovereignty, TaskTerms};
use super::{ChunkStaged, Earlier, Submission, WorkflowSubmitted};
use crate::apart::Apart;
use crate::event::{Laid, Lowers};
use crate::quantity::{MicroUsd, MilliwattHours, PartsPerMillion};
use crate::sealed::Sealed;
use crate::subjects::Subject;

structure! {
    /// What a definition said of the worth and the needs of a task before it could say for what it waits.
    TaskTermsV1 {
        /// How much energy it is thought to take.
        energy_estimate: Option<MilliwattHours>,
        /// What it is worth, from none to one.
        value_score: Option<PartsPerMillion>,
        /// How much more or less that is worth at the time.
        market_multiplier: Option<PartsPerMillion>,
        /// The most that a kilowatt hour may cost for it, in US dollars.
        bid_price_max: Option<MicroUsd>,
        /// What may be done by itself when it fails.
        healing: Option<HealingPolicy>,
        /// Who owns it, as people call them.
        owner_persona: String,
        /// What whoever performs it must be able to do, ascending.
        capabilities: Vec<String>,
        /// Whether it must stay in the zones of the operator, when that is said.
        sovereignty: Option<Sovereignty>,
    }
}

structure! {
    /// A task before it could say for what it waits.
    TaskDefinitionV3 {
        /// Unique in the workflow: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        id: String,
        /// Display name; may be empty.
        name: String,
        /// What performing it means.
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
        /// When it runs and how often; none for most.
        rules: Option<Apart<TaskRules>>,
        /// What it is worth and what it needs; none for most.
        terms: Option<Apart<TaskTermsV1>>,
    }
}

structure! {
    /// A run of tasks before version 4.
    ChunkStagedV3 {
        /// How many tasks were staged before this chunk.
        first_task: u32,
        /// Whose the inputs are: the same in every chunk and in the submission.
        subject: Subject,
        /// The tasks.
        tasks: Vec<TaskDefinitionV3>,
    }
}

structure! {
    /// A complete definition before version 5.
    SubmissionV4 {
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
        tasks: Vec<TaskDefinitionV3>,
        /// Digest over the inputs of all tasks.
        content: [u8; 32],
        /// Whose it is in accounts and budgets.
        owner: String,
        /// What else is said of it; none for most.
        terms: Option<Apart<WorkflowTerms>>,
    }
}

structure! {
    /// A definition that was handed in, before version 5.
    WorkflowSubmittedV4 {
        /// What was handed in, with what was looked up about it.
        asked: SubmissionV4,
        /// Digest of the whole definition, the same in one piece and in chunks.
        digest: [u8; 32],
    }
}

impl From<TaskTermsV1> for TaskTerms {
    fn from(earlier: TaskTermsV1) -> Self {
        let TaskTermsV1 {
            energy_estimate,
            value_score,
            market_multiplier,
            bid_price_max,
            healing,
            owner_persona,
            capabilities,
            sovereignty,
        } = earlier;
        Self {
            energy_estimate,
            value_score,
            market_multiplier,
            bid_price_max,
            healing,
            owner_persona,
            capabilities,
            sovereignty,
            ..Self::nothing()
        }
    }
}

impl From<TaskDefinitionV3> for TaskDefinition {
    fn from(earlier: TaskDefinitionV3) -> Self {
        let TaskDefinitionV3 { id, name, kind, dependencies, input, options, flow, rules, terms } = earlier;
        let terms = terms.map(|terms| TaskTerms::from((*terms).clone()).into());
        Self { id, name, kind, dependencies, input, options, flow, rules, terms }
    }
}

impl From<ChunkStagedV3> for ChunkStaged {
    fn from(earlier: ChunkStagedV3) -> Self {
        let ChunkStagedV3 { first_task, subject, tasks } = earlier;
        Self { first_task, subject, tasks: tasks.into_iter().map(TaskDefinition::from).collect() }
    }
}

impl From<WorkflowSubmittedV4> for WorkflowSubmitted {
    fn from(earlier: WorkflowSubmittedV4) -> Self {
        let WorkflowSubmittedV4 { asked, digest } = earlier;
        let SubmissionV4 {
            name,
            idempotency_key,
            earlier,
            looked_up_through,
            subject,
            staged_tasks,
            tasks,
            content,
            owner,
            terms,
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
            terms,
        };
        Self { asked, digest }
    }
}

impl Lowers<ChunkStagedV3> for ChunkStaged {
    fn fits(&self) -> bool {
        self.tasks.iter().all(TaskDefinition::is_without_aim)
    }

    fn lower(&self) -> ChunkStagedV3 {
        let Self { first_task, subject, tasks } = self;
        let tasks = tasks.iter().map(TaskDefinitionV3::of).collect();
        ChunkStagedV3 { first_task: *first_task, subject: subject.clone(), tasks }
    }

    fn saved_bytes(&self) -> usize {
        let size = <Self as Laid>::SIZE_BYTES - <ChunkStagedV3 as Laid>::SIZE_BYTES;
        self.tasks.len() * TaskDefinition::WITHOUT_AIM_SAVED_BYTES + size
    }
}

impl Lowers<WorkflowSubmittedV4> for WorkflowSubmitted {
    fn fits(&self) -> bool {
        self.asked.tasks.iter().all(TaskDefinition::is_without_aim)
    }

    fn lower(&self) -> WorkflowSubmittedV4 {
        let asked = &self.asked;
        let asked = SubmissionV4 {
            name: asked.name.clone(),
            idempotency_key: asked.idempotency_key,
            earlier: asked.earlier.clone(),
            looked_up_through: asked.looked_up_through,
            subject: asked.subject.clone(),
            staged_tasks: asked.staged_tasks,
            tasks: asked.tasks.iter().map(TaskDefinitionV3::of).collect(),
            content: asked.content,
            owner: asked.owner.clone(),
            terms: asked.terms.clone(),
        };
        WorkflowSubmittedV4 { asked, digest: self.digest }
    }

    fn saved_bytes(&self) -> usize {
        let size = <Self as Laid>::SIZE_BYTES - <WorkflowSubmittedV4 as Laid>::SIZE_BYTES;
        self.asked.tasks.len() * TaskDefinition::WITHOUT_AIM_SAVED_BYTES + size
    }
}

impl TaskTermsV1 {
    /// Terms of which it holds all.
    fn of(terms: &TaskTerms) -> Self {
        let TaskTerms {
            energy_estimate,
            value_score,
            market_multiplier,
            bid_price_max,
            healing,
            owner_persona,
            capabilities,
            sovereignty,
            ..
        } = terms.clone();
        Self {
            energy_estimate,
            value_score,
            market_multiplier,
            bid_price_max,
            healing,
            owner_persona,
            capabilities,
            sovereignty,
        }
    }
}

impl TaskDefinitionV3 {
    /// A task of which it holds all.
    fn of(task: &TaskDefinition) -> Self {
        let TaskDefinition { id, name, kind, dependencies, input, options, flow, rules, terms } =
            task.clone();
        let terms = terms.map(|terms| TaskTermsV1::of(&terms).into());
        Self { id, name, kind, dependencies, input, options, flow, rules, terms }
    }
}

impl TaskDefinition {
    /// Bytes of a record that a task needs less that does not say for what it waits, where no task of the record does.
    pub const WITHOUT_AIM_SAVED_BYTES: usize =
        <Self as Laid>::SIZE_BYTES - <TaskDefinitionV3 as Laid>::SIZE_BYTES;

    /// Whether its terms do not say for what it waits but a bid: what the third version of it holds.
    pub fn is_without_aim(&self) -> bool {
        self.terms.as_deref().is_none_or(TaskTerms::is_of_version_1)
    }
}
