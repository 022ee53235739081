//! What stands in a command or an environment: text, and the outputs of other tasks.

use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::Add;

/// An argument of a command, or the value of an environment variable: text, outputs of other tasks, or both in a row.
///
/// Texts and outputs become one by conversion, and are joined with `+`. A value that is put in stays part of this one argument,
/// whatever stands in it.
///
/// ```
/// use triad_workflow::Task;
///
/// let count = Task::command("count", ["wc", "-l", "/srv/rows"]);
/// let tell = Task::command("tell", ["notify"]).arg("rows=" + count.output() + ", nightly");
/// ```
///
/// An output has no text of its own, so that none gets into a command without the dependency. The format knows no escape:
/// text that reads `{count.output}` by itself is an output as well where `count` is a dependency, and plain text where it is
/// not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument(Vec<Piece>);

/// The output of a task, or what a path leads to in it.
///
/// It is there when the task is completed: text without the line ends at its end, or by a path a part of JSON. What is not
/// there fails the task that takes it, and never becomes an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "hand it to the command or the environment of another task"]
pub struct Output {
    task: String,
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Output(Output),
}

impl Output {
    /// The output of the task with that id; [`Task::output`](crate::Task::output) where the task is at hand.
    pub fn of(task: impl Into<String>) -> Self {
        Self { task: task.into(), path: String::new() }
    }

    /// What a path leads to in an output that is JSON, or further on from where it led before. A path is names and
    /// positions, with a dot between two of them: `rows.[0].name`. A name is letters and digits of ASCII, `_` and `-`;
    /// positions begin at 0.
    pub fn path(mut self, path: impl AsRef<str>) -> Self {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(path.as_ref());
        self
    }

    pub(crate) fn task(&self) -> &str {
        &self.task
    }

    /// The path, if it is one that a server does not understand.
    pub(crate) fn faulty_path(&self) -> Option<&str> {
        let is_faulty = !self.path.is_empty() && !self.path.split('.').all(is_step);
        is_faulty.then_some(&self.path)
    }
}

fn is_step(step: &str) -> bool {
    let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let position = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
    position.map_or_else(|| !step.is_empty() && step.bytes().all(is_of_a_name), is_position)
}

/// Beyond 32 bits no list has a position.
fn is_position(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u32>().is_ok()
}

impl Argument {
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Output(output) => Some(output),
            Piece::Text(_) => None,
        })
    }

    /// The text that stands in the definition.
    pub(crate) fn written(&self) -> String {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Output(Output { task, path }) if path.is_empty() => write!(f, "{{{task}.output}}"),
            Self::Output(Output { task, path }) => write!(f, "{{{task}.output.{path}}}"),
        }
    }
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self(vec![Piece::Text(text)])
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Self {
        Self::from(text.clone())
    }
}

impl From<Output> for Argument {
    fn from(output: Output) -> Self {
        Self(vec![Piece::Output(output)])
    }
}

impl<T: Into<Self>> Add<T> for Argument {
    type Output = Self;

    fn add(mut self, next: T) -> Self {
        self.0.extend(next.into().0);
        self
    }
}

impl<T: Into<Argument>> Add<T> for Output {
    type Output = Argument;

    fn add(self, next: T) -> Argument {
        Argument::from(self) + next
    }
}

// None for `String`: with a second sum of it, programs that link this could no longer write `text + &other`.
impl Add<Output> for &str {
    type Output = Argument;

    fn add(self, output: Output) -> Argument {
        Argument::from(self) + output
    }
}
