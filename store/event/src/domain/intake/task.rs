//! One task of a definition.

use super::flow::TaskFlow;
use super::kind::TaskKind;
use super::options::TaskOptions;
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
        }
    }
}

impl TaskDefinition {
    /// Whether content comes with it, or will with the signal that it waits for: then its data subject has a key.
    pub fn brings_content(&self) -> bool {
        self.input.is_some() || self.kind == TaskKind::Signal
    }
}
