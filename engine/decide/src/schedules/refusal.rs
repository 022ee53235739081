//! Why schedules say no.

use thiserror::Error;
use triad_event::ids::StreamId;
use triad_event::schedules::Followed;

use crate::limits::{
    CATCH_UP_MAX, JITTER_MS_MAX, ReasonTooLong, SCHEDULE_BYTES_MAX, SCHEDULES_MAX, TIMING_BYTES_MAX,
};

/// Why schedules say no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such schedule, or it is deleted.
    #[error("there is no schedule {schedule}")]
    ScheduleUnknown {
        /// The id that was named.
        schedule: StreamId,
    },
    /// The id is that of something else.
    #[error("{stream} is the id of something else")]
    StreamTaken {
        /// The id.
        stream: StreamId,
    },
    /// A name, or that of a tenant, is no id.
    #[error("a schedule is named with 1 to 64 of a-z, 0-9, _ and -")]
    NameNotAnId,
    /// Another schedule of the tenant has the name.
    #[error("schedule {schedule} has the name {name:?} already")]
    NameTaken {
        /// The name.
        name: String,
        /// Whose it is.
        schedule: StreamId,
    },
    /// A schedule keeps its name.
    #[error("a schedule keeps its name: this one is {name:?}")]
    NameStays {
        /// The name that it has.
        name: String,
    },
    /// There are as many schedules as may be.
    #[error("there are {SCHEDULES_MAX} schedules, which is as many as may be")]
    TooManySchedules,
    /// The expression or the zone is empty or too long.
    #[error("an expression and the name of a time zone have 1 to {TIMING_BYTES_MAX} bytes each")]
    TimingLength,
    /// The document is empty or too long.
    #[error("the document of a schedule has 1 to {SCHEDULE_BYTES_MAX} bytes")]
    SourceLength,
    /// What is caught up is not bounded, or bounded where nothing is to be.
    #[error(
        "where all is caught up, it is 1 to {CATCH_UP_MAX} moments of a span; and nothing else is stated"
    )]
    CatchUpOutOfBounds,
    /// The jitter is too long.
    #[error("jitter is less than {} hours", JITTER_MS_MAX / 3_600_000)]
    JitterTooLong,
    /// It is paused.
    #[error("it is paused already")]
    AlreadyPaused,
    /// It is not paused.
    #[error("it is not paused")]
    NotPaused,
    /// The moment, or one behind it, was handled.
    #[error("moment {moment_ms} is not behind what was handled")]
    Handled {
        /// The moment.
        moment_ms: i64,
    },
    /// What is said of the moments cannot be.
    #[error("moments lie behind 1970, in their order, and are at least one")]
    NoMoments,
    /// A text is too long that is only ever short.
    #[error("the release of a time zone database and the code of a problem are short")]
    TextTooLong,
    /// Another backfill is under way.
    #[error("a backfill is under way")]
    BackfillUnderWay,
    /// None is under way.
    #[error("no backfill is under way")]
    NoBackfill,
    /// A range is empty, or too large to be one backfill.
    #[error("a backfill is of 1 to {CATCH_UP_MAX} moments of a range that has a beginning before its end")]
    BackfillOutOfBounds,
    /// A schedule has a calendar, or follows runs.
    #[error("a schedule fires at moments of a calendar or after runs, not both")]
    CalendarAndRuns,
    /// What is to be followed is not there.
    #[error("there is no {} {name:?} whose runs could be followed", kind(*followed))]
    FollowedUnknown {
        /// What it is to be.
        followed: Followed,
        /// The name.
        name: String,
    },
    /// Schedules would follow one another in a circle.
    #[error("schedules would follow one another in a circle: {}", names.join(" after "))]
    Circle {
        /// Those on the way: the one that was to be set comes first and last.
        names: Vec<String>,
    },
    /// Runs that have ended name no moments any more.
    #[error("it follows the runs of {} {name:?}, which name no moments in the past: there is nothing to fill back", kind(*followed))]
    NothingToFillBack {
        /// What it follows.
        followed: Followed,
        /// The name.
        name: String,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}

/// What is followed, in words.
fn kind(followed: Followed) -> &'static str {
    match followed {
        Followed::Schedule => "schedule",
        Followed::Definition => "definition",
    }
}
