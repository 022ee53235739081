//! What a task does: one of several kinds of work.

use serde::Serialize;

use crate::argument::Output;
use crate::command::Command;
use crate::each::ForEach;
use crate::gate::{Approval, Signal, Wait};
use crate::task::Task;

/// What a task does, whichever it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Work {
    /// A command is run.
    Command(Command),
    /// Nothing: its input is its output.
    Noop(Noop),
    /// A span of time passes.
    Wait(Wait),
    /// Somebody sends a signal.
    Signal(Signal),
    /// People approve.
    Approval(Approval),
}

impl Work {
    /// The outputs of other tasks that it takes.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Output> {
        let command = match self {
            Self::Command(command) => Some(command),
            Self::Noop(_) | Self::Wait(_) | Self::Signal(_) | Self::Approval(_) => None,
        };
        command.into_iter().flat_map(Command::outputs)
    }
}

/// Does nothing, and hands a text on: to join branches, and to give several tasks the same text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Noop {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    #[serde(skip_serializing_if = "ForEach::is_unsaid")]
    pub(crate) for_each: ForEach,
}

impl Task<Noop> {
    /// A task that succeeds at once. Ids are 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    pub fn noop(id: impl Into<String>) -> Self {
        Self::doing(id, Noop::default())
    }

    /// The text that it hands on as its output: at most 64 KiB. One that is run for each entry of a list hands on the entries,
    /// and has no input.
    pub fn input(mut self, text: impl Into<String>) -> Self {
        self.work.input = Some(text.into());
        self
    }
}

macro_rules! any_work {
    ($($kind:ident)+) => { $(
        impl From<Task<$kind>> for Task {
            fn from(task: Task<$kind>) -> Self {
                task.with(Work::$kind)
            }
        }
    )+ };
}

any_work! { Command Noop Wait Signal Approval }
