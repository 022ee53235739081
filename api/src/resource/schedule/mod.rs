//! Schedules: workflows that are begun again and again. Set, previewed, paused, resumed, filled back, deleted; and fired by a
//! task of the server.

mod agenda;
mod backfill;
mod drive;
mod fire;
mod follow;
mod moments;
mod plan;
mod request;
mod route;
mod text;
mod timing;
mod turn;
mod verb;
mod wire;

pub(crate) use drive::drive;
pub(in crate::resource) use route::{GIVES_SET, SETS};
pub(in crate::resource) use verb::describe;

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::schedules::Refusal;
use triad_event::schedules::Followed;

pub(super) const RESOURCE: Resource =
    Resource { name: "schedule", noun: Some(Noun::of::<verb::Schedule>("schedule")), routes: route::ROUTES };

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::ScheduleUnknown { .. } => Code::ScheduleUnknown,
        Refusal::TooManySchedules => Code::TooManySchedules,
        Refusal::AlreadyPaused => Code::AlreadyPaused,
        Refusal::NotPaused => Code::NotPaused,
        Refusal::BackfillUnderWay => Code::BackfillUnderWay,
        Refusal::NoBackfill => Code::NoBackfill,
        // Somebody else set it at the same moment: the next try finds theirs.
        Refusal::NameTaken { .. } => Code::ScheduleChanged,
        Refusal::NameNotAnId
        | Refusal::TimingLength
        | Refusal::CatchUpOutOfBounds
        | Refusal::JitterTooLong
        | Refusal::BackfillOutOfBounds
        | Refusal::ReasonTooLong(_) => Code::InvalidValue,
        Refusal::FollowedUnknown { followed: Followed::Schedule, .. } => Code::ScheduleUnknown,
        Refusal::FollowedUnknown { followed: Followed::Definition, .. } => Code::DefinitionUnknown,
        Refusal::Circle { .. } => Code::ScheduleCircle,
        Refusal::NothingToFillBack { .. } => Code::FollowsRuns,
        Refusal::SourceLength => Code::TooLarge,
        // Only the server itself draws ids, handles moments, and leaves out a calendar beside what is followed.
        Refusal::CalendarAndRuns
        | Refusal::StreamTaken { .. }
        | Refusal::NameStays { .. }
        | Refusal::Handled { .. }
        | Refusal::NoMoments
        | Refusal::TextTooLong => Code::Internal,
    }
}
