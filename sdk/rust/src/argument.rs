//! What stands in a command, an environment or on standard input: text, outputs of other tasks, and the entry of a list.

use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::Add;

/// An argument of a command, the value of an environment variable, or what stands on standard input: text, outputs of other
/// tasks, the entry of a list ([`item`], [`index`]), or several of them in a row.
///
/// They become one by conversion, and are joined with `+`. A value that is put in stays part of this one argument, whatever
/// stands in it.
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

/// The entry that a task is run for, or what a path leads to in it; see [`item`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "hand it to a command that is run for each entry of a list"]
pub struct Item {
    path: String,
}

/// The number of the entry that a task is run for; see [`index`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "hand it to a command that is run for each entry of a list"]
pub struct Index(());

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Output(Output),
    Item(Item),
    Index(Index),
}

/// The entry that a task is run for: text as it is, anything else as JSON. Only a task with
/// [`for_each`](crate::Task::for_each) or [`for_each_of`](crate::Task::for_each_of) has one; elsewhere it is a fault. It brings
/// no dependency.
///
/// ```
/// use triad_workflow::{Task, index, item};
///
/// let greet = Task::command("greet", ["echo"])
///     .for_each(["Ada", "Grace"])
///     .arg(index() + ": hello " + item());
/// ```
pub const fn item() -> Item {
    Item { path: String::new() }
}

/// The number of the entry that a task is run for, from 0. It stands where [`item`] does.
pub const fn index() -> Index {
    Index(())
}

impl Item {
    /// What a path leads to in an entry that is a list or an object, or further on from where it led before. A path is that of
    /// [`Output::path`]. Where the task depends on a task with the id `item`, a path that begins with `output` leads into the
    /// output of that one.
    pub fn path(mut self, path: impl AsRef<str>) -> Self {
        extend(&mut self.path, path.as_ref());
        self
    }
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
        extend(&mut self.path, path.as_ref());
        self
    }

    pub(crate) fn task(&self) -> &str {
        &self.task
    }
}

fn extend(path: &mut String, further: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(further);
}

fn is_path(path: &str) -> bool {
    path.is_empty() || path.split('.').all(is_step)
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
            Piece::Text(_) | Piece::Item(_) | Piece::Index(_) => None,
        })
    }

    /// The paths in it that a server does not understand.
    pub(crate) fn faulty_paths(&self) -> impl Iterator<Item = &str> {
        let paths = self.0.iter().filter_map(|piece| match piece {
            Piece::Output(Output { task: _, path }) | Piece::Item(Item { path }) => Some(path.as_str()),
            Piece::Text(_) | Piece::Index(_) => None,
        });
        paths.filter(|path| !is_path(path))
    }

    /// Whether it takes the entry of a list, or the number of one.
    pub(crate) fn takes_entry(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Item(_) | Piece::Index(_)))
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
            Self::Item(Item { path }) if path.is_empty() => f.write_str("{item}"),
            Self::Item(Item { path }) => write!(f, "{{item.{path}}}"),
            Self::Index(Index(())) => f.write_str("{index}"),
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

impl<T: Into<Self>> Add<T> for Argument {
    type Output = Self;

    fn add(mut self, next: T) -> Self {
        self.0.extend(next.into().0);
        self
    }
}

// Texts: none for `String`, since with a second sum of it programs that link this could no longer write `text + &other`.
macro_rules! piece {
    ($($kind:ident)+) => { $(
        impl From<$kind> for Argument {
            fn from(piece: $kind) -> Self {
                Self(vec![Piece::$kind(piece)])
            }
        }

        impl<T: Into<Argument>> Add<T> for $kind {
            type Output = Argument;

            fn add(self, next: T) -> Argument {
                Argument::from(self) + next
            }
        }

        impl Add<$kind> for &str {
            type Output = Argument;

            fn add(self, piece: $kind) -> Argument {
                Argument::from(self) + piece
            }
        }
    )+ };
}

piece! { Output Item Index }
