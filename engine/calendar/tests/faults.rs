//! What is refused, and what is said of it.

use crate::check;

/// Expression, with a zone behind `|`, and the fault as people see it.
const FAULTS: &[(&str, &str)] = &[
    // The whole.
    ("", "expression, column 1: it is empty; write one, such as `0 6 * * *` or `@daily`"),
    (" \t ", "expression, column 1: it is empty; write one, such as `0 6 * * *` or `@daily`"),
    ("* * * *", "expression, column 8: 4 of 5 or 6 fields; FIELDS"),
    ("every day", "expression, column 10: 2 of 5 or 6 fields; FIELDS"),
    ("0 0 * * * * 2030", "expression, column 13: a field too many; years are not taken, so leave `2030` out"),
    (
        "CRON_TZ=Europe/Berlin 0 6 * * *",
        "expression, column 1: the zone stands in the expression; leave `CRON_TZ=Europe/Berlin` out and give the zone \
         beside it",
    ),
    // Nicknames.
    ("@dayly", "expression, column 1: there is no `@dayly`; write `@daily`"),
    (
        "@x",
        "expression, column 1: there is no `@x`; there are `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, \
         `@midnight`, `@hourly`, `@every`",
    ),
    ("@reboot", "expression, column 1: `@reboot` is no moment of the calendar; name one, such as `@daily`"),
    ("@daily 6", "expression, column 8: nothing goes with `@daily`; leave `6` out"),
    ("@every", "expression, column 7: `` is no duration; DURATION"),
    ("@every 15", "expression, column 8: `15` is no duration; DURATION"),
    ("@every 1.5h", "expression, column 8: `1.5h` is no duration; DURATION"),
    ("@every 30s5m", "expression, column 8: `30s5m` is no duration; DURATION"),
    ("@every 1h 30m", "expression, column 11: nothing goes with `@every`; leave `30m` out"),
    ("@every 0s", "expression, column 8: a duration of 0 s; from 1 s to 366 d are taken"),
    ("@every 367d", "expression, column 8: a duration of 31708800 s; from 1 s to 366 d are taken"),
    ("@every -5m", "expression, column 8: `-5m` is no duration; DURATION"),
    // Numbers.
    ("60 * * * *", "minute, column 1: 60 is not from 0 to 59; the full hour is 0"),
    ("0 24 * * *", "hour, column 3: 24 is not from 0 to 23; midnight is 0"),
    ("0 0 0 * *", "day of month, column 5: 0 is not from 1 to 31"),
    ("0 0 32 * *", "day of month, column 5: 32 is not from 1 to 31; the last day is `L`"),
    ("0 0 * 13 *", "month, column 7: 13 is not from 1 to 12; January is 1"),
    ("0 0 * * 8", "day of week, column 9: 8 is not from 0 to 7; Sunday is 0 or 7"),
    ("61 0 0 * * *", "second, column 1: 61 is not from 0 to 59"),
    ("0 0,6,99999999999 * * *", "hour, column 7: 99999999999 is not from 0 to 23"),
    // Characters and lists.
    ("a * * * *", "minute, column 1: there is no `a` here; MINUTE"),
    ("5x * * * *", "minute, column 2: `x` means nothing here; MINUTE"),
    ("0 6\u{a0}7 * * *", "hour, column 4: `\u{a0}` means nothing here; HOUR"),
    ("1,,2 * * * *", "minute, column 2: a comma with nothing beside it; leave it out, or write a value"),
    ("1, 2 * * * *", "second, column 2: a comma with nothing beside it; leave it out, or write a value"),
    (",1 * * * *", "minute, column 1: a comma with nothing beside it; leave it out, or write a value"),
    ("*,5 * * * *", "minute, column 1: `*` is every value already; leave the others out, or the `*`"),
    ("** * * * *", "minute, column 1: `*` means nothing here; MINUTE"),
    ("? * * * *", "minute, column 1: `?` stands for a day that does not matter; write `*` here"),
    ("0 -5 * * *", "hour, column 3: a value is missing before `-`; HOUR"),
    // Ranges and steps.
    ("0 9- * * *", "hour, column 4: a value is missing after `-`; HOUR"),
    ("0 22-2 * * *", "hour, column 3: `22-2` runs backwards; write `22-23,0-2`"),
    ("0 22-0 * * *", "hour, column 3: `22-0` runs backwards; write `22-23,0`"),
    ("0 0 * NOV-FEB *", "month, column 7: `NOV-FEB` runs backwards; write `NOV-DEC,JAN-FEB`"),
    ("0 0 * * FRI-MON", "day of week, column 9: `FRI-MON` runs backwards; write `FRI-SAT,SUN-MON`"),
    ("0 1-2-3 * * *", "hour, column 6: `-` means nothing here; HOUR"),
    ("*/0 * * * *", "minute, column 3: a step of 0 never moves; write 1 or more"),
    ("*/ * * * *", "minute, column 2: a value is missing after `/`; write how far to step, as in `*/5`"),
    ("*/5/2 * * * *", "minute, column 4: `/` means nothing here; a step is a whole number, as in `*/5`"),
    (
        "*/90 * * * *",
        "minute, column 3: a step of 90 leaves only 0 of 60 values; write `0`, or `@every` for what takes longer",
    ),
    (
        "5/15 * * * *",
        "minute, column 1: a step needs a range, and programs differ on what this means; write `5-59/15`",
    ),
    ("/5 * * * *", "minute, column 1: a value is missing before `/`; MINUTE"),
    // Names.
    ("0 0 * JANUARY *", "month, column 7: there is no `JANUARY` here; write `JAN`"),
    ("0 0 * * MONDAY", "day of week, column 9: there is no `MONDAY` here; write `MON`"),
    ("0 0 * * JAN", "day of week, column 9: there is no `JAN` here; WEEKDAY"),
    ("0 MON * * *", "hour, column 3: there is no `MON` here; HOUR"),
    ("0 0 * * MON2", "day of week, column 12: `2` means nothing here; WEEKDAY"),
    // L, W, #, + and the two fields of days.
    ("0 0 L-3 * *", "day of month, column 5: `L-3` is not taken here; DAY"),
    ("0 0 1-5W * *", "day of month, column 5: `1-5W` is not taken here; DAY"),
    ("0 0 W * *", "day of month, column 5: `W` is not taken here; DAY"),
    ("0 0 32W * *", "day of month, column 5: 32 is not from 1 to 31; the last day is `L`"),
    ("0 L * * *", "hour, column 3: there is no `L` here; HOUR"),
    ("0 0 * * L", "day of week, column 9: `L` is not taken here; WEEKDAY"),
    (
        "0 0 * * FRI#6",
        "day of week, column 13: a month has a weekday at most 5 times; write 1 to 5 after `#`, or `L` instead of it \
         for the last",
    ),
    ("0 0 * * MON-FRI#2", "day of week, column 9: `MON-FRI#2` is not taken here; WEEKDAY"),
    ("0 0 1#2 * *", "day of month, column 6: `#` means nothing here; DAY"),
    (
        "0 0 * * +FRI",
        "day of week, column 9: `+` asks for the day of month and the day of week at once, and one of them is every day; \
         leave it out",
    ),
    ("0 0 13 * +", "day of week, column 10: `+` is not taken here; WEEKDAY"),
    (
        "0 0 */2 * MON",
        "day of month, column 5: programs differ on `*/` beside a day of week; write `1-31/2` for either of them, or \
         `+` before the day of week for both",
    ),
    (
        "0 0 1 * */2",
        "day of week, column 9: programs differ on `*/` beside a day of month; write `0-6/2` for either of them, or \
         `+` before the day of week for both",
    ),
    // Days that there are not.
    ("0 0 30 2 *", "day of month, column 5: no day of any year fits; IMPOSSIBLE"),
    ("0 0 31 4,6,9,11 ?", "day of month, column 5: no day of any year fits; IMPOSSIBLE"),
    ("0 0 31W FEB *", "day of month, column 5: no day of any year fits; IMPOSSIBLE"),
    ("0 0 13 * +FRI#1", "day of month, column 5: no day of any year fits; IMPOSSIBLE"),
    // Zones.
    (
        "@daily | Europe/Berln",
        "zone, column 1: there is no time zone `Europe/Berln`; the nearest are \
         `Europe/Berlin`, `Europe/Dublin`, `Europe/Belgrade`",
    ),
    (
        "@daily | new york",
        "zone, column 1: there is no time zone `new york`; the nearest are `America/New_York`",
    ),
    ("@daily | qqq", "zone, column 1: there is no time zone `qqq`; name a place, such as `Europe/Berlin`"),
    ("@daily | +02:00", "zone, column 1: there is no time zone `+02:00`; OFFSET"),
    (
        "@daily | ",
        "zone, column 1: there is no time zone ``; leave it out for UTC, or name a place, such as `Europe/Berlin`",
    ),
];

