//! Which moments an expression names, in UTC.

use crate::check;

/// Expression, and its first moments after the beginning of 2026, as days and times.
const FIRST: &[(&str, &str)] = &[
    ("* * * * *", "01-01T00:01:00 01-01T00:02:00 01-01T00:03:00"),
    ("*/20 * * * * *", "01-01T00:00:20 01-01T00:00:40 01-01T00:01:00"),
    ("0,30 8-9 * * *", "01-01T08:00:00 01-01T08:30:00 01-01T09:00:00 01-01T09:30:00 01-02T08:00:00"),
    ("10-40/15 3 * * *", "01-01T03:10:00 01-01T03:25:00 01-01T03:40:00 01-02T03:10:00"),
    ("05 007 * * *", "01-01T07:05:00 01-02T07:05:00"),
    ("  0\t6  *   * *  ", "01-01T06:00:00 01-02T06:00:00"),
    ("15 30 6 * * *", "01-01T06:30:15 01-02T06:30:15"),
    ("@hourly", "01-01T01:00:00 01-01T02:00:00"),
    ("@Daily", "01-02T00:00:00 01-03T00:00:00"),
    ("@midnight", "01-02T00:00:00 01-03T00:00:00"),
    ("@weekly", "01-04T00:00:00 01-11T00:00:00"),
    ("@monthly", "02-01T00:00:00 03-01T00:00:00"),
    // Weekdays: 2026-01-01 is a Thursday.
    ("0 0 * * 0", "01-04T00:00:00 01-11T00:00:00"),
    ("0 0 * * 7", "01-04T00:00:00 01-11T00:00:00"),
    ("0 0 * * SAT-SUN", "01-03T00:00:00 01-04T00:00:00 01-10T00:00:00"),
    ("0 0 * * 6-7", "01-03T00:00:00 01-04T00:00:00 01-10T00:00:00"),
    ("0 0 * * mon,Wed", "01-05T00:00:00 01-07T00:00:00 01-12T00:00:00"),
    ("0 0 * * MON-FRI/2", "01-02T00:00:00 01-05T00:00:00 01-07T00:00:00 01-09T00:00:00"),
    ("0 0 * * */2", "01-03T00:00:00 01-04T00:00:00 01-06T00:00:00 01-08T00:00:00"),
    ("0 0 * * FRI#2", "01-09T00:00:00 02-13T00:00:00 03-13T00:00:00"),
    ("0 0 * * 5#5,MON#1", "01-05T00:00:00 01-30T00:00:00 02-02T00:00:00"),
    ("0 0 * * FRIL", "01-30T00:00:00 02-27T00:00:00 03-27T00:00:00"),
    ("0 0 * * 5L", "01-30T00:00:00 02-27T00:00:00 03-27T00:00:00"),
    ("0 0 * * 7L", "01-25T00:00:00 02-22T00:00:00 03-29T00:00:00"),
    // Days of the month.
    ("0 0 L * *", "01-31T00:00:00 02-28T00:00:00 03-31T00:00:00"),
    ("0 0 LW * *", "01-30T00:00:00 02-27T00:00:00 03-31T00:00:00 04-30T00:00:00 05-29T00:00:00"),
    ("0 0 15W * *", "01-15T00:00:00 02-16T00:00:00 03-16T00:00:00 04-15T00:00:00"),
    // Never in another month: the first of August is a Saturday, the last of May a Sunday.
    ("0 0 1W 8 *", "08-03T00:00:00"),
    ("0 0 31W 5 *", "05-29T00:00:00"),
    ("0 0 31 * *", "01-31T00:00:00 03-31T00:00:00 05-31T00:00:00"),
    ("0 0 */10 * *", "01-11T00:00:00 01-21T00:00:00 01-31T00:00:00 02-01T00:00:00"),
    ("0 0 1 jan-mar/2 *", "03-01T00:00:00"),
    ("0 0 1,15,L 2 ?", "02-01T00:00:00 02-15T00:00:00 02-28T00:00:00"),
    // Both fields of days: either, and with `+` both.
    ("0 0 13 * FRI", "01-02T00:00:00 01-09T00:00:00 01-13T00:00:00 01-16T00:00:00"),
    ("0 0 13 * +FRI", "02-13T00:00:00 03-13T00:00:00 11-13T00:00:00"),
    ("0 0 */2 * +MON", "01-05T00:00:00 01-19T00:00:00 02-09T00:00:00"),
    ("0 0 30 2 MON", "02-02T00:00:00 02-09T00:00:00 02-16T00:00:00 02-23T00:00:00"),
    ("0 0 8-14 * +TUE", "01-13T00:00:00 02-10T00:00:00"),
    // Durations count from 1970.
    ("@every 15m", "01-01T00:15:00 01-01T00:30:00"),
    ("@every 1h30m", "01-01T01:30:00 01-01T03:00:00"),
    ("@EVERY 1d", "01-02T00:00:00 01-03T00:00:00"),
    ("@every 7d", "01-01T00:00:00 01-08T00:00:00 01-15T00:00:00"),
];

