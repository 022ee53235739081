//! Decides on schedules. Everything is recorded in the stream of the schedule.

use triad_event::Event as AnyEvent;
use triad_event::ids::StreamId;
use triad_event::schedules::{
    After, Ask, BackfillEnded, BackfillRequested, CatchUpPolicy, EndBackfill, Followed, How, MomentFired,
    MomentsLeftOut, Phase, RunFollowed, ScheduleDeleted, SchedulePaused, ScheduleResumed, ScheduleSet,
};

use super::circle::circle;
use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::Schedule;
use crate::decision::Decision;
use crate::limits::{
    CATCH_UP_MAX, JITTER_MS_MAX, SCHEDULE_BYTES_MAX, SCHEDULES_MAX, TIMING_BYTES_MAX, check_reason, is_id,
};
use crate::ports::wakes::Wake;
use crate::refusal::Refusal as AnyRefusal;

/// Releases of time zone databases and codes of problems.
const WORD_BYTES_MAX: usize = 64;

/// Decides on what is asked.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, AnyRefusal> {
    match ask {
        Ask::Set(set) => {
            facts.admission.admit(&set.subject)?;
            Ok(self::set(facts, stream, *set)?)
        }
        Ask::Pause(paused) => Ok(pause(facts, stream, paused)?),
        Ask::Resume(resumed) => Ok(resume(facts, stream, resumed)?),
        Ask::Delete(deleted) => Ok(delete(facts, stream, deleted)?),
        Ask::Fire(fired) => Ok(fire(facts, stream, fired)?),
        Ask::LeaveOut(left) => Ok(leave_out(facts, stream, left)?),
        Ask::Backfill(asked) => Ok(backfill(facts, stream, asked)?),
        Ask::EndBackfill(asked) => Ok(end_backfill(facts, stream, asked)?),
    }
}

fn set(facts: &Facts<'_>, stream: StreamId, set: ScheduleSet) -> Result<Decision, Refusal> {
    if !is_id(&set.name) || !is_id(&set.tenant) {
        return Err(Refusal::NameNotAnId);
    }
    match facts.state.schedules.get(&stream) {
        Some(known) if (&known.tenant, &known.name) != (&set.tenant, &set.name) => {
            return Err(Refusal::NameStays { name: known.name.clone() });
        }
        Some(_) => {}
        None => refuse_new(facts, stream, &set)?,
    }
    match &set.after {
        Some(after) => refuse_following(facts, stream, &set, after)?,
        None if [&set.timing, &set.zone].iter().all(|text| (1..=TIMING_BYTES_MAX).contains(&text.len())) => {}
        None => return Err(Refusal::TimingLength),
    }
    if !(1..=SCHEDULE_BYTES_MAX as u64).contains(&set.source.length.0) {
        return Err(Refusal::SourceLength);
    }
    let is_bounded = match set.catch_up.policy {
        CatchUpPolicy::None | CatchUpPolicy::Last => {
            (set.catch_up.count_max, set.catch_up.age_max.0) == (0, 0)
        }
        CatchUpPolicy::All => {
            (1..=CATCH_UP_MAX).contains(&u64::from(set.catch_up.count_max)) && set.catch_up.age_max.0 > 0
        }
    };
    if !is_bounded {
        return Err(Refusal::CatchUpOutOfBounds);
    }
    if set.jitter_max.0 >= JITTER_MS_MAX {
        return Err(Refusal::JitterTooLong);
    }
    refuse_long([&set.zones_version])?;
    check_reason(&set.reason)?;
    Ok(Decision::recorded(stream, set))
}

/// What a schedule is to follow is there, and does not come back to it.
fn refuse_following(
    facts: &Facts<'_>,
    stream: StreamId,
    set: &ScheduleSet,
    after: &After,
) -> Result<(), Refusal> {
    if [&set.timing, &set.zone, &set.zones_version].iter().any(|text| !text.is_empty()) {
        return Err(Refusal::CalendarAndRuns);
    }
    if !is_id(&after.name) || !(after.submits.is_empty() || is_id(&after.submits)) {
        return Err(Refusal::NameNotAnId);
    }
    if let Some(names) = circle(facts.state, &set.tenant, &set.name, after) {
        return Err(Refusal::Circle { names });
    }
    let is_there = match after.followed {
        Followed::Schedule => facts.state.named(&set.tenant, &after.name).is_some(),
        Followed::Definition => facts.definitions.contains_key(&(set.tenant.clone(), after.name.clone())),
    };
    if !is_there {
        return Err(Refusal::FollowedUnknown { followed: after.followed, name: after.name.clone() });
    }
    match facts.state.schedules.get(&stream) {
        Some(known) if known.backfill.is_some() => Err(Refusal::BackfillUnderWay),
        Some(_) | None => Ok(()),
    }
}

/// A schedule that is not there yet needs a stream, a name and room.
fn refuse_new(facts: &Facts<'_>, stream: StreamId, set: &ScheduleSet) -> Result<(), Refusal> {
    if let Some(schedule) = facts.state.named(&set.tenant, &set.name) {
        return Err(Refusal::NameTaken { name: set.name.clone(), schedule });
    }
    if stream == StreamId::LOG || facts.streams.get(stream).is_some() {
        return Err(Refusal::StreamTaken { stream });
    }
    if facts.state.schedules.len() >= SCHEDULES_MAX {
        return Err(Refusal::TooManySchedules);
    }
    Ok(())
}

