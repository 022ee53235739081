//! The record that surrounds an event once it is in the log, and what is declared of a kind.

pub use crate::domain::Event;
use crate::ids::{PrincipalId, StreamId};
pub use crate::kind::{Description, Emitter, PayloadVersion, Retention};
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
    /// What had passed for this log; never less than in the record before. Spans are measured by it.
    pub elapsed: Micros,
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

// Events go from hand to hand by value, so what is rare and large is boxed.
const _: () = assert!(size_of::<Event>() <= 96);

/// A payload that states what was asked.
pub(crate) trait RecordsAsk {
    /// What can be asked of its domain.
    type Ask;

    /// What was asked.
    fn asked(self) -> Self::Ask;
}

impl<T: RecordsAsk> RecordsAsk for Box<T> {
    type Ask = T::Ask;

    fn asked(self) -> T::Ask {
        T::asked(*self)
    }
}

/// A struct whose place in a payload is known.
pub(crate) trait Laid {
    /// Archived size of the struct itself.
    const SIZE_BYTES: usize;
    /// Its fields.
    const FIELDS: &'static [Field];
}

/// A payload that an earlier version of its kind may hold. Where it holds all of it, it is written so: what is decided again from
/// an old log has the bytes that it had, and what uses nothing new costs nothing new.
pub(crate) trait Lowers<Earlier> {
    /// Whether the earlier version holds all of it.
    fn fits(&self) -> bool;

    /// The same in the earlier version, which must hold all of it.
    fn lower(&self) -> Earlier;

    /// Bytes of a record that it needs less in the earlier version.
    fn saved_bytes(&self) -> usize {
        0
    }
}

impl<T: Lowers<Earlier>, Earlier> Lowers<Earlier> for Box<T> {
    fn fits(&self) -> bool {
        T::fits(self)
    }

    fn lower(&self) -> Earlier {
        T::lower(self)
    }

    fn saved_bytes(&self) -> usize {
        T::saved_bytes(self)
    }
}
