//! Catching up, backfill and jitter.

use crate::check;
use triad_calendar::{CHOSEN_MAX, CatchUp, Timing, jitter_ms};

#[test]
fn the_policy_says_which_of_the_missed_fire() {
    let day = |day: &str| format!("2026-01-{day}T00:00:00+00:00");
    let (second, last) = (day("02"), day("05"));
    let missed = "handled 2026-01-01T00 now 2026-01-05T12";
    check("@daily", &format!("{missed} none"), &format!(" - 4: {second} {last}"));
    check("@daily", &format!("{missed} last"), &format!("{last} - 3: {second} {}", day("04")));
    let all = format!("{second} {} {} {last}", day("03"), day("04"));
    check("@daily", &format!("{missed} all 9 999"), &all);
    let newest = format!("{} {last} - 2: {second} {}", day("04"), day("03"));
    check("@daily", &format!("{missed} all 2 999"), &newest);
    // An age of 36 h reaches back to the fourth at noon, one of 36 h and a half to the fourth at midnight.
    check("@daily", &format!("{missed} all 9 36"), &newest);
    check("@daily", &format!("{missed} all 9 35"), &format!("{last} - 3: {second} {}", day("04")));
    check("@daily", &format!("{missed} all 0 999"), &format!(" - 4: {second} {last}"));
}

#[test]
fn what_is_due_now_is_missed_too_and_what_was_handled_is_not() {
    check("@daily", "handled 2026-01-01T00 now 2026-01-02T00 last", "2026-01-02T00:00:00+00:00");
    check("@daily", "handled 2026-01-01T00 now 2026-01-01T23 last", "");
    check("@daily", "handled 2026-01-02T00 now 2026-01-01T00 all 9 999", "");
}

#[test]
fn years_of_seconds_are_counted_and_not_listed() {
    let given = "* * * * * * | Europe/Berlin";
    let said = crate::answer(given, "handled 2016-01-01T00 now 2026-01-01T00 last");
    assert_eq!(
        said,
        "2026-01-01T01:00:00+01:00 - 315619199: 2016-01-01T01:00:01+01:00 2026-01-01T00:59:59+01:00"
    );
    let timing = Timing::parse("* * * * * *", None, crate::rules("")).expect("it is taken");
    let policy = CatchUp::All { count_max: usize::MAX, age_ms_max: i64::MAX };
    let chosen = timing.catch_up(crate::ms("2016-01-01T00"), crate::ms("2026-01-01T00"), policy);
    assert_eq!(chosen.fire_ms.len(), CHOSEN_MAX);
    assert_eq!(chosen.left_out.map(|left| left.count), Some(315_619_200 - CHOSEN_MAX as u64));
}

#[test]
fn a_backfill_takes_the_oldest_first_and_goes_on_where_it_stopped() {
    let range = "from 2026-01-01T00 before 2026-01-04T00 at most";
    let days = "2026-01-01T00:00:00+00:00 2026-01-02T00:00:00+00:00 2026-01-03T00:00:00+00:00";
    check("@daily", &format!("{range} 9"), days);
    check(
        "@daily",
        &format!("{range} 1"),
        "2026-01-01T00:00:00+00:00 - 2: 2026-01-02T00:00:00+00:00 2026-01-03T00:00:00+00:00",
    );
    check("@daily", "from 2026-01-04T00 before 2026-01-04T00 at most 9", "");
}

#[test]
fn jitter_is_what_its_formula_says() {
    // Computed in Python from the formula in the documentation.
    for (schedule, moment_ms, below_ms, jitter) in JITTER {
        assert_eq!(
            jitter_ms(schedule.as_bytes(), *moment_ms, *below_ms),
            *jitter,
            "{schedule} at {moment_ms}"
        );
    }
}

/// Schedule, moment, limit, and jitter.
const JITTER: &[(&str, i64, u64, u64)] = &[
    ("nightly", 1_767_225_600_000, 60_000, 40_910),
    ("nightly", 1_767_312_000_000, 60_000, 24_678),
    ("weekly", 1_767_225_600_000, 60_000, 50_676),
    ("", 0, 60_000, 20_963),
    ("nightly", 1_767_225_600_000, u64::MAX, 12_577_609_621_242_677_103),
    ("nightly", 1_767_225_600_000, 1, 0),
    ("nightly", 1_767_225_600_000, 0, 0),
];

#[test]
fn jitter_stays_below_its_limit_and_spreads() {
    let mut quarters = [0; 4];
    for number in 0..4_000_i64 {
        let jitter = jitter_ms(&number.to_le_bytes(), 1_767_225_600_000, 60_000);
        quarters[usize::try_from(jitter / 15_000).expect("below the limit")] += 1;
    }
    // Of 1,000 each, five standard deviations are 137.
    assert!(quarters.iter().all(|count| (863..=1_137).contains(count)), "{quarters:?}");
}