fn pause(facts: &Facts<'_>, stream: StreamId, paused: SchedulePaused) -> Result<Decision, Refusal> {
    if known(facts, stream)?.phase == Phase::Paused {
        return Err(Refusal::AlreadyPaused);
    }
    check_reason(&paused.reason)?;
    Ok(Decision::recorded(stream, paused))
}

fn resume(facts: &Facts<'_>, stream: StreamId, resumed: ScheduleResumed) -> Result<Decision, Refusal> {
    if known(facts, stream)?.phase != Phase::Paused {
        return Err(Refusal::NotPaused);
    }
    check_reason(&resumed.reason)?;
    Ok(Decision::recorded(stream, resumed))
}

fn delete(facts: &Facts<'_>, stream: StreamId, deleted: ScheduleDeleted) -> Result<Decision, Refusal> {
    known(facts, stream)?;
    check_reason(&deleted.reason)?;
    Ok(Decision::recorded(stream, deleted))
}

fn fire(facts: &Facts<'_>, stream: StreamId, fired: MomentFired) -> Result<Decision, Refusal> {
    let schedule = known(facts, stream)?;
    let moment_ms = fired.moment_ms;
    let is_next = match (fired.how, &schedule.follows) {
        (How::OnTime | How::CaughtUp, Some(follows)) => follows.first_ms() == Some(moment_ms),
        (How::OnTime | How::CaughtUp, None) => schedule.is_next(moment_ms),
        (How::Backfill, _) => schedule.backfill.as_ref().ok_or(Refusal::NoBackfill)?.is_next(moment_ms),
    };
    if !is_next {
        return Err(Refusal::Handled { moment_ms });
    }
    refuse_before_1970(moment_ms)?;
    refuse_long([&fired.zones_version])?;
    Ok(Decision::recorded(stream, fired))
}

fn leave_out(facts: &Facts<'_>, stream: StreamId, left: MomentsLeftOut) -> Result<Decision, Refusal> {
    let schedule = known(facts, stream)?;
    let is_next = match &schedule.follows {
        Some(follows) => follows.waiting_within(left.first_ms, left.last_ms) == left.count,
        None => schedule.is_next(left.first_ms),
    };
    if !is_next {
        return Err(Refusal::Handled { moment_ms: left.first_ms });
    }
    refuse_before_1970(left.first_ms)?;
    if left.last_ms < left.first_ms || left.count == 0 {
        return Err(Refusal::NoMoments);
    }
    refuse_long([&left.zones_version, &left.refusal])?;
    Ok(Decision::recorded(stream, left))
}

fn backfill(facts: &Facts<'_>, stream: StreamId, asked: BackfillRequested) -> Result<Decision, Refusal> {
    let schedule = known(facts, stream)?;
    if let Some(follows) = &schedule.follows {
        let After { followed, name, .. } = &follows.after;
        return Err(Refusal::NothingToFillBack { followed: *followed, name: name.clone() });
    }
    if schedule.backfill.is_some() {
        return Err(Refusal::BackfillUnderWay);
    }
    refuse_before_1970(asked.from_ms)?;
    if asked.before_ms <= asked.from_ms || !(1..=CATCH_UP_MAX).contains(&asked.expected) {
        return Err(Refusal::BackfillOutOfBounds);
    }
    refuse_long([&asked.zones_version])?;
    check_reason(&asked.reason)?;
    Ok(Decision::recorded(stream, asked))
}

fn end_backfill(facts: &Facts<'_>, stream: StreamId, asked: EndBackfill) -> Result<Decision, Refusal> {
    let backfill = known(facts, stream)?.backfill.as_ref().ok_or(Refusal::NoBackfill)?;
    refuse_long([&asked.refusal])?;
    Ok(Decision::recorded(stream, BackfillEnded { asked, fired: backfill.fired }))
}

/// Whether the world still shows that a run is to be followed.
pub(crate) fn owes(facts: &Facts<'_>, Reaction { schedule, workflow }: Reaction) -> bool {
    let follows = facts.state.schedules.get(&schedule).and_then(|schedule| schedule.follows.as_ref());
    follows.is_some_and(|follows| follows.owed(workflow).is_some())
}

/// A run that ended names a moment: when that was recorded, or the next that is free.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let Reaction { schedule: stream, workflow } = reaction;
    let schedule = facts.state.schedules.get(&stream)?;
    let follows = schedule.follows.as_ref()?;
    let ended = follows.owed(workflow)?;
    let free_ms = schedule.newest_ms().map_or(0, |newest_ms| newest_ms + 1);
    let (moment_ms, displaced_ms) = (ended.at_ms.max(free_ms), follows.displaced_ms());
    Some((stream, RunFollowed { moment_ms, workflow, how: ended.how, displaced_ms }.into()))
}

/// Schedules ask for no moment: those of the calendar are the shell's.
pub(crate) fn wake(_: &Facts<'_>, _: &Wake) -> Option<AnyEvent> {
    None
}

/// The schedule, which is there.
fn known<'a>(facts: &Facts<'a>, stream: StreamId) -> Result<&'a Schedule, Refusal> {
    facts.state.schedules.get(&stream).ok_or(Refusal::ScheduleUnknown { schedule: stream })
}

fn refuse_before_1970(moment_ms: i64) -> Result<(), Refusal> {
    if moment_ms < 0 { Err(Refusal::NoMoments) } else { Ok(()) }
}

fn refuse_long<const N: usize>(words: [&String; N]) -> Result<(), Refusal> {
    match words.iter().any(|word| word.len() > WORD_BYTES_MAX) {
        true => Err(Refusal::TextTooLong),
        false => Ok(()),
    }
}
