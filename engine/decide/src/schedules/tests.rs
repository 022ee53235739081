//! What is decided about schedules: asked of an engine, one after another.

mod follow;

use triad_event::bulk::Connection;
use triad_event::definitions::Language;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::quantity::{Bytes, Millis};
use triad_event::schedules::{
    Ask, BackfillRequested, BackfillWhy, CatchUp, CatchUpPolicy, EndBackfill, Event, Fold, Gap, How,
    LeftOutWhy, MomentFired, MomentsLeftOut, Overlap, PauseWhy, ScheduleDeleted, SchedulePaused,
    ScheduleResumed, ScheduleSet,
};
use triad_event::subjects::{Standing, Subject};
use triad_event::{Event as AnyEvent, Recorded, Sealed};

use crate::Input;
use crate::limits::{
    CATCH_UP_MAX, JITTER_MS_MAX, REASON_BYTES_MAX, SCHEDULE_BYTES_MAX, SCHEDULES_MAX, TIMING_BYTES_MAX,
};
use crate::tests::door::Door;

const SCHEDULE: StreamId = StreamId([0xc1; 16]);
const OTHER: StreamId = StreamId([0xc2; 16]);
const LAST: CatchUp = CatchUp { policy: CatchUpPolicy::Last, count_max: 0, age_max: Millis(0) };

fn nightly() -> ScheduleSet {
    let subject =
        Subject { id: DataSubjectId([7; 16]), slot: 1, standing: Standing::Known, looked_up_through: 0 };
    let source = Sealed { address: [0; 32], commitment: [0; 32], length: Bytes(44) };
    ScheduleSet {
        tenant: "default".to_owned(),
        name: "nightly".to_owned(),
        timing: "30 2 * * *".to_owned(),
        zone: "UTC".to_owned(),
        zones_version: "2026f".to_owned(),
        gap: Gap::Shift,
        fold: Fold::First,
        overlap: Overlap::Skip,
        catch_up: LAST,
        jitter_max: Millis(0),
        subject,
        source: source.into(),
        language: Language::Yaml,
        connection: Connection::Encrypted,
        reason: "ticket 12".to_owned(),
        after: None,
    }
}

fn named(name: &str) -> ScheduleSet {
    ScheduleSet { name: name.to_owned(), ..nightly() }
}

fn fired(moment_ms: i64, how: How) -> Ask {
    let zones_version = "2026f".to_owned();
    MomentFired { moment_ms, workflow: WorkflowId([9; 16]), how, zones_version }.into()
}

fn left_out(first_ms: i64, last_ms: i64, count: u64) -> Ask {
    let (why, refusal, zones_version) = (LeftOutWhy::Missed, String::new(), "2026f".to_owned());
    MomentsLeftOut { first_ms, last_ms, count, why, refusal, zones_version }.into()
}

fn backfill(from_ms: i64, before_ms: i64, expected: u64) -> Ask {
    let (zones_version, reason) = ("2026f".to_owned(), String::new());
    BackfillRequested { from_ms, before_ms, expected, zones_version, reason }.into()
}

fn pause() -> Ask {
    SchedulePaused { why: PauseWhy::Asked, reason: String::new() }.into()
}

fn resume() -> Ask {
    ScheduleResumed { reason: String::new() }.into()
}

fn delete() -> Ask {
    ScheduleDeleted { reason: String::new() }.into()
}

fn end(why: BackfillWhy) -> Ask {
    EndBackfill { why, refusal: String::new() }.into()
}

/// What is recorded, in words, or why it is refused.
fn told(door: &mut Door, stream: StreamId, ask: Ask) -> String {
    match door.input(Input::of(stream, ask)) {
        Ok(_) => match door.log.last() {
            Some(Recorded { event: AnyEvent::Schedules(event), stream: of, .. }) if *of == stream => {
                words(event)
            }
            other => panic!("{other:?}"),
        },
        Err(refusal) => refusal.to_string(),
    }
}

