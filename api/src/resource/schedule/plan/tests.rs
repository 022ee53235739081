//! What comes next for a schedule, as tables: times are seconds, and moments come every ten of them.

use super::super::moments::Moments;
use super::{LATENESS_MS, QUEUED_MAX, Run, Standing, Step};
use triad_calendar::{Rules, Timing};
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;
use triad_event::schedules::{CatchUp, CatchUpPolicy, How, LeftOutWhy, Overlap};

/// A time that is no moment, far enough from 1970.
const BEGIN_S: i64 = 1_000_001;

fn standing(overlap: Overlap, policy: CatchUpPolicy, run: Run) -> Standing {
    let (count_max, age_max) = match policy {
        CatchUpPolicy::All => (3, Millis(600_000)),
        CatchUpPolicy::None | CatchUpPolicy::Last => (0, Millis(0)),
    };
    Standing {
        id: StreamId([0xc1; 16]),
        after_ms: BEGIN_S * 1000,
        resumed_ms: None,
        overlap,
        catch_up: CatchUp { policy, count_max, age_max },
        jitter_max: Millis(0),
        run,
    }
}

fn moments() -> Moments {
    Moments::Calendar(Timing::parse("@every 10s", None, Rules::default()).expect("it is one"))
}

/// What comes next, in seconds since the beginning.
fn told(standing: &Standing, now_s: i64) -> String {
    let since = |ms: i64| ms / 1000 - BEGIN_S;
    match standing.step(&moments(), (BEGIN_S + now_s) * 1000) {
        Step::Fire { moment_ms, how } => format!("fire {} {how:?}", since(moment_ms)),
        Step::LeaveOut { left, why } => {
            format!(
                "leave out {} from {} to {}: {why:?}",
                left.count,
                since(left.first_ms),
                since(left.last_ms)
            )
        }
        Step::Look { at_ms } => format!("look at {}", since(at_ms)),
        Step::Await => "await".to_owned(),
        Step::Rest => "rest".to_owned(),
    }
}

#[track_caller]
fn check(standing: &Standing, rows: &[(i64, &str)]) {
    for (now_s, expected) in rows {
        assert_eq!(told(standing, *now_s), *expected, "at {now_s}");
    }
}

#[test]
fn what_is_due_fires_and_what_passed_goes_by_the_catch_up() {
    use CatchUpPolicy::{All, Last, None};
    let of = |policy| standing(Overlap::Allow, policy, Run::None);
    check(
        &of(None),
        &[
            // A clock that is set back fires nothing.
            (-500, "look at 9"),
            (0, "look at 9"),
            (8, "look at 9"),
            (9, "fire 9 OnTime"),
            (18, "fire 9 OnTime"),
            (20, "leave out 1 from 9 to 9: Missed"),
            (500, "leave out 49 from 9 to 489: Missed"),
        ],
    );
    check(
        &of(Last),
        &[(18, "fire 9 OnTime"), (20, "fire 9 CaughtUp"), (500, "leave out 48 from 9 to 479: Missed")],
    );
    check(
        &of(All),
        &[
            (18, "fire 9 OnTime"),
            (20, "fire 9 CaughtUp"),
            (48, "fire 9 CaughtUp"),
            (49, "leave out 1 from 9 to 9: Missed"),
            (700, "leave out 66 from 9 to 659: Missed"),
        ],
    );
}

#[test]
fn what_is_left_out_first_leaves_what_fires() {
    let late = |after_s: i64, policy| Standing {
        after_ms: (BEGIN_S + after_s) * 1000,
        ..standing(Overlap::Allow, policy, Run::None)
    };
    check(&late(479, CatchUpPolicy::Last), &[(500, "fire 489 CaughtUp")]);
    check(&late(459, CatchUpPolicy::All), &[(500, "fire 469 CaughtUp")]);
    check(&late(489, CatchUpPolicy::None), &[(500, "fire 499 OnTime")]);
}

#[test]
fn a_run_that_goes_on_leaves_out_lets_wait_or_does_not_matter() {
    let of = |overlap| standing(overlap, CatchUpPolicy::Last, Run::Alive);
    check(&of(Overlap::Skip), &[(8, "look at 9"), (9, "leave out 1 from 9 to 9: Overlap")]);
    check(&of(Overlap::Skip), &[(19, "leave out 2 from 9 to 19: Overlap")]);
    check(&of(Overlap::Queue), &[(8, "look at 9"), (9, "await"), (5000, "await")]);
    check(&of(Overlap::Allow), &[(9, "fire 9 OnTime")]);
    // What waited for the run is not missed, however long that took; what passed after its end is.
    let ended = |at_s: i64, after_s: i64| Standing {
        after_ms: (BEGIN_S + after_s) * 1000,
        ..standing(Overlap::Queue, CatchUpPolicy::None, Run::Ended { at_ms: (BEGIN_S + at_s) * 1000 })
    };
    check(&ended(95, 0), &[(96, "fire 9 OnTime"), (500, "fire 9 OnTime")]);
    check(&ended(95, 89), &[(96, "look at 99"), (500, "leave out 40 from 99 to 489: Missed")]);
    let most = i64::try_from(QUEUED_MAX).expect("it fits");
    check(&ended(most * 10 + 9, 0), &[(most * 10 + 10, "leave out 1 from 9 to 9: Overlap")]);
}

