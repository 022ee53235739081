//! The record that surrounds an event once it is in the log, and what is declared of a kind.

pub use crate::domain::Event;
use crate::ids::{PrincipalId, StreamId};
use crate::kind::Kind;
use crate::quantity::Micros;
use crate::shape::Field;

/// An event in its place in the log: what a fold sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<E> {
    /// Position in the log.
    pub sequence: u64,
    /// Sequence of the first record of the group: the input and all that was decided from it.
    pub group: u64,
    /// When; never less than in the record before.
    pub at: Micros,
    /// The stream.
    pub stream: StreamId,
    /// Position in the stream.
    pub ordinal: u64,
    /// Sequence of the record that led to this one; its own when none did.
    pub cause: u64,
    /// Who caused it.
    pub principal: PrincipalId,
    /// What happened.
    pub event: E,
}

/// A payload that states what was asked.
pub(crate) trait RecordsAsk {
    /// What can be asked of its domain.
    type Ask;

    /// What was asked.
    fn asked(self) -> Self::Ask;
}

/// What is declared of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Description {
    /// The kind.
    pub kind: Kind,
    /// `domain.event`.
    pub name: &'static str,
    /// When it is true.
    pub doc: &'static str,
    /// Who may emit it.
    pub emitter: Emitter,
    /// How long its payload is kept.
    pub retention: Retention,
    /// Whether nothing follows in its stream.
    pub closes_stream: bool,
    /// The words for people: see [`crate::words`].
    pub says: &'static str,
    /// Archived size of the struct itself, without what lies out of line.
    pub size_bytes: usize,
    /// Its fields.
    pub fields: &'static [Field],
}

/// Who may emit an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emitter {
    /// The code that opens and writes the log.
    Writer,
    /// The core, as the first record of a group: it states an input with everything taken from outside.
    Input,
    /// The core, as a consequence within a group.
    Decision,
}

/// How long a payload is kept. Headers are kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// As long as the log: opening, verifying or deciding again needs it.
    Permanent,
    /// As long as its stream.
    Stream,
    /// As long as its stream, but it holds what people wrote or programs printed, so it may be redacted or
    /// erased earlier.
    Content,
}
