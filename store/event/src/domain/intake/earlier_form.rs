//! The versions of payloads before a task could say that its runs may be suspended, and what of today they hold.

use super::earlier_key::Earlier;
use super::flow::TaskFlow;
use super::kind::TaskKind;
use super::options::TaskOptions;
use super::rules::TaskRules;
use super::submission::WorkflowTerms;
use super::task::TaskDefinition;
use super::terms::{HealingPolicy, Sovereignty, TaskTerms, Weight};
use super::{ChunkStaged, Submission, WorkflowSubmitted};
use crate::apart::Apart;
use crate::event::Lowers;
use crate::prices::MissingPrice;
use crate::quantity::{MicroUsd, MilliwattHours, PartsPerMillion};
use crate::sealed::Sealed;
use crate::subjects::Subject;

structure! {
    /// What a definition said of the worth and the needs of a task before its runs could be suspended.
    TaskTermsV2 {
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
        /// What it waits for the least of, each with its share of a million; empty when it is not said.
        optimise: Vec<Weight>,
        /// What happens to it while there is no price; none for what the source of prices says.
        missing_price: Option<MissingPrice>,
    }
}

structure! {
    /// A task before its runs could be suspended.
    TaskDefinitionV4 {
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
        terms: Option<Apart<TaskTermsV2>>,
    }
}

structure! {
    /// A run of tasks whose tasks wait for nothing but prices.
    ChunkStagedV4 {
        /// How many tasks were staged before this chunk.
        first_task: u32,
        /// Whose the inputs are: the same in every chunk and in the submission.
        subject: Subject,
        /// The tasks.
        tasks: Vec<TaskDefinitionV4>,
    }
}

structure! {
    /// A run of tasks before version 6. It has the same fields as the version before it.
    ChunkStagedV5 {
        /// How many tasks were staged before this chunk.
        first_task: u32,
        /// Whose the inputs are: the same in every chunk and in the submission.
        subject: Subject,
        /// The tasks.
        tasks: Vec<TaskDefinitionV4>,
    }
}

structure! {
    /// A complete definition before its tasks could be suspended.
    SubmissionV5 {
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
        tasks: Vec<TaskDefinitionV4>,
        /// Digest over the inputs of all tasks.
        content: [u8; 32],
        /// Whose it is in accounts and budgets.
        owner: String,
        /// What else is said of it; none for most.
        terms: Option<Apart<WorkflowTerms>>,
    }
}

structure! {
    /// A definition that was handed in whose tasks wait for nothing but prices.
    WorkflowSubmittedV5 {
        /// What was handed in, with what was looked up about it.
        asked: SubmissionV5,
        /// Digest of the whole definition, the same in one piece and in chunks.
        digest: [u8; 32],
    }
}

structure! {
    /// A definition that was handed in, before version 7. It has the same fields as the version before it.
    WorkflowSubmittedV6 {
        /// What was handed in, with what was looked up about it.
        asked: SubmissionV5,
        /// Digest of the whole definition, the same in one piece and in chunks.
        digest: [u8; 32],
    }
}

impl From<TaskTermsV2> for TaskTerms {
    fn from(earlier: TaskTermsV2) -> Self {
        let TaskTermsV2 {
            energy_estimate,
            value_score,
            market_multiplier,
            bid_price_max,
            healing,
            owner_persona,
            capabilities,
            sovereignty,
            optimise,
            missing_price,
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
            optimise,
            missing_price,
            suspension: None,
        }
    }
}

impl From<TaskDefinitionV4> for TaskDefinition {
    fn from(earlier: TaskDefinitionV4) -> Self {
        let TaskDefinitionV4 { id, name, kind, dependencies, input, options, flow, rules, terms } = earlier;
        let terms = terms.map(|terms| TaskTerms::from((*terms).clone()).into());
        Self { id, name, kind, dependencies, input, options, flow, rules, terms }
    }
}

impl From<SubmissionV5> for Submission {
    fn from(earlier: SubmissionV5) -> Self {
        let tasks = earlier.tasks.into_iter().map(TaskDefinition::from).collect();
        let SubmissionV5 {
            name,
            idempotency_key,
            earlier,
            looked_up_through,
            subject,
            staged_tasks,
            tasks: _,
            content,
            owner,
            terms,
        } = SubmissionV5 { tasks: Vec::new(), ..earlier };
        Self {
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
        }
    }
}

