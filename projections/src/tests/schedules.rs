//! What readers see of schedules, however the records come in.

use triad_event::Event;
use triad_event::bulk::Connection;
use triad_event::definitions::Language;
use triad_event::governance::StreamClosed;
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;
use triad_event::schedules::{
    After, BackfillEnded, BackfillRequested, BackfillWhy, CatchUp, CatchUpPolicy, EndBackfill, Fold,
    FollowOn, Followed, Gap, How, LeftOutWhy, MomentFired, MomentsLeftOut, Overlap, PauseWhy, RunEnd,
    RunFollowed, ScheduleDeleted, SchedulePaused, ScheduleResumed, ScheduleSet,
};

use super::door::{chain, open};
use super::history::{History, id, sealed, subject};
use crate::Views;
use crate::view::schedule_book::{BACKFILL_RUNS_MAX, Schedule, ScheduleBook};

/// The schedule with that number.
fn schedule(number: u8) -> StreamId {
    StreamId([0xc0 + number; 16])
}

fn set(name: &str, timing: &str) -> ScheduleSet {
    ScheduleSet {
        tenant: "default".to_owned(),
        name: name.to_owned(),
        timing: timing.to_owned(),
        zone: "UTC".to_owned(),
        zones_version: "2026f".to_owned(),
        gap: Gap::Shift,
        fold: Fold::First,
        overlap: Overlap::Skip,
        catch_up: CatchUp { policy: CatchUpPolicy::Last, count_max: 0, age_max: Millis(0) },
        jitter_max: Millis(0),
        subject: subject(1),
        source: sealed(1, 44).into(),
        language: Language::Yaml,
        connection: Connection::Encrypted,
        reason: String::new(),
        after: None,
    }
}

/// The same, after the runs of another one.
fn follower(name: &str, followed: &str, on: FollowOn) -> ScheduleSet {
    let (timing, zone, zones_version) = (String::new(), String::new(), String::new());
    let (name_of_other, submits) = (followed.to_owned(), String::new());
    let after = After { followed: Followed::Schedule, name: name_of_other, on, submits };
    ScheduleSet { zone, zones_version, after: Some(after), ..set(name, &timing) }
}

fn followed(moment_ms: i64, workflow: u8, displaced_ms: Option<i64>) -> Event {
    RunFollowed { moment_ms, workflow: id(workflow), how: RunEnd::Completed, displaced_ms }.into()
}

fn fired(moment_ms: i64, workflow: u8, how: How) -> Event {
    MomentFired { moment_ms, workflow: id(workflow), how, zones_version: "2026f".to_owned() }.into()
}

fn left_out(first_ms: i64, last_ms: i64, count: u64, why: LeftOutWhy) -> Event {
    let (refusal, zones_version) = (String::new(), "2026f".to_owned());
    MomentsLeftOut { first_ms, last_ms, count, why, refusal, zones_version }.into()
}

/// Four schedules: one that fires, is changed, paused and filled back; one that is deleted; one whose stream was closed from
/// outside; one that is paused.
fn past() -> History {
    let mut past = History::begun();
    let mut said = |number: u8, event: Event| past.recorded(schedule(number), event);
    for (number, name) in [(2, "b"), (1, "a"), (3, "c"), (4, "d")] {
        said(number, set(name, "@hourly").into());
    }
    said(1, fired(1000, 9, How::OnTime));
    said(1, left_out(2000, 4000, 3, LeftOutWhy::Missed));
    said(2, ScheduleDeleted { reason: String::new() }.into());
    said(1, SchedulePaused { why: PauseWhy::Asked, reason: "disk".to_owned() }.into());
    said(4, SchedulePaused { why: PauseWhy::NotAllowed, reason: String::new() }.into());
    said(1, fired(5000, 8, How::CaughtUp));
    said(1, ScheduleResumed { reason: String::new() }.into());
    said(1, set("a", "@daily").into());
    let zones_version = "2026f".to_owned();
    let (from_ms, before_ms, reason) = (100, 90_000, String::new());
    said(1, BackfillRequested { from_ms, before_ms, expected: 9, zones_version, reason }.into());
    for number in 0..9_u8 {
        said(1, fired(1000 + i64::from(number), number + 10, How::Backfill));
    }
    let asked = EndBackfill { why: BackfillWhy::Finished, refusal: String::new() };
    said(1, BackfillEnded { asked, fired: 9 }.into());
    said(3, StreamClosed { closed: schedule(3), reason: "gone wrong".to_owned() }.into());
    past
}

