//! The record that surrounds an event once it is in the log, and what is declared of a kind.

pub use crate::domain::Event;
use crate::ids::{PrincipalId, StreamId};
pub use crate::kind::{Description, Emitter, Retention};
use crate::quantity::Micros;

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
