//! What the world owes the outside: effects to perform. Nothing here is decided; it is read off.

use crate::dag::Output;
use crate::healing::OperatorRules;
use crate::moderation::ModerationRules;
use std::sync::Arc;
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
    /// Expressions are evaluated.
    Evaluate(Evaluation),
}

impl Effect {
    /// Sequence of its request, by which its outcome names it.
    pub fn request(&self) -> u64 {
        match self {
            Self::Perform(performance) => performance.request,
            Self::DestroyKey(destruction) => destruction.request,
            Self::Notify(notification) => notification.request,
            Self::Evaluate(evaluation) => evaluation.request,
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
    /// Whether nothing of it is to be executed until it is continued. Only what runs is ever suspended.
    pub is_suspended: bool,
    /// The operator's rules, by which its failure is diagnosed beside those that are built in.
    pub rules: Option<Arc<OperatorRules>>,
    /// The rules that may hold it; none where there are none, and once somebody has released it.
    pub moderation: Option<Arc<ModerationRules>>,
}

/// What an attempt does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Nothing; it succeeds at once.
    Noop {
        /// What becomes its output.
        input: Option<Sealed>,
        /// The entry that becomes its output, when it is a part of a task that has no input.
        entry: Option<Entry>,
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
        /// The entry that the input may name, when it is a part.
        entry: Option<Entry>,
        /// The variables of its environment that are set from the operator's configuration.
        variables: Vec<String>,
    },
}

/// Another task whose output an input or an expression names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The id of the other task.
    pub id: String,
    /// How it ended.
    pub ended: Ended,
    /// What it gave.
    pub given: Given,
}

/// How a task ended whose output is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As intended.
    Completed,
    /// It failed.
    Failed,
    /// It never ran.
    Skipped,
}

/// Where lies what a task gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// One output; none when it left none.
    One(Option<Output>),
    /// Those of its parts, in their order.
    List(Vec<Option<Output>>),
}

/// The entry of a list that a task is run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where entries lie, as a JSON list.
    pub page: Sealed,
    /// Which of those it is, from 0.
    pub place: u32,
    /// Which it is of the whole list, from 0.
    pub number: u32,
}

/// Expressions to evaluate. Evaluating them twice gives the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Sequence of its request.
    pub request: u64,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The task, by position.
    pub task: u32,
    /// Whose the entries of a list are.
    pub subject: DataSubjectId,
    /// The slot of that key in the vault.
    pub subject_slot: u64,
    /// The condition, sealed.
    pub condition: Option<Sealed>,
    /// What gives the list, sealed.
    pub list: Option<Sealed>,
    /// The tasks that the expressions may name.
    pub takes: Vec<Taken>,
    /// How many entries the list may have.
    pub entries_max: u32,
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