#[test]
fn what_passed_while_it_was_paused_is_left_out() {
    let resumed = Standing {
        resumed_ms: Some((BEGIN_S + 45) * 1000),
        ..standing(Overlap::Allow, CatchUpPolicy::All, Run::None)
    };
    check(&resumed, &[(45, "leave out 4 from 9 to 39: Paused"), (60, "leave out 4 from 9 to 39: Paused")]);
    let after = Standing { after_ms: (BEGIN_S + 39) * 1000, ..resumed };
    check(&after, &[(45, "look at 49"), (50, "fire 49 OnTime")]);
}

#[test]
fn jitter_lets_a_moment_wait_and_counts_as_no_lateness() {
    let jitter_max = Millis(8_000);
    let spread = Standing { jitter_max, ..standing(Overlap::Allow, CatchUpPolicy::None, Run::None) };
    let first_ms = (BEGIN_S + 9) * 1000;
    let Step::Look { at_ms } = spread.step(&moments(), first_ms - 1) else { panic!("it is not due") };
    assert!((first_ms..first_ms + 8_000).contains(&at_ms));
    let steps = [at_ms - 1, at_ms, first_ms + LATENESS_MS + 7_999].map(|now| spread.step(&moments(), now));
    assert!(matches!(steps[0], Step::Look { .. }) || at_ms == first_ms, "{steps:?}");
    assert!(steps[1..].iter().all(|step| matches!(step, Step::Fire { .. })), "{steps:?}");
}

#[test]
fn what_never_fires_rests() {
    let never = Timing::parse(
        "30 2 25-31 3 +SUN",
        Some("Europe/Berlin"),
        Rules { gap: triad_calendar::Gap::Skip, ..Rules::default() },
    );
    // Before 1981 clocks were not set forward on that day.
    let now_ms = 1_767_225_600_000;
    let standing = Standing { after_ms: now_ms, ..standing(Overlap::Allow, CatchUpPolicy::Last, Run::None) };
    let never = Moments::Calendar(never.expect("it is one"));
    assert_eq!(standing.step(&never, now_ms), Step::Rest);
}

/// What runs named is handled once each and the oldest first, by every rule, also where some have been missed.
#[test]
fn what_runs_named_is_handled_once_each() {
    let named = [1, 2, 3, 9_000, 9_001, 30_000, 61_000, 61_001, 61_002];
    for overlap in [Overlap::Skip, Overlap::Queue, Overlap::Allow] {
        for policy in [CatchUpPolicy::None, CatchUpPolicy::Last, CatchUpPolicy::All] {
            for (jitter_ms, resumed_ms) in [(0, None), (5_000, None), (0, Some(9_000))] {
                let mut standing =
                    Standing { after_ms: i64::MIN, resumed_ms, ..standing(overlap, policy, Run::None) };
                standing.jitter_max = Millis(jitter_ms);
                let (mut waiting, mut begun_ms) = (named.to_vec(), 0);
                for now_ms in (0..90_000).step_by(500).chain(61_000..61_010) {
                    if now_ms - begun_ms >= 12_000 && standing.run == Run::Alive {
                        standing.run = Run::Ended { at_ms: now_ms };
                    }
                    let there: Vec<i64> =
                        waiting.iter().copied().filter(|moment| *moment <= now_ms).collect();
                    match standing.step(&Moments::Named(there), now_ms) {
                        Step::Fire { moment_ms, .. } => {
                            assert_eq!(waiting.remove(0), moment_ms);
                            (standing.run, begun_ms) = (Run::Alive, now_ms);
                        }
                        Step::LeaveOut { left, .. } => {
                            assert_eq!((waiting[0], left.count > 0), (left.first_ms, true));
                            let rest = waiting.split_off(left.count as usize);
                            assert_eq!(waiting.last(), Some(&left.last_ms));
                            waiting = rest;
                        }
                        Step::Look { .. } | Step::Await | Step::Rest => {}
                    }
                }
                let is_all = overlap == Overlap::Queue || waiting.is_empty();
                assert!(is_all, "{overlap:?} {policy:?} {jitter_ms}: {waiting:?} are not handled");
            }
        }
    }
}

