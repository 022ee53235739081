//! What can be wrong with a definition.

use std::error::Error;
use std::fmt;
use std::slice;

/// Everything that is wrong with a definition, in the order of the tasks; first what concerns it as a whole. There is one at
/// least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub(crate) Vec<Fault>);

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The position of the task, from 0; none when it is the definition as a whole.
    pub task: Option<usize>,
    /// The id of the task as given; empty when there is none.
    pub id: String,
    /// The field as a definition has it, such as `retry.attempts`.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It must hold something.
    Empty,
    /// More bytes than it may have.
    TooLong {
        /// The limit, in bytes.
        max: usize,
    },
    /// More entries than it may have.
    TooMany {
        /// The limit.
        max: usize,
    },
    /// An id with other characters than `a-z`, `0-9`, `_` and `-`, or too many of them.
    NotAnId,
    /// A data subject that is not 32 lowercase hexadecimal digits, or nothing but zeros.
    NotADataSubject,
    /// A byte of value zero, which ends a text for the operating system.
    ZeroByte,
    /// A character that nobody sees, or that changes how others are shown.
    HiddenCharacter {
        /// The first one.
        character: char,
    },
    /// A path that does not begin at the root.
    NotAbsolute,
    /// The id of another task.
    SameAs {
        /// The position of the first task with that id.
        task: usize,
    },
    /// A dependency on a task that does not exist, or the output of one.
    UnknownTask {
        /// The id given.
        id: String,
    },
    /// A dependency on itself, or its own output.
    Itself,
    /// A dependency of which several ends are wanted.
    SeveralEnds {
        /// The id given.
        id: String,
    },
    /// A run of tasks each of which depends on the next, the last on the first.
    Cycle {
        /// Their ids, cut when there are very many.
        path: Vec<String>,
        /// How many there are.
        length: usize,
    },
    /// A number outside its bounds.
    OutOfBounds {
        /// The least.
        least: u64,
        /// The greatest.
        greatest: u64,
    },
    /// A category that is the word for another kind of work.
    OtherKind,
    /// An environment variable without a name, or with `=` or a zero byte in it.
    NotAVariable {
        /// The name given.
        name: String,
    },
    /// An environment variable that the engine itself sets.
    ReservedVariable {
        /// The name given.
        name: String,
    },
    /// It has no meaning beside another field.
    NotBeside {
        /// That field.
        other: &'static str,
    },
    /// The entry of a list, in a task that is not run for each of one.
    NoEntry,
    /// A deadline that is no moment with its offset.
    NotAMoment,
    /// Lists and objects within each other, more than a document may have.
    TooDeep {
        /// The limit, in levels of one entry.
        max: usize,
    },
    /// Where an output or an entry is taken, something else than names and positions: a server would take it for plain text.
    NotAPath {
        /// The path given.
        path: String,
    },
}

impl Faults {
    /// One after another.
    pub fn iter(&self) -> slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Error for Faults {}

/// All of them, one a line.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = if self.0.len() == 1 { "fault" } else { "faults" };
        write!(f, "the definition has {} {faults}:", self.0.len())?;
        self.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, id, field, problem } = self;
        match task {
            None => write!(f, "{field}: {problem}"),
            Some(task) => write!(f, "tasks[{task}].{field} (task {:?}): {problem}", cut(id)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong { max } => write!(f, "has at most {max} bytes"),
            Self::TooMany { max } => write!(f, "has at most {max} entries"),
            Self::NotAnId => f.write_str("is 1 to 64 characters of a-z, 0-9, _ and -"),
            Self::NotADataSubject => f.write_str("is 32 lowercase hexadecimal digits, not all zero"),
            Self::ZeroByte => f.write_str("holds a byte of value zero"),
            Self::HiddenCharacter { character } => {
                let number = u32::from(*character);
                write!(
                    f,
                    "holds U+{number:04X}, which nobody sees or which changes how other characters are shown"
                )
            }
            Self::NotAbsolute => f.write_str("must be a path that begins with /"),
            Self::SameAs { task } => write!(f, "is also that of task {task}"),
            Self::UnknownTask { id } => write!(f, "there is no task {:?}", cut(id)),
            Self::Itself => f.write_str("a task cannot depend on itself"),
            Self::SeveralEnds { id } => write!(f, "of {:?} several ends are wanted", cut(id)),
            Self::Cycle { path, length } => {
                let more = if path.len() < *length { " -> ..." } else { "" };
                let first = path.first().map_or("", String::as_str);
                write!(f, "a cycle of {length} tasks: {}{more} -> {first}", path.join(" -> "))
            }
            Self::OutOfBounds { least, greatest } => write!(f, "must lie between {least} and {greatest}"),
            Self::OtherKind => f.write_str("is the word for another kind of task"),
            Self::NotAVariable { name } => write!(f, "{:?} is not the name of a variable", cut(name)),
            Self::ReservedVariable { name } => write!(f, "{:?} is set by the engine", cut(name)),
            Self::NotBeside { other } => write!(f, "has no meaning beside {other}"),
            Self::NoEntry => f.write_str("takes the entry of a list, and the task has no for_each"),
            Self::NotAMoment => f.write_str("must be a moment with its offset, such as 2026-12-24T18:00:00Z"),
            Self::TooDeep { max } => write!(f, "has at most {max} lists and objects within each other"),
            Self::NotAPath { path } => {
                write!(f, "{:?} is no path: it is names and [positions] with a dot between two", cut(path))
            }
        }
    }
}

/// Bytes of a text that a message repeats: enough to recognise it.
const SHOWN_BYTES_MAX: usize = 64;

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]
}