fn words(event: &Event) -> String {
    match event {
        Event::ScheduleSet(set) => format!("{} at {}", set.name, set.timing),
        Event::SchedulePaused(_) => "paused".to_owned(),
        Event::ScheduleResumed(_) => "resumed".to_owned(),
        Event::ScheduleDeleted(_) => "deleted".to_owned(),
        Event::MomentFired(fired) => format!("{} {:?}", fired.moment_ms, fired.how),
        Event::MomentsLeftOut(left) => format!("not {} to {}", left.first_ms, left.last_ms),
        Event::BackfillRequested(asked) => format!("backfill {} to {}", asked.from_ms, asked.before_ms),
        Event::BackfillEnded(ended) => format!("backfill {:?}, {} fired", ended.asked.why, ended.fired),
        Event::RunFollowed(followed) => format!("follows {}", followed.moment_ms),
    }
}

#[track_caller]
fn check(rows: Vec<(Ask, &str)>) -> Door {
    let mut door = Door::open();
    for (ask, expected) in rows {
        assert_eq!(told(&mut door, SCHEDULE, ask), expected);
    }
    door
}

#[test]
fn each_moment_is_handled_once_and_in_their_order() {
    let set = "nightly at 30 2 * * *";
    let gone = format!("there is no schedule {SCHEDULE}");
    let handled = |moment: i64| format!("moment {moment} is not behind what was handled");
    let door = check(vec![
        (fired(5000, How::OnTime), &*gone),
        (nightly().into(), set),
        (fired(-1000, How::OnTime), "moments lie behind 1970, in their order, and are at least one"),
        (fired(5000, How::OnTime), "5000 OnTime"),
        (fired(5000, How::OnTime), &*handled(5000)),
        (fired(4000, How::CaughtUp), &*handled(4000)),
        (left_out(5000, 7000, 2), &*handled(5000)),
        (left_out(6000, 5500, 2), "moments lie behind 1970, in their order, and are at least one"),
        (left_out(6000, 7000, 0), "moments lie behind 1970, in their order, and are at least one"),
        (left_out(6000, 9000, 3), "not 6000 to 9000"),
        (fired(9000, How::OnTime), &*handled(9000)),
        (fired(10_000, How::CaughtUp), "10000 CaughtUp"),
        // A change of the schedule changes nothing of what was handled.
        (nightly().into(), set),
        (fired(10_000, How::OnTime), &*handled(10_000)),
        (pause(), "paused"),
        (pause(), "it is paused already"),
        // What was submitted before somebody paused it may be recorded after that.
        (fired(11_000, How::OnTime), "11000 OnTime"),
        (nightly().into(), set),
        (resume(), "resumed"),
        (resume(), "it is not paused"),
        (delete(), "deleted"),
        (delete(), &*gone),
        (fired(12_000, How::OnTime), &*gone),
    ]);
    assert_eq!(door.world.schedules.schedules.len(), 0, "what is deleted leaves the world");
}

#[test]
fn a_backfill_has_a_cursor_of_its_own() {
    let handled = |moment: i64| format!("moment {moment} is not behind what was handled");
    let bounds = format!(
        "a backfill is of 1 to {CATCH_UP_MAX} moments of a range that has a beginning before its end"
    );
    check(vec![
        (nightly().into(), "nightly at 30 2 * * *"),
        (fired(9000, How::OnTime), "9000 OnTime"),
        (fired(2000, How::Backfill), "no backfill is under way"),
        (end(BackfillWhy::Stopped), "no backfill is under way"),
        (backfill(3000, 3000, 1), &*bounds),
        (backfill(3000, 6000, 0), &*bounds),
        (backfill(3000, 6000, CATCH_UP_MAX + 1), &*bounds),
        (backfill(3000, 6000, 3), "backfill 3000 to 6000"),
        (backfill(3000, 6000, 3), "a backfill is under way"),
        (fired(2000, How::Backfill), &*handled(2000)),
        (fired(3000, How::Backfill), "3000 Backfill"),
        (fired(3000, How::Backfill), &*handled(3000)),
        (fired(10_000, How::OnTime), "10000 OnTime"),
        (fired(5000, How::Backfill), "5000 Backfill"),
        (fired(4000, How::Backfill), &*handled(4000)),
        (fired(6000, How::Backfill), &*handled(6000)),
        (end(BackfillWhy::Finished), "backfill Finished, 2 fired"),
        (fired(5500, How::Backfill), "no backfill is under way"),
        (backfill(3000, 6000, 3), "backfill 3000 to 6000"),
        (fired(3000, How::Backfill), "3000 Backfill"),
        (fired(10_000, How::OnTime), &*handled(10_000)),
    ]);
}

