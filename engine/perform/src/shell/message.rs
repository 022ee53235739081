//! What a shell is told, and what it says.

use triad_decide::{Accepted, Effect, Input, Refusal, World};
use triad_event::execution::{AttemptEnded, AttemptProgressed, AttemptStarted};
use triad_event::governance::SnapshotTaken;
use triad_event::ids::PrincipalId;
use triad_event::{Ask, Event, Recorded, Source};
use triad_log::storage::Attachment;

/// Questions that wait at once. Beyond it the engine says that it is busy instead of growing.
pub const QUESTIONS_MAX: usize = 8192;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// Pseudonymous id; all zero is the system.
    pub principal: PrincipalId,
    /// By which way the question came.
    pub source: Source,
}

impl Asker {
    /// The engine itself, or what goes on in its process by itself.
    pub const fn system(source: Source) -> Self {
        Self { principal: PrincipalId::ZERO, source }
    }
}

/// What the engine says, once everything that it observed is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the core says.
    pub reply: Result<Accepted, Refusal>,
    /// Sequence of the first record of the question's group; when nothing was recorded, of the last record observed.
    pub sequence: u64,
    /// Sequence of the last record that the answer observed. A view that has read this far shows its effect.
    pub observed_sequence: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Too many questions wait. Nothing was recorded; ask again later.
    #[error("the engine is busy: {QUESTIONS_MAX} questions wait")]
    Busy,
    /// The engine is stopped or stopping. Nothing was recorded.
    #[error("the engine is stopping")]
    Stopped,
    /// It is certain that nothing was recorded.
    #[error("nothing was recorded: {0}")]
    Failed(String),
    /// It is not known whether it was recorded. Ask again with the same idempotency key once the engine is back.
    #[error("it is not known whether it was recorded: {0}")]
    Unknown(String),
}

/// Everything that a shell can be told. `R` is where an answer goes.
#[derive(Debug)]
pub enum Message<R> {
    /// Somebody asks.
    Ask {
        /// What.
        input: Input,
        /// What becomes durable together with the group, if the input is accepted.
        attachments: Vec<Attachment>,
        /// Who.
        by: Asker,
        /// Where the answer goes.
        reply: R,
    },
    /// Something came of an effect.
    Performed(Performed),
    /// The process of an attempt runs.
    Started(AttemptStarted),
    /// An attempt is alive.
    Progressed(AttemptProgressed),
    /// An effect that runs waits for something, or for nothing any more.
    Delayed {
        /// Sequence of its request.
        request: u64,
        /// What it waits for, and why.
        lack: Option<(Lack, String)>,
    },
    /// The snapshot that was begun is on disk; none when it could not be written.
    SnapshotWritten(Option<SnapshotTaken>),
    /// Whether the hardware counter was advanced as asked.
    Advanced {
        /// Whether it was.
        is_counted: bool,
    },
    /// What runs is to end, and nothing more is decided.
    Stop,
}

/// What an effect takes that it cannot have now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Content cannot be sealed, read or erased.
    Vault,
    /// The machine is short of something.
    Machine,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed {
    /// Sequence of its request.
    pub request: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// What becomes durable together with the record of it.
    pub attachments: Vec<Attachment>,
}

/// What can come of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An attempt ended.
    Ended(AttemptEnded),
    /// Whatever else was owed is done, and this is how its domain is told.
    Done(Ask),
    /// Nothing, for a reason that may pass: it is tried again.
    Failed(String),
    /// Nothing, because the machine is short of something that it takes: it is tried again.
    Short(String),
}

/// Everything that a shell can say.
#[derive(Debug)]
pub enum Output<R> {
    /// An answer goes out.
    Answer(R, Result<Answer, AskError>),
    /// An effect begins. What comes of it is told as [`Message::Performed`].
    Begin(Box<Effect>),
    /// An effect that runs is asked to stop.
    Stop(u64),
    /// An attempt whose process runs is to stand still, or to go on.
    Pace {
        /// Sequence of its request.
        request: u64,
        /// Whether nothing of it is to be executed.
        is_suspended: bool,
    },
    /// This world is to be written as a snapshot, and [`Message::SnapshotWritten`] to be told.
    Snapshot(Box<World>),
    /// The hardware counter is to be advanced to this value, and [`Message::Advanced`] to be told.
    Advance(u64),
    /// A group was decided, and nothing of it is durable. Said only to those who watch.
    Decided(Vec<Recorded<Event>>),
    /// The open block was submitted, and this is the world then. Said only to those who watch.
    Submitted(Box<World>),
    /// What came of an effect, or what a life began with, was refused. Said only to those who watch.
    Refused(Refusal),
}
