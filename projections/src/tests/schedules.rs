//! What readers see of schedules, however the records come in.

use triad_event::Event;
use triad_event::bulk::Connection;
use triad_event::definitions::Language;
use triad_event::governance::StreamClosed;
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;
use triad_event::schedules::{
    BackfillEnded, BackfillRequested, BackfillWhy, CatchUp, CatchUpPolicy, EndBackfill, Fold, Gap, How,
    LeftOutWhy, MomentFired, MomentsLeftOut, Overlap, PauseWhy, ScheduleDeleted, SchedulePaused,
    ScheduleResumed, ScheduleSet,
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
    }
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
