//! What clients want.

use super::chance::Chance;
use super::names::workflow_named;
use std::collections::{BTreeMap, VecDeque};
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{TaskDefinition, WorkflowTerms};

/// What a client wants and has not got yet.
#[derive(Debug)]
pub(crate) struct Intent {
    pub(crate) workflow: WorkflowId,
    /// What is still to be handed in; the last piece is the submission.
    pub(crate) pieces: VecDeque<Vec<TaskDefinition>>,
    pub(crate) staged: u32,
    pub(crate) key: Option<Key>,
    /// Whose the content is; none when the workflow is its own data subject.
    pub(crate) subject: Option<DataSubjectId>,
    pub(crate) is_wide: bool,
    /// What is said of the workflow as a whole.
    pub(crate) terms: Option<WorkflowTerms>,
    pub(crate) tries: u32,
}

/// An idempotency key and the seed of the definition that it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) definition: u64,
    pub(crate) subject: Option<DataSubjectId>,
}

/// The clients.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) chance: Chance,
    /// By number, which is that of the first ticket.
    pub(crate) intents: BTreeMap<u64, Intent>,
    /// The intent of a ticket.
    pub(crate) tickets: BTreeMap<u64, u64>,
    pub(crate) keys: Vec<Key>,
    pub(crate) workflows: u64,
    pub(crate) definitions: u64,
    pub(crate) intents_begun: u64,
    pub(crate) wide_submitted: u64,
}

impl Clients {
    pub(crate) fn new(chance: Chance) -> Self {
        Self {
            chance,
            intents: BTreeMap::new(),
            tickets: BTreeMap::new(),
            keys: Vec::new(),
            workflows: 0,
            definitions: 0,
            intents_begun: 0,
            wide_submitted: 0,
        }
    }

    pub(crate) fn new_workflow(&mut self) -> WorkflowId {
        self.workflows += 1;
        workflow_named(&format!("w{}", self.workflows))
    }

    pub(crate) fn new_definition(&mut self, seed: u64) -> u64 {
        self.definitions += 1;
        seed.wrapping_mul(1 << 20).wrapping_add(self.definitions)
    }
}
