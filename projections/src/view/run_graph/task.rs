//! A task as the graph of its workflow shows it.

use triad_event::Sealed;
use triad_event::dag::{QueueReason, TaskPhase};
use triad_event::execution::Ending;
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::quantity::Micros;

use crate::fold::Moment;
use crate::row::{stored, vocabulary};

vocabulary! { Ending, QueueReason, TaskKind, TaskPhase }

stored! {
    /// A task of a workflow.
    pub struct Task {
        /// Its id in the definition.
        pub id: Box<str>,
        /// Its display name; may be empty.
        pub name: Box<str>,
        /// What performing it means.
        pub kind: TaskKind,
        /// The tasks that must be completed first, by number, ascending.
        pub dependencies: Box<[u32]>,
        /// Where its input lies in the vault.
        pub input: Option<Box<Sealed>>,
        /// How many attempts it has in all.
        pub attempts_max: u32,
        /// Where it stands; none until its workflow is accepted.
        pub phase: Option<TaskPhase>,
        /// How many attempts were requested.
        pub attempts: u32,
        /// How the last attempt that is over ended.
        pub last_ending: Option<Ending>,
        /// What it waits for while it is queued.
        pub waits_for: Option<QueueReason>,
        /// When its next attempt is due while it waits for a retry.
        pub retry_at: Option<Micros>,
        /// The dependency because of which it was skipped.
        pub skipped_because: Option<u32>,
        /// The request of its first attempt.
        pub started: Option<Moment>,
        /// Its end.
        pub ended: Option<Moment>,
    }
}

impl Task {
    /// A task as its definition has it, before its workflow is accepted.
    pub(super) fn defined(definition: &TaskDefinition) -> Self {
        Self {
            id: definition.id.as_str().into(),
            name: definition.name.as_str().into(),
            kind: definition.kind,
            dependencies: definition.dependencies.as_slice().into(),
            input: definition.input.clone().map(Box::new),
            attempts_max: definition.options.attempts_max,
            phase: None,
            attempts: 0,
            last_ending: None,
            waits_for: None,
            retry_at: None,
            skipped_because: None,
            started: None,
            ended: None,
        }
    }
}
