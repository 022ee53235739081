//! One task of a definition.

use super::flow::TaskFlow;
use super::kind::TaskKind;
use super::options::TaskOptions;
use super::rules::TaskRules;
use super::terms::TaskTerms;
use crate::apart::Apart;
use crate::sealed::Sealed;

structure! {
    /// One task of a definition, as checked at the door.
    TaskDefinition {
        /// Unique in the workflow: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        id: String,
        /// Display name; may be empty.
        name: String,
        /// What performing it means.
        kind: TaskKind,
        /// The tasks that must be completed first, by position in the definition, ascending, without
        /// repetition.
        dependencies: Vec<u32>,
        /// What it is given: for a process its command and environment, for a no-op perhaps text that becomes its
        /// output.
        input: Option<Sealed>,
        /// What else it asks for.
        options: TaskOptions,
        /// What it waits for, and whose outputs it takes; none for most.
        flow: Option<Apart<TaskFlow>>,
        /// When it runs and how often; none for most.
        rules: Option<Apart<TaskRules>>,
        /// What it is worth and what it needs; none for most.
        terms: Option<Apart<TaskTerms>>,
    }
}

impl TaskDefinition {
    /// A task that depends on nothing, is given nothing, and asks for nothing special.
    pub fn new(id: impl Into<String>, kind: TaskKind) -> Self {
        Self {
            id: id.into(),
            name: String::new(),
            kind,
            dependencies: Vec::new(),
            input: None,
            options: TaskOptions::default(),
            flow: None,
            rules: None,
            terms: None,
        }
    }
}

impl TaskDefinition {
    /// Whether content comes with it, or will with the signal that it waits for: then its data subject has a key.
    pub fn brings_content(&self) -> bool {
        let is_evaluated = self.rules.as_ref().is_some_and(|rules| rules.is_evaluated());
        self.input.is_some() || is_evaluated || self.kind == TaskKind::Signal
    }

    /// How many pieces of content come with it.
    pub fn contents(&self) -> usize {
        let rules = self.rules.as_deref();
        let condition = rules.is_some_and(|rules| rules.condition.is_some());
        let list = rules.is_some_and(|rules| rules.fan_out.is_some());
        usize::from(self.input.is_some()) + usize::from(condition) + usize::from(list)
    }
}
