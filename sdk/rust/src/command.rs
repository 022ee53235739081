//! Work that is a command.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::argument::{Argument, Output};
use crate::each::ForEach;
use crate::task::Task;

/// Runs a program. No shell ever sees its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    #[serde(rename = "command")]
    pub(crate) words: Vec<Argument>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) env: BTreeMap<String, Argument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) working_directory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stdin: Option<Argument>,
    #[serde(skip_serializing_if = "ForEach::is_unsaid")]
    pub(crate) for_each: ForEach,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout_seconds: Option<u64>,
}

impl Command {
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.words.iter().chain(self.env.values()).chain(&self.stdin).flat_map(Argument::outputs)
    }
}

impl Task<Command> {
    /// A task that runs a program with arguments: the program first, together at most 64 KiB with a byte for the end of each.
    /// Where texts and outputs stand side by side, add them one by one with [`Task::arg`].
    ///
    /// Ids are 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    pub fn command(id: impl Into<String>, command: impl IntoIterator<Item: Into<Argument>>) -> Self {
        let words = command.into_iter().map(Into::into).collect();
        let command = Command {
            words,
            env: BTreeMap::new(),
            working_directory: None,
            stdin: None,
            for_each: ForEach::default(),
            timeout_seconds: None,
        };
        Self::doing(id, command)
    }

    /// Adds an argument, after those before. If it holds the output of another task, this task depends on that one.
    pub fn arg(mut self, argument: impl Into<Argument>) -> Self {
        self.work.words.push(argument.into());
        self
    }

    /// Adds several arguments, after those before.
    pub fn args(mut self, arguments: impl IntoIterator<Item: Into<Argument>>) -> Self {
        self.work.words.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable, in place of what it was set to before: all together at most 64 KiB, with two bytes beside
    /// the texts of each. Names that begin with `TRIAD_` are the engine's. If the value holds the output of another task, this
    /// task depends on that one.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<Argument>) -> Self {
        self.work.env.insert(name.into(), value.into());
        self
    }

    /// Where the command runs: an absolute path of at most 4095 bytes, to a directory that is there, and stays. Without this
    /// an empty one is made for each attempt.
    pub fn working_directory(mut self, path: impl Into<String>) -> Self {
        self.work.working_directory = Some(path.into());
        self
    }

    /// What the command reads on standard input: at most 128 KiB as written, and 16 MiB with the outputs of other tasks in it,
    /// which this task then depends on. Without this there is nothing to read.
    pub fn stdin(mut self, text: impl Into<Argument>) -> Self {
        self.work.stdin = Some(text.into());
        self
    }

    /// How long one attempt may take, in seconds: 1 to 2,592,000, which is 30 days. Without this the server's own limit.
    pub fn timeout_seconds(mut self, seconds: u64) -> Self {
        self.work.timeout_seconds = Some(seconds);
        self
    }
}