/// What stands in many rows.
const ADVICE: &[(&str, &str)] = &[
    ("FIELDS", "write minute, hour, day of month, month and day of week, and seconds before them if at all"),
    (
        "DURATION",
        "write whole numbers with `d`, `h`, `m` or `s`, each once and in this order, such as `1h30m`",
    ),
    ("MINUTE", "write 0 to 59, as in `0`, `*`, `10-20`, `*/5` or `0,30`"),
    ("HOUR", "write 0 to 23, as in `6`, `*`, `9-17`, `*/2` or `6,18`"),
    ("WEEKDAY", "write 0 to 7 or SUN to SAT (0 and 7 are Sunday), `FRI#2` (the second) or `FRIL` (the last)"),
    ("DAY", "write 1 to 31, `*`, `L` (the last), `15W` (the working day nearest to it) or `LW`"),
    ("IMPOSSIBLE", "change the day of month, the month or the day of week"),
    (
        "OFFSET",
        "an offset is not a zone: name a place, such as `Europe/Berlin`, or `Etc/GMT-2`, which is 2 h ahead of UTC",
    ),
];

#[test]
fn each_fault_names_its_field_its_column_and_what_to_write() {
    for (given, fault) in FAULTS {
        let (start, advice) = fault.rsplit_once("; ").unwrap_or((fault, ""));
        let spelled = ADVICE.iter().find(|(short, _)| *short == advice);
        let fault = spelled.map_or((*fault).to_owned(), |(_, spelled)| format!("{start}; {spelled}"));
        check(given, "parse", &fault);
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let said = "expression, column 257: it has 257 bytes, at most 256 are taken; write ranges and steps instead of lists";
    check(&"9".repeat(257), "parse", said);
    check(&format!("@daily{}", " ".repeat(250)), "parse", "taken");
}

#[test]
fn a_long_name_of_a_zone_is_not_repeated_in_full() {
    let said = crate::answer(&format!("@daily | {}", "x".repeat(10_000)), "parse");
    assert!(said.len() < 250, "{said}");
}
