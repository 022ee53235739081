//! What happens when the clock on the wall is put forward or back.

use crate::check;

// In Berlin 02:00 becomes 03:00 on 2026-03-29 at 01:00 UTC, and 03:00 becomes 02:00 on 2026-10-25 at 01:00 UTC.
const SPRING: &str = "after 2026-03-28T00 until 2026-03-30T12";
const SPRING_NIGHT: &str = "after 2026-03-29T00 until 2026-03-29T02:30:00";
const AUTUMN: &str = "after 2026-10-24T12 until 2026-10-26T12";
const AUTUMN_NIGHT: &str = "after 2026-10-24T23:30:00 until 2026-10-25T02:30:00";

#[test]
fn a_fixed_time_in_the_gap_is_shifted_or_skipped() {
    let shifted = "2026-03-28T02:30:00+01:00 2026-03-29T03:00:00+02:00 2026-03-30T02:30:00+02:00";
    check("30 2 * * * | Europe/Berlin", SPRING, shifted);
    check("30 2 * * * | Europe/Berlin | skip", SPRING, "2026-03-28T02:30:00+01:00 2026-03-30T02:30:00+02:00");
    // The first minute of the gap is in it, the first after it is not.
    check("0 2 * * * | Europe/Berlin", SPRING_NIGHT, "2026-03-29T03:00:00+02:00");
    check("0 2 * * * | Europe/Berlin | skip", SPRING_NIGHT, "");
    check("0 3 * * * | Europe/Berlin | skip", SPRING_NIGHT, "2026-03-29T03:00:00+02:00");
    check("59 1 * * * | Europe/Berlin | skip", SPRING_NIGHT, "2026-03-29T01:59:00+01:00");
}

#[test]
fn what_is_shifted_to_one_moment_fires_there_once() {
    check("0,15,30 2 * * * | Europe/Berlin", SPRING_NIGHT, "2026-03-29T03:00:00+02:00");
    check(
        "0,30 2,3 * * * | Europe/Berlin",
        SPRING_NIGHT,
        "2026-03-29T03:00:00+02:00 2026-03-29T03:30:00+02:00",
    );
    check("0,30 2,3 * * * | Europe/Berlin", &format!("count {SPRING_NIGHT}"), "2");
    check("30 2,3 * * * | Europe/Berlin", &format!("count {SPRING_NIGHT}"), "2");
}

#[test]
fn a_fixed_time_that_comes_twice_fires_the_first_time_or_the_last() {
    let others = |second: &str| format!("2026-10-25T02:30:00{second} 2026-10-26T02:30:00+01:00");
    check("30 2 * * * | Europe/Berlin", AUTUMN, &others("+02:00"));
    check("30 2 * * * | Europe/Berlin | last", AUTUMN, &others("+01:00"));
    // The edges of the fold: 02:00 comes twice, 03:00 once.
    check("0 2 * * * | Europe/Berlin", AUTUMN_NIGHT, "2026-10-25T02:00:00+02:00");
    check("0 2 * * * | Europe/Berlin | last", AUTUMN_NIGHT, "2026-10-25T02:00:00+01:00");
    check("0 3 * * * | Europe/Berlin", AUTUMN_NIGHT, "2026-10-25T03:00:00+01:00");
    check("0 3 * * * | Europe/Berlin | last", AUTUMN_NIGHT, "2026-10-25T03:00:00+01:00");
}