impl TaskTermsV2 {
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
            optimise,
            missing_price,
            suspension: _,
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
            optimise,
            missing_price,
        }
    }
}

impl TaskDefinitionV4 {
    /// A task of which it holds all.
    fn of(task: &TaskDefinition) -> Self {
        let TaskDefinition { id, name, kind, dependencies, input, options, flow, rules, terms } =
            task.clone();
        let terms = terms.map(|terms| TaskTermsV2::of(&terms).into());
        Self { id, name, kind, dependencies, input, options, flow, rules, terms }
    }
}

impl SubmissionV5 {
    /// A submission of which it holds all.
    fn of(asked: &Submission) -> Self {
        Self {
            name: asked.name.clone(),
            idempotency_key: asked.idempotency_key,
            earlier: asked.earlier.clone(),
            looked_up_through: asked.looked_up_through,
            subject: asked.subject.clone(),
            staged_tasks: asked.staged_tasks,
            tasks: asked.tasks.iter().map(TaskDefinitionV4::of).collect(),
            content: asked.content,
            owner: asked.owner.clone(),
            terms: asked.terms.clone(),
        }
    }
}

/// Two versions with the same fields, of which each holds what no task says more than.
macro_rules! holds {
    ($($version:ident of $kind:ident where $fits:ident;)+) => { $(
        impl Lowers<$version> for $kind {
            fn fits(&self) -> bool {
                tasks_of!(self, $kind).iter().all(TaskDefinition::$fits)
            }

            fn lower(&self) -> $version {
                lowered!(self, $kind, $version)
            }
        }

        impl From<$version> for $kind {
            fn from(earlier: $version) -> Self {
                raised!(earlier, $kind)
            }
        }
    )+ };
}

macro_rules! tasks_of {
    ($whole:ident, ChunkStaged) => {
        $whole.tasks
    };
    ($whole:ident, WorkflowSubmitted) => {
        $whole.asked.tasks
    };
}

macro_rules! lowered {
    ($whole:ident, ChunkStaged, $version:ident) => {
        $version {
            first_task: $whole.first_task,
            subject: $whole.subject.clone(),
            tasks: $whole.tasks.iter().map(TaskDefinitionV4::of).collect(),
        }
    };
    ($whole:ident, WorkflowSubmitted, $version:ident) => {
        $version { asked: SubmissionV5::of(&$whole.asked), digest: $whole.digest }
    };
}

macro_rules! raised {
    ($earlier:ident, ChunkStaged) => {
        Self {
            first_task: $earlier.first_task,
            subject: $earlier.subject,
            tasks: $earlier.tasks.into_iter().map(TaskDefinition::from).collect(),
        }
    };
    ($earlier:ident, WorkflowSubmitted) => {
        Self { asked: $earlier.asked.into(), digest: $earlier.digest }
    };
}

holds! {
    ChunkStagedV4 of ChunkStaged where is_without_carbon;
    ChunkStagedV5 of ChunkStaged where is_without_suspension;
    WorkflowSubmittedV5 of WorkflowSubmitted where is_without_carbon;
    WorkflowSubmittedV6 of WorkflowSubmitted where is_without_suspension;
}

impl TaskDefinition {
    /// Whether its terms weigh nothing but prices, and its runs are not suspended: what the version before the last holds.
    fn is_without_carbon(&self) -> bool {
        self.terms.as_deref().is_none_or(TaskTerms::is_of_version_2)
    }

    /// Whether its runs are not suspended, besides: what the version before that holds.
    fn is_without_suspension(&self) -> bool {
        self.terms.as_deref().is_none_or(TaskTerms::is_of_version_3)
    }
}

/// Before tasks could be diagnosed for fixes. The fields are the same.
macro_rules! same_fields {
    ($($kind:ident),+) => { $(
        impl Lowers<Self> for $kind {
            fn fits(&self) -> bool {
                let holds = |task: &TaskDefinition| task.terms.as_deref().is_none_or(TaskTerms::is_of_version_4);
                tasks_of!(self, $kind).iter().all(holds)
            }

            fn lower(&self) -> Self {
                self.clone()
            }
        }
    )+ };
}

same_fields! { ChunkStaged, WorkflowSubmitted }
