//! What the world owes the outside: effects to perform. Nothing here is decided; it is read off.

use crate::dag::state::Output;
use triad_event::Sealed;
use triad_event::execution::CancelReason;
use triad_event::ids::{AttemptKey, DataSubjectId, WorkflowId};
use triad_event::intake::TaskOptions;
use triad_event::quantity::Bytes;

/// An effect that is owed. It stays owed until its outcome is recorded, however often it is performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An attempt is performed, or stopped.
    Perform(Performance),
    /// A key is destroyed.
    DestroyKey(KeyDestruction),
    /// People are told of an alert.
    Notify(crate::alerts::Notification),
}

impl Effect {
    /// Sequence of its request, by which its outcome names it.
    pub fn request(&self) -> u64 {
        match self {
            Self::Perform(performance) => performance.request,
            Self::DestroyKey(destruction) => destruction.request,
            Self::Notify(notification) => notification.request,
        }
    }
}

/// An attempt to perform, or to stop. Performing it twice is recognised by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performance {
    /// Sequence of its request.
    pub request: u64,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The task, by position.
    pub task: u32,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// Handed to whatever is called.
    pub key: AttemptKey,
    /// Under whose key its outputs are sealed.
    pub subject: DataSubjectId,
    /// The slot of that key in the vault.
    pub subject_slot: u64,
    /// What to do.
    pub work: Work,
    /// Set when the attempt is to stop: end it and report how it ended, or report at once that it never ran.
    pub stop: Option<CancelReason>,
}

/// What an attempt does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Nothing; it succeeds at once.
    Noop {
        /// What becomes its output.
        input: Option<Sealed>,
    },
    /// Runs a command.
    Process {
        /// The command and its environment, sealed: see [`triad_event::sealed::Process`].
        input: Sealed,
        /// What its task asks for, with the timeout of the request: the core ends it by itself when that has passed.
        options: TaskOptions,
        /// How much memory it may have.
        memory_max: Bytes,
        /// The outputs of other tasks that its command and environment name.
        takes: Vec<Taken>,
    },
}

/// The output of another task that an input names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The id of the other task.
    pub id: String,
    /// Where its output lies; none when it left none.
    pub output: Option<Output>,
}

/// A key to destroy. Destroying it twice is the same as once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDestruction {
    /// Sequence of its request.
    pub request: u64,
    /// The data subject.
    pub subject: DataSubjectId,
    /// The slot of its key in the vault.
    pub slot: u64,
}
