//! Why governance says no.

use thiserror::Error;
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::quantity::{Micros, Millis};

use crate::limits::ReasonTooLong;

/// Why governance says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The input is earlier than a record.
    #[error("the input is of {given}, the last record of {now}: time does not go back")]
    TimeWentBack {
        /// Time of the last record.
        now: Micros,
        /// Time of the input.
        given: Micros,
    },
    /// Less has passed than at a record.
    #[error("{given} had passed at the input, {now} at the last record: what passed does not run back")]
    ElapsedWentBack {
        /// What had passed at the last record.
        now: Micros,
        /// What had passed at the input.
        given: Micros,
    },
    /// No process has announced itself in this log yet.
    #[error("the engine has not started")]
    NotStarted,
    /// Another version of the core than this one.
    #[error("the input names version {given} of the core, this is version {own}")]
    OtherVersion {
        /// The version that was named.
        given: u32,
        /// This version.
        own: u32,
    },
    /// The value lies outside the bounds of the setting.
    #[error("{} must lie between {low} and {high} {}", setting.name(), setting.unit())]
    SettingOutOfBounds {
        /// The setting.
        setting: Setting,
        /// Its least value.
        low: i64,
        /// Its greatest value.
        high: i64,
    },
    /// The scope of a setting is the id of what has the value, or empty for everything that has none of its own.
    #[error("a scope has 1 to {max} of a-z, 0-9, _ and -, or is empty", max = crate::limits::ID_BYTES_MAX)]
    ScopeNotNamed,
    /// The engine is paused already.
    #[error("the engine is paused already")]
    AlreadyPaused,
    /// The engine is not paused.
    #[error("the engine is not paused")]
    NotPaused,
    /// Nothing is due.
    #[error("nothing is due")]
    NothingDue,
    /// The difference is within what the setting allows.
    #[error("the clock is within {limit} of what was expected")]
    ClockNotStepped {
        /// The limit.
        limit: Millis,
    },
    /// The step is recorded already and nobody has accepted it.
    #[error("the clock has stepped already and waits for an operator")]
    ClockStepPending,
    /// There is no step to accept.
    #[error("the clock has not stepped")]
    NoClockStep,
    /// The difference is still beyond what the setting allows.
    #[error("the clock is not within {limit} of what was expected")]
    ClockDisagrees {
        /// The limit.
        limit: Millis,
    },
    /// The stream is not alive.
    #[error("stream {stream} is not alive")]
    StreamUnknown {
        /// The stream.
        stream: StreamId,
    },
    /// The stream is set aside; an operator can release it.
    #[error("stream {stream} is in quarantine until an operator releases it")]
    Quarantined {
        /// The stream.
        stream: StreamId,
    },
    /// The stream is not set aside.
    #[error("stream {stream} is not in quarantine")]
    NotQuarantined {
        /// The stream.
        stream: StreamId,
    },
    /// The snapshot is of a state that does not exist yet.
    #[error("the snapshot holds records up to {given}, the last record is {last}")]
    SnapshotOfTheFuture {
        /// Where the snapshot ends.
        given: u64,
        /// The last record.
        last: u64,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
