//! What a view is made of: a fold of records, and the error of a record that cannot follow.

use std::fmt::{Debug, Display};

use thiserror::Error;
use triad_event::quantity::Micros;
use triad_event::{Event, Kind, Recorded};

use crate::row::stored;

/// A fold of the events of one domain into what a reader sees. A view that hears several domains is a fold of each.
pub trait Follows<E> {
    /// Whether the record can follow what was recorded before it. Views that stand side by side are all asked before
    /// any of them is changed.
    fn check(&self, _record: &Recorded<Event>, _event: &E) -> Result<(), ViewError> {
        Ok(())
    }

    /// It happened. A record that cannot follow changes nothing.
    fn follow(&mut self, record: &Recorded<Event>, event: &E) -> Result<(), ViewError>;
}

stored! {
    /// A record, and when it was written.
    #[derive(Copy, PartialOrd, Ord)]
    pub struct Moment {
        /// Sequence of the record.
        pub sequence: u64,
        /// Its time.
        pub at: Micros,
    }
}

impl Moment {
    /// The moment of a record.
    pub fn of<E>(record: &Recorded<E>) -> Self {
        Self { sequence: record.sequence, at: record.at }
    }
}

/// A record that cannot follow what was recorded before it. The log is not what a decider of this version
/// writes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ViewError {
    /// A grammar forbids it.
    #[error("record {sequence}: {kind} cannot follow: {before}")]
    Forbidden {
        /// Sequence of the record.
        sequence: u64,
        /// What it says.
        kind: Kind,
        /// What stood before it, in words.
        before: String,
    },
    /// It names a task that the definition does not have.
    #[error("record {sequence}: {kind} names task {task} of {tasks}")]
    UnknownTask {
        /// Sequence of the record.
        sequence: u64,
        /// What it says.
        kind: Kind,
        /// The task.
        task: u32,
        /// How many tasks there are.
        tasks: u32,
    },
    /// It counts something, and the records before it count otherwise.
    #[error("record {sequence}: {kind} counts {stated} {what}, the records before it {found}")]
    Miscounted {
        /// Sequence of the record.
        sequence: u64,
        /// What it says.
        kind: Kind,
        /// What is counted.
        what: &'static str,
        /// The number in the record.
        stated: u64,
        /// The number before it.
        found: u64,
    },
    /// Events of that kind have no place in that stream.
    #[error("record {sequence}: {kind} has no place in this stream")]
    Misplaced {
        /// Sequence of the record.
        sequence: u64,
        /// What it says.
        kind: Kind,
    },
    /// A record of the stream is missing.
    #[error("record {sequence} is number {found} of its stream, number {expected} was due")]
    Gap {
        /// Sequence of the record.
        sequence: u64,
        /// The position in the stream that was due.
        expected: u64,
        /// The position that it has.
        found: u64,
    },
    /// An earlier record of the stream could not be followed; the views of the stream stand still since.
    #[error("record {sequence}: {kind} is left out, because its stream stands still since record {fault}")]
    AfterFault {
        /// Sequence of the record.
        sequence: u64,
        /// What it says.
        kind: Kind,
        /// Sequence of the record that could not be followed.
        fault: u64,
    },
}

impl ViewError {
    /// A grammar says no: `what` stood in that phase, or nothing of it had been recorded.
    pub(crate) fn forbidden(record: &Recorded<Event>, what: impl Display, phase: Option<impl Debug>) -> Self {
        let before = match phase {
            Some(phase) => format!("{what} is {phase:?}"),
            None => format!("{what} is not there"),
        };
        Self::Forbidden { sequence: record.sequence, kind: record.event.kind(), before }
    }

    /// The record is in the wrong stream.
    pub(crate) fn misplaced(record: &Recorded<Event>) -> Self {
        Self::Misplaced { sequence: record.sequence, kind: record.event.kind() }
    }

    /// Unless two counts agree.
    pub(crate) fn unless_equal(
        record: &Recorded<Event>,
        what: &'static str,
        stated: impl Into<u64>,
        found: impl Into<u64>,
    ) -> Result<(), Self> {
        let (stated, found) = (stated.into(), found.into());
        if stated == found {
            return Ok(());
        }
        Err(Self::Miscounted { sequence: record.sequence, kind: record.event.kind(), what, stated, found })
    }
}