/// A midnight: a moment of every expression here, and the last one that was handled.
const DOWN_MS: i64 = 1_767_225_600_000;
const HOUR_MS: i64 = 3_600_000;

/// What is done once a server is there again after a time, as long as anything is due. Each run has ended when the next moment is
/// looked at, or goes on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Resumption {
    caught_up: u64,
    on_time: u64,
    missed: u64,
    overlapped: u64,
    /// How many records that takes.
    records: u64,
}

fn resume(at: &str, mut standing: Standing, now_ms: i64, runs_go_on: bool) -> Resumption {
    let timing = Timing::parse(at, Some("Europe/Berlin"), Rules::default()).expect("it is one");
    let moments = Moments::Calendar(timing);
    let mut came = Resumption::default();
    loop {
        standing.after_ms = match standing.step(&moments, now_ms) {
            Step::Fire { moment_ms, how } => {
                match how {
                    How::OnTime => came.on_time += 1,
                    How::CaughtUp => came.caught_up += 1,
                    How::Backfill => panic!("nobody asked for one"),
                }
                standing.run = if runs_go_on { Run::Alive } else { Run::Ended { at_ms: now_ms } };
                moment_ms
            }
            Step::LeaveOut { left, why: LeftOutWhy::Missed } => {
                came.missed += left.count;
                left.last_ms
            }
            Step::LeaveOut { left, why: LeftOutWhy::Overlap } => {
                came.overlapped += left.count;
                left.last_ms
            }
            Step::LeaveOut { why, .. } => panic!("nothing is left out for {why:?}"),
            Step::Look { .. } | Step::Await | Step::Rest => return came,
        };
        came.records += 1;
    }
}

/// A server was down for 48 hours. Numbers are moments that are caught up, on time, missed and overlapped, and records.
#[test]
fn two_days_of_downtime_are_made_up_for_as_the_policy_says() {
    use CatchUpPolicy::{All, Last, None};
    use Overlap::{Allow, Queue, Skip};
    let bounded = |policy, count_max, hours: i64| {
        let age_max = Millis(u64::try_from(hours * HOUR_MS).expect("a span"));
        CatchUp { policy, count_max, age_max }
    };
    let [none, last] = [None, Last].map(|policy| bounded(policy, 0, 0));
    // As it is when nobody says otherwise, with room for everything, and with a day.
    let [usual, whole, day] =
        [(100, 168), (10_000, 168), (10_000, 24)].map(|(count, hours)| bounded(All, count, hours));
    // Half a minute behind the last moment, and within what counts as on time.
    let (late, soon) = (30_000, 5_000);
    let rows = [
        ("@every 5m", &none, Allow, late, [0, 0, 576, 0, 1]),
        ("@every 5m", &last, Allow, late, [1, 0, 575, 0, 2]),
        ("@every 5m", &usual, Allow, late, [100, 0, 476, 0, 101]),
        ("@every 5m", &whole, Allow, late, [576, 0, 0, 0, 576]),
        ("@every 5m", &day, Allow, late, [288, 0, 288, 0, 289]),
        ("@every 5m", &none, Allow, soon, [0, 1, 575, 0, 2]),
        ("@every 5m", &last, Allow, soon, [1, 1, 574, 0, 3]),
        ("@every 5m", &whole, Allow, soon, [575, 1, 0, 0, 576]),
        ("@hourly", &none, Allow, late, [0, 0, 48, 0, 1]),
        ("@hourly", &last, Allow, late, [1, 0, 47, 0, 2]),
        ("@hourly", &usual, Allow, late, [48, 0, 0, 0, 48]),
        ("@hourly", &day, Allow, late, [24, 0, 24, 0, 25]),
        ("@hourly", &last, Allow, soon, [1, 1, 46, 0, 3]),
        // The run of the first goes on, and the rest meet it.
        ("@hourly", &usual, Skip, late, [1, 0, 0, 47, 2]),
        ("@every 5m", &last, Skip, soon, [1, 0, 574, 1, 3]),
        ("@hourly", &usual, Queue, late, [1, 0, 0, 0, 1]),
    ];
    for (at, catch_up, overlap, behind_ms, expected) in rows {
        let standing =
            Standing { after_ms: DOWN_MS, catch_up: catch_up.clone(), ..standing(overlap, Last, Run::None) };
        let came = resume(at, standing, DOWN_MS + 48 * HOUR_MS + behind_ms, overlap != Allow);
        let Resumption { caught_up, on_time, missed, overlapped, records } = came;
        let found = [caught_up, on_time, missed, overlapped, records];
        assert_eq!(found, expected, "{at} {catch_up:?} {overlap:?} {behind_ms} ms behind");
    }
}