#[test]
fn a_schedule_that_repeats_fires_whenever_the_clock_matches() {
    let spring = "2026-03-29T03:00:00+02:00 2026-03-29T04:00:00+02:00";
    let autumn = "2026-10-25T02:00:00+02:00 2026-10-25T02:00:00+01:00 2026-10-25T03:00:00+01:00";
    for rules in ["", "skip last"] {
        check(&format!("@hourly | Europe/Berlin | {rules}"), SPRING_NIGHT, spring);
        check(&format!("@hourly | Europe/Berlin | {rules}"), AUTUMN_NIGHT, autumn);
        check(&format!("*/30 2 * * * | Europe/Berlin | {rules}"), SPRING_NIGHT, "");
        check(&format!("*/30 2 * * * | Europe/Berlin | {rules}"), &format!("count {AUTUMN_NIGHT}"), "4");
    }
    check("30 */2 * * * | Europe/Berlin", SPRING_NIGHT, "2026-03-29T04:30:00+02:00");
    // Hours that are written out are fixed times.
    check("0 0-23 * * * | Europe/Berlin", SPRING_NIGHT, spring);
    check(
        "0 0-23 * * * | Europe/Berlin",
        AUTUMN_NIGHT,
        "2026-10-25T02:00:00+02:00 2026-10-25T03:00:00+01:00",
    );
    check("@every 1h | Europe/Berlin", AUTUMN_NIGHT, autumn);
}

#[test]
fn what_repeats_is_what_has_a_star_among_seconds_minutes_and_hours() {
    for repeats in [
        "* * * * *",
        "*/5 2 * * *",
        "0 * * * *",
        "0 */2 * * *",
        "*/10 0 2 * * *",
        "@every 1d",
        "7,*/5 2 * * *",
    ] {
        check(repeats, "parse", "repeats");
    }
    for fixed in ["0 2 * * *", "0-59 0-23 * * *", "0-59/15 2 * * *", "0 0 2 * * *", "@daily", "0 2 */2 * *"] {
        check(fixed, "parse", "taken");
    }
}

#[test]
fn gaps_and_folds_need_not_be_an_hour_nor_at_night() {
    // Lord Howe Island: half an hour; 02:00 becomes 02:30 on 2026-10-04, and 01:30 on 2026-04-05.
    let lord_howe = "after 2026-10-03T14 until 2026-10-03T16:30:00";
    check("15 2 * * * | Australia/Lord_Howe", lord_howe, "2026-10-04T02:30:00+11:00");
    check(
        "0 * * * * | Australia/Lord_Howe",
        lord_howe,
        "2026-10-04T01:00:00+10:30 2026-10-04T03:00:00+11:00",
    );
    check("45 1 * * * | Australia/Lord_Howe | last", "next after 2026-04-04T12", "2026-04-05T01:45:00+10:30");
    // Beirut: midnight becomes one o'clock on 2026-03-29, so that day has none.
    check("@daily | Asia/Beirut", "next after 2026-03-28T12", "2026-03-29T01:00:00+03:00");
    check("@daily | Asia/Beirut | skip", "next after 2026-03-28T12", "2026-03-30T00:00:00+03:00");
    // Samoa had no 2011-12-30 at all.
    let samoa = "after 2011-12-29T12 until 2011-12-31T12";
    check(
        "0 12 * * * | Pacific/Apia",
        samoa,
        "2011-12-29T12:00:00-10:00 2011-12-31T00:00:00+14:00 2011-12-31T12:00:00+14:00",
    );
    check("0 12 30 12 * | Pacific/Apia | skip", samoa, "");
    // Dublin is put forward by a saving that is written as negative in winter.
    check("30 1 * * * | Europe/Dublin", "next after 2026-03-28T12", "2026-03-29T02:00:00+01:00");
    // Troll station: two hours.
    check("30 1 * * * | Antarctica/Troll", "next after 2026-03-28T12", "2026-03-29T03:00:00+02:00");
}

#[test]
fn what_is_skipped_every_time_never_fires() {
    // The last Sunday of March is the day of the gap, so nothing is left since 1996.
    let given = "30 2 25-31 3 +SUN | Europe/Berlin | skip";
    check(given, "next after 2026-01-01T00", "");
    check(given, "previous before 2026-01-01T00", "1980-03-30T02:30:00+01:00");
    check("30 2 25-31 3 +SUN | Europe/Berlin", "next after 2026-01-01T00", "2026-03-29T03:00:00+02:00");
}
