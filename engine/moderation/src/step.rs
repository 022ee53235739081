//! What is about to run, and why it is not.

use std::borrow::Cow;

use serde::Deserialize;

/// What is about to run, with the outputs of other tasks where its definition names them.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The program and its arguments.
    pub command: &'a [String],
    /// The values of the environment that its task sets.
    pub environment: &'a [String],
    /// What it reads from standard input; none when it reads nothing.
    pub input: Option<&'a [u8]>,
}

/// The parts of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The program and its arguments: each by itself, and all of them with a space between.
    Command,
    /// The values of the environment that its task sets.
    Environment,
    /// Its standard input.
    Input,
}

/// Why a step is not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold<'a> {
    /// The id of the rule.
    pub rule: &'a str,
    /// Why it holds.
    pub reason: &'a str,
    /// What it found it in: the first part in which it did.
    pub part: Part,
}

impl Part {
    /// All of them, in the order in which they are looked at.
    pub const ALL: [Self; 3] = [Self::Command, Self::Environment, Self::Input];
}

impl Step<'_> {
    /// What a rule looks at. Whoever splits a word over two arguments is seen in the whole line, and a pattern that is anchored
    /// at the beginning of an argument finds it there.
    pub(crate) fn texts(&self, part: Part) -> Vec<Cow<'_, [u8]>> {
        match part {
            Part::Command => {
                let whole = Cow::Owned(self.command.join(" ").into_bytes());
                let each = self.command.iter().map(|argument| Cow::Borrowed(argument.as_bytes()));
                each.chain([whole]).collect()
            }
            Part::Environment => {
                self.environment.iter().map(|value| Cow::Borrowed(value.as_bytes())).collect()
            }
            Part::Input => self.input.map(Cow::Borrowed).into_iter().collect(),
        }
    }
}
