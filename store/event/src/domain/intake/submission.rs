//! A complete definition as it is handed in.

use super::earlier_key::Earlier;
use super::rules::{Deadline, Priority};
use super::task::TaskDefinition;
use crate::apart::Apart;
use crate::ids::WorkflowId;
use crate::sealed::Sealed;
use crate::subjects::Subject;

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
        /// What else is said of it; none for most.
        terms: Option<Apart<WorkflowTerms>>,
    }
}

structure! {
    /// What a submission may say of the workflow beside its name and its tasks.
    WorkflowTerms {
        /// What it is searched by, ascending by name.
        labels: Vec<Label>,
        /// How urgent its tasks are that say nothing of it; none for normal.
        priority: Option<Priority>,
        /// When all of it must have ended.
        deadline: Option<Deadline>,
        /// The values of its inputs, sealed as [`ContentClass::Inputs`](crate::sealed::ContentClass::Inputs).
        inputs: Option<Sealed>,
        /// The named definition that it is made of, when it is.
        definition: Option<DefinitionUse>,
        /// The workflow of which it goes on with what failed.
        retries: Option<WorkflowId>,
    }
}

structure! {
    /// Something that workflows are searched by. It stands in records for ever.
    Label {
        /// Its name: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        name: String,
        /// Its value.
        value: String,
    }
}

structure! {
    /// The version of a named definition that a workflow was made of.
    DefinitionUse {
        /// The name of the definition.
        name: String,
        /// Its version, from 1.
        version: u32,
        /// The sequence of the record that published it.
        published: u64,
    }
}

impl Submission {
    /// Whether content comes with it, beside what was staged before: then its data subject has a key.
    pub fn brings_content(&self) -> bool {
        let has_values = self.terms.as_deref().is_some_and(|terms| terms.inputs.is_some());
        has_values || self.tasks.iter().any(TaskDefinition::brings_content)
    }
}

impl WorkflowTerms {
    /// Nothing of all that.
    pub const fn nothing() -> Self {
        Self {
            labels: Vec::new(),
            priority: None,
            deadline: None,
            inputs: None,
            definition: None,
            retries: None,
        }
    }
}
