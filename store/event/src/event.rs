//! The event, nested by domain, and the record that surrounds it once it is in the log.

use crate::header::Outcome;
use crate::ids::{PrincipalId, StreamId};
use crate::kind::Kind;
use crate::quantity::Micros;
use crate::shape::Field;
use crate::value::Value;
use crate::{dag, execution, governance, intake, log, subjects};

/// Everything that can be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The log as such.
    Log(log::Event),
    /// How decisions are made.
    Governance(governance::Event),
    /// How workflows come in.
    Intake(intake::Event),
    /// Tasks and workflows.
    Dag(dag::Event),
    /// Attempts.
    Execution(execution::Event),
    /// Data subjects.
    Subjects(subjects::Event),
}

impl Event {
    /// The kind, as the record header numbers it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Log(event) => event.kind(),
            Self::Governance(event) => event.kind(),
            Self::Intake(event) => event.kind(),
            Self::Dag(event) => event.kind(),
            Self::Execution(event) => event.kind(),
            Self::Subjects(event) => event.kind(),
        }
    }

    /// The payload's fields, in order.
    pub fn value(&self) -> Value {
        match self {
            Self::Log(event) => event.value(),
            Self::Governance(event) => event.value(),
            Self::Intake(event) => event.value(),
            Self::Dag(event) => event.value(),
            Self::Execution(event) => event.value(),
            Self::Subjects(event) => event.value(),
        }
    }

    /// The outcome class that the record header bears.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Log(_) | Self::Governance(_) => Outcome::None,
            Self::Intake(event) => match event {
                intake::Event::UploadExpired(_) => Outcome::Refused,
                intake::Event::ChunkStaged(_)
                | intake::Event::WorkflowSubmitted(_)
                | intake::Event::WorkflowAccepted(_) => Outcome::None,
            },
            Self::Dag(event) => event.outcome(),
            Self::Execution(event) => event.outcome(),
            Self::Subjects(event) => event.outcome(),
        }
    }
}

impl dag::Event {
    fn outcome(&self) -> Outcome {
        match self {
            Self::TaskCompleted(_) | Self::WorkflowCompleted(_) => Outcome::Success,
            Self::TaskFailed(_) | Self::WorkflowFailed(_) => Outcome::Failure,
            Self::TaskSkipped(_) | Self::TaskCancelled(_) | Self::WorkflowCancelled(_) => Outcome::Refused,
            Self::TaskQueued(_)
            | Self::RetryScheduled(_)
            | Self::CancelRequested(_)
            | Self::WorkflowPaused(_)
            | Self::WorkflowResumed(_) => Outcome::None,
        }
    }
}

impl execution::Event {
    fn outcome(&self) -> Outcome {
        match self {
            Self::AttemptEnded(ended) => match ended.ending {
                execution::Ending::Succeeded => Outcome::Success,
                execution::Ending::Cancelled => Outcome::Refused,
                execution::Ending::Exited
                | execution::Ending::Signalled
                | execution::Ending::TimedOut
                | execution::Ending::NotStarted
                | execution::Ending::Lost
                | execution::Ending::OutOfMemory
                | execution::Ending::InputUnavailable => Outcome::Failure,
            },
            Self::AttemptAbandoned(_) => Outcome::Failure,
            Self::AttemptRequested(_)
            | Self::AttemptProgressed(_)
            | Self::AttemptCancelRequested(_)
            | Self::AttemptStalled(_) => Outcome::None,
        }
    }
}

impl subjects::Event {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Erased(_) => Outcome::Success,
            Self::ErasureRefused(_) => Outcome::Refused,
            Self::ErasureRequested(_)
            | Self::HoldPlaced(_)
            | Self::HoldReleased(_)
            | Self::PayloadRead(_) => Outcome::None,
        }
    }
}

macro_rules! from_domains {
    ($($domain:ident($module:ident);)+) => {$(
        impl From<$module::Event> for Event {
            fn from(event: $module::Event) -> Self {
                Self::$domain(event)
            }
        }
    )+};
}

from_domains! {
    Log(log);
    Governance(governance);
    Intake(intake);
    Dag(dag);
    Execution(execution);
    Subjects(subjects);
}

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

/// The struct of one event kind.
pub trait Payload: Into<Event> {
    /// Its kind.
    const KIND: Kind;
    /// What the catalogue says of it.
    const DESCRIPTION: Description;
    /// The version of this struct.
    const VERSION: u8 = Self::KIND.version();
    /// `domain.event`.
    const NAME: &'static str = Self::KIND.name();
    /// Its fields as they lie in the archive.
    const FIELDS: &'static [Field] = Self::DESCRIPTION.fields;
}

/// What the catalogue says of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Description {
    /// The kind.
    pub kind: Kind,
    /// When it is true.
    pub doc: &'static str,
    /// Who may emit it.
    pub emitter: Emitter,
    /// How long its payload is kept.
    pub retention: Retention,
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