#[test]
fn expressions_name_moments() {
    for (expression, moments) in FIRST {
        let moments: Vec<String> = moments.split(' ').map(|moment| format!("2026-{moment}+00:00")).collect();
        let last = &moments[moments.len() - 1][..19];
        // A second before the year, for what fires as it begins; what does is in the row.
        let begins = if moments[0].starts_with("2026-01-01T00:00:00") {
            "2025-12-31T23:59:59"
        } else {
            "2026-01-01T00"
        };
        check(expression, &format!("after {begins} until {last}"), &moments.join(" "));
        check(expression, &format!("count after {begins} until {last}"), &moments.len().to_string());
    }
}

#[test]
fn an_interval_is_open_before_and_closed_behind() {
    let day = "0 6 * * *";
    check(day, "after 2026-01-01T06 until 2026-01-02T06", "2026-01-02T06:00:00+00:00");
    check(day, "after 2026-01-01T06:00:01 until 2026-01-02T05:59:59", "");
    check(day, "after 2026-01-01T06 until 2026-01-01T06", "");
    check(day, "after 2026-01-02T06 until 2026-01-01T06", "");
    check(day, "next after 2026-01-01T06", "2026-01-02T06:00:00+00:00");
    check(day, "next after 2026-01-01T05:59:59.999", "2026-01-01T06:00:00+00:00");
    check(day, "previous before 2026-01-02T06", "2026-01-01T06:00:00+00:00");
    check(day, "previous before 2026-01-02T06:00:00.001", "2026-01-02T06:00:00+00:00");
}

#[test]
fn moments_lie_between_1970_and_9999() {
    check("@yearly", "next after 1960-01-01T00", "1970-01-01T00:00:00+00:00");
    check("@yearly", "previous before 1970-01-01T00:00:00.001", "1970-01-01T00:00:00+00:00");
    check("@yearly", "previous before 1970-01-01T00", "");
    check("@yearly", "previous before 9999-12-01T00", "9999-01-01T00:00:00+00:00");
    check("@yearly", "next after 9998-12-31T23", "9999-01-01T00:00:00+00:00");
    check("@yearly", "next after 9999-01-01T00", "");
    check("@yearly | America/New_York", "previous before 9999-12-01T00", "9998-01-01T00:00:00-05:00");
    check("* * * * * *", "count after 1960-01-01T00 until 9999-12-01T00", "253370764801");
    for timing in ["@yearly", "@every 1s", "0 0 29 2 *"] {
        let timing =
            triad_calendar::Timing::parse(timing, Some("Asia/Tokyo"), crate::rules("")).expect("it is taken");
        for edge in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
            let _ = (timing.next_after(edge), timing.previous_before(edge), timing.count(edge, i64::MAX));
            let _ = timing.catch_up(edge, i64::MAX, triad_calendar::CatchUp::Last);
            let _ = timing.backfill(edge, i64::MAX, 3);
        }
    }
}

#[test]
fn what_comes_once_in_decades_is_found() {
    check("0 0 29 2 *", "next after 2096-03-01T00", "2104-02-29T00:00:00+00:00");
    check("0 0 29 2 +MON", "next after 2024-03-01T00", "2044-02-29T00:00:00+00:00");
    check("0 0 29 2 +MON", "next after 2072-03-01T00", "2112-02-29T00:00:00+00:00");
    check("0 0 29 2 +MON", "previous before 2044-02-29T00", "2016-02-29T00:00:00+00:00");
}