#[test]
fn a_name_is_that_of_one_schedule_of_a_tenant() {
    let mut door = Door::open();
    let mut ask = |stream: StreamId, set: ScheduleSet| told(&mut door, stream, set.into());
    assert_eq!(ask(SCHEDULE, nightly()), "nightly at 30 2 * * *");
    assert_eq!(ask(OTHER, nightly()), format!("schedule {SCHEDULE} has the name \"nightly\" already"));
    assert_eq!(ask(SCHEDULE, named("daily")), "a schedule keeps its name: this one is \"nightly\"");
    assert_eq!(ask(StreamId::LOG, named("daily")), format!("{} is the id of something else", StreamId::LOG));
    assert_eq!(ask(OTHER, named("Nightly")), "a schedule is named with 1 to 64 of a-z, 0-9, _ and -");
    let elsewhere = ScheduleSet { tenant: "acme".to_owned(), ..nightly() };
    assert_eq!(ask(OTHER, elsewhere), "nightly at 30 2 * * *");
    assert_eq!(told(&mut door, SCHEDULE, delete()), "deleted");
    assert_eq!(told(&mut door, StreamId([0xc3; 16]), nightly().into()), "nightly at 30 2 * * *");
}

#[test]
fn everything_is_bounded() {
    let long = |length: usize| "x".repeat(length);
    let timing = format!("an expression and the name of a time zone have 1 to {TIMING_BYTES_MAX} bytes each");
    let source = format!("the document of a schedule has 1 to {SCHEDULE_BYTES_MAX} bytes");
    let caught = format!(
        "where all is caught up, it is 1 to {CATCH_UP_MAX} moments of a span; and nothing else is stated"
    );
    let sealed = |length| Sealed { address: [0; 32], commitment: [0; 32], length: Bytes(length) };
    let catch_up = |policy, count_max, age_max| CatchUp { policy, count_max, age_max: Millis(age_max) };
    let beyond = u32::try_from(CATCH_UP_MAX + 1).expect("it fits");
    let short = "the release of a time zone database and the code of a problem are short";
    let rows: Vec<(ScheduleSet, String)> = vec![
        (ScheduleSet { timing: String::new(), ..nightly() }, timing.clone()),
        (ScheduleSet { timing: long(TIMING_BYTES_MAX + 1), ..nightly() }, timing.clone()),
        (ScheduleSet { zone: long(TIMING_BYTES_MAX + 1), ..nightly() }, timing),
        (ScheduleSet { source: sealed(0).into(), ..nightly() }, source.clone()),
        (ScheduleSet { source: sealed(SCHEDULE_BYTES_MAX as u64 + 1).into(), ..nightly() }, source),
        (ScheduleSet { catch_up: catch_up(CatchUpPolicy::All, 0, 9), ..nightly() }, caught.clone()),
        (ScheduleSet { catch_up: catch_up(CatchUpPolicy::All, 9, 0), ..nightly() }, caught.clone()),
        (ScheduleSet { catch_up: catch_up(CatchUpPolicy::All, beyond, 9), ..nightly() }, caught.clone()),
        (ScheduleSet { catch_up: catch_up(CatchUpPolicy::None, 1, 0), ..nightly() }, caught),
        (
            ScheduleSet { jitter_max: Millis(JITTER_MS_MAX), ..nightly() },
            "jitter is less than 24 hours".to_owned(),
        ),
        (ScheduleSet { zones_version: long(65), ..nightly() }, short.to_owned()),
        (
            ScheduleSet { reason: long(REASON_BYTES_MAX + 1), ..nightly() },
            format!("a reason has at most {REASON_BYTES_MAX} bytes"),
        ),
    ];
    let mut door = Door::open();
    for (set, expected) in rows {
        assert_eq!(told(&mut door, SCHEDULE, set.into()), expected);
    }
    door.is_watched = false;
    for number in 0..SCHEDULES_MAX {
        let stream = StreamId([u8::try_from(number % 250).expect("a byte"); 16]);
        let mut id = stream.0;
        id[..8].copy_from_slice(&(number as u64 + 1).to_le_bytes());
        let set = named(&format!("n{number}"));
        door.input(Input::of(StreamId(id), Ask::from(set))).expect("there is room");
    }
    let full = format!("there are {SCHEDULES_MAX} schedules, which is as many as may be");
    assert_eq!(told(&mut door, SCHEDULE, nightly().into()), full);
}
