//! What a view is: a fold of records, and the error of a record that cannot follow.

use std::borrow::Borrow;

use thiserror::Error;
use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::quantity::Micros;
use triad_event::{Event, Kind, Recorded, execution, governance, log, subjects};

/// A fold of records into what a reader sees.
///
/// A new version is needed whenever the same records fold into something else, or are stored differently: the
/// host then begins again from the first record.
pub trait Projection: Default {
    /// The name of the question that it answers.
    const NAME: &'static str;
    /// The version of the answer.
    const VERSION: u32;

    /// It happened. A record that cannot follow changes nothing.
    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError>;
}

/// A view of one stream as it was when the record `sequence` had been written: none when the stream had not
/// begun.
///
/// The records are those of one stream, from its first on; reading stops behind `sequence`.
pub fn as_of<P, R, E>(records: impl IntoIterator<Item = Result<R, E>>, sequence: u64) -> Result<Option<P>, E>
where
    P: Projection,
    R: Borrow<Recorded<Event>>,
    E: From<ViewError>,
{
    let mut view = None;
    for (expected, record) in (0..).zip(records) {
        let record = record?;
        let record = record.borrow();
        if record.sequence > sequence {
            break;
        }
        if record.ordinal != expected {
            return Err(ViewError::Gap { sequence: record.sequence, expected, found: record.ordinal }.into());
        }
        view.get_or_insert_with(P::default).apply(record)?;
    }
    Ok(view)
}

/// A record, and when it was written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct Moment {
    /// Sequence of the record.
    pub sequence: u64,
    /// Its time.
    pub at: Micros,
}

impl Moment {
    /// The moment of a record.
    pub fn of<E>(record: &Recorded<E>) -> Self {
        Self { sequence: record.sequence, at: record.at }
    }
}

/// A record that cannot follow what was recorded before it. The log is not what a decider of this version
/// writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ViewError {
    /// A grammar forbids it.
    #[error("record {sequence}: {kind} cannot follow: {before}")]
    Forbidden {
        /// Sequence of the record.
        sequence: u64,
        /// What it says.
        kind: Kind,
        /// What stood before it.
        before: Before,
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
    /// A grammar says no.
    pub(crate) fn forbidden(record: &Recorded<Event>, before: Before) -> Self {
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

/// What stood before a record that a grammar forbids. A phase is none when nothing of it had been recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Before {
    /// The workflow.
    #[error("its workflow is {}", shown(.0))]
    Workflow(Option<WorkflowPhase>),
    /// One of its tasks.
    #[error("task {task} is {}", shown(phase))]
    Task {
        /// The task.
        task: u32,
        /// Its phase.
        phase: Option<TaskPhase>,
    },
    /// One of its attempts that is not over.
    #[error("attempt {request} is {}", shown(phase))]
    Attempt {
        /// Sequence of its request.
        request: u64,
        /// Its phase.
        phase: Option<execution::Phase>,
    },
    /// The engine.
    #[error("the engine is {}", shown(.0))]
    Engine(Option<governance::Phase>),
    /// The data subject that it names.
    #[error("its data subject is {}", shown(.0))]
    Subject(Option<subjects::Phase>),
    /// The log.
    #[error("the log is {}", shown(.0))]
    Log(Option<log::Phase>),
}

fn shown<P: std::fmt::Debug>(phase: &Option<P>) -> String {
    phase.as_ref().map_or_else(|| "not there".to_owned(), |phase| format!("{phase:?}"))
}