fn told(book: &ScheduleBook) -> Vec<String> {
    let one = |schedule: &Schedule| {
        format!(
            "{} {:?} at {} since {}, up to {:?}, fired {}, left out {}, last {:?}, {} lately, paused {:?}, {:?}",
            schedule.set.name,
            schedule.phase,
            schedule.set.timing,
            schedule.since.sequence,
            schedule.handled_ms,
            schedule.fired,
            schedule.left_out,
            schedule.last_run,
            schedule.recent.len(),
            schedule.paused.as_ref().map(|paused| paused.why),
            schedule.backfill.as_ref().map(|backfill| (
                backfill.fired,
                backfill.after_ms,
                backfill.runs.len()
            )),
        )
    };
    book.schedules.iter().map(one).collect()
}

fn seen(views: &Views) -> Vec<String> {
    views.schedules(told).value
}

#[test]
fn schedules_are_shown_as_they_stand() {
    let first = format!(
        "a Active at @daily since 14, up to Some(5000), fired 2, left out 3, last Some({:?}), 10 lately, paused None, {:?}",
        id(8),
        Some((9, 1008, BACKFILL_RUNS_MAX)),
    );
    let expected = [
        &*first,
        "d Paused at @hourly since 6, up to None, fired 0, left out 0, last None, 0 lately, paused Some(NotAllowed), None",
    ];
    let past = past();
    for cut in 0..past.records.len() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut host, _) = open(directory.path());
        for part in [&past.records[..cut], &past.records[cut..]] {
            if let Some(last) = part.last() {
                drop(host.apply(part, chain(last.sequence)).expect("they can follow"));
                host.flush().expect("they can be stored");
            }
            drop(host);
            host = open(directory.path()).0;
        }
        assert_eq!(seen(&host.views()), expected, "cut at {cut}");
        let named = host.views().schedules(|book| book.named("default", "d").map(|found| found.id));
        assert_eq!(named.value, Some(schedule(4)));
        assert!(host.views().schedules(|book| book.named("default", "b").is_none()).value);
    }
}

#[test]
fn what_follows_waits_until_it_is_handled() {
    let mut past = History::begun();
    let mut said = |event: Event| past.recorded(schedule(1), event);
    said(follower("a", "b", FollowOn::Success).into());
    for (moment_ms, run) in [(1000, 1), (1001, 2), (1002, 3), (1003, 4)] {
        said(followed(moment_ms, run, None));
    }
    said(followed(2000, 5, Some(1001)));
    said(fired(1000, 9, How::OnTime));
    said(left_out(1002, 1003, 2, LeftOutWhy::Overlap));
    said(SchedulePaused { why: PauseWhy::Asked, reason: String::new() }.into());
    said(followed(3000, 6, None));
    let told = |book: &ScheduleBook| {
        let one = book.find(schedule(1)).expect("it is there");
        let handled = one.recent.iter().map(|done| (done.first_ms, done.count, done.why, done.follows));
        let waiting = one.waiting.iter().map(|run| (run.moment_ms, run.workflow)).collect::<Vec<_>>();
        (waiting, one.handled_ms, one.left_out, handled.collect::<Vec<_>>())
    };
    let directory = tempfile::tempdir().expect("a directory");
    let (mut host, _) = open(directory.path());
    let last = past.records.last().expect("there are some").sequence;
    drop(host.apply(&past.records, chain(last)).expect("they can follow"));
    let handled = vec![
        (1001, 1, Some(LeftOutWhy::Overlap), None),
        (1000, 1, None, Some(id(1))),
        (1002, 2, Some(LeftOutWhy::Overlap), None),
    ];
    let waiting = vec![(2000, id(5)), (3000, id(6))];
    assert_eq!(host.views().schedules(told).value, (waiting, Some(1003), 3, handled));
    // Set again to the same, all of it stays; to other runs, what waits is none of its own any more.
    let mut said = |event: Event| past.recorded(schedule(1), event);
    said(follower("a", "b", FollowOn::Success).into());
    said(followed(3001, 7, Some(3000)));
    said(follower("a", "b", FollowOn::Any).into());
    let more: Vec<_> = past.records.iter().filter(|record| record.sequence > last).cloned().collect();
    let newest = more.last().expect("there are some").sequence;
    drop(host.apply(&more, chain(newest)).expect("they can follow"));
    let found = host.views().schedules(told).value;
    assert_eq!((found.0, found.1, found.2), (vec![], Some(3001), 4));
    assert_eq!(found.3.last(), Some(&(3000, 1, Some(LeftOutWhy::Paused), None)));
}
