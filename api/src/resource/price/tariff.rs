//! A tariff: what electricity costs by the day of the week and the time on the wall, as contracts say it. It is a file with lines
//! `DAYS,FROM,UNTIL,USD_PER_KWH`; the first line that a time lies in says its price.

use super::file::micro_usd;
use triad_calendar::{Wall, Walls};
use triad_decide::limits::PRICE_MICRO_MAX;
use triad_event::prices::{PriceStep, StepLength};
use triad_event::quantity::{MicroUsd, Micros};

const QUARTER_MS: i64 = 900_000;
const HOUR_MS: i64 = 4 * QUARTER_MS;
const DAY_MINUTES: u16 = 24 * 60;
/// More is no tariff that people read.
const LINES_MAX: usize = 1000;
const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// What electricity costs by the clocks of a zone.
#[derive(Debug, Clone)]
pub(super) struct Tariff {
    lines: Vec<Line>,
    walls: Walls,
}

/// A part of some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    /// By day, Monday first.
    days: [bool; 7],
    from_minute: u16,
    /// Not before the other: what crosses midnight is two parts.
    until_minute: u16,
    micro_usd_per_kwh: i64,
}

impl Tariff {
    /// Reads a file, or says what is wrong with which line. Every time of the week must have a price.
    pub(super) fn read(text: &str, walls: Walls) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Vec::new();
        for (line, number) in text.lines().zip(1_usize..) {
            let line = line.trim();
            let is_head = number == 1 && line.to_ascii_lowercase().starts_with("days");
            if line.is_empty() || line.starts_with('#') || is_head {
                continue;
            }
            lines.extend(read_line(line).map_err(|what| format!("line {number}: {what}"))?);
            if lines.len() > LINES_MAX {
                return Err(format!("line {number}: a tariff has at most {LINES_MAX} parts"));
            }
        }
        let tariff = Self { lines, walls };
        match tariff.gap() {
            None => Ok(tariff),
            Some((day, minute)) => {
                Err(format!("no line says what {day} {:02}:{:02} costs", minute / 60, minute % 60))
            }
        }
    }

    /// The prices from the quarter of an hour on in which a moment lies, as hours where one has one price.
    pub(super) fn steps(&self, from_ms: i64, until_ms: i64) -> Vec<PriceStep> {
        let mut steps = Vec::new();
        let mut at_ms = from_ms.div_euclid(QUARTER_MS) * QUARTER_MS;
        while at_ms < until_ms {
            let price = self.price(at_ms);
            let is_hour = at_ms.rem_euclid(HOUR_MS) == 0
                && (1..4).all(|quarter| self.price(at_ms + quarter * QUARTER_MS) == price);
            let (length, span_ms) =
                if is_hour { (StepLength::Hour, HOUR_MS) } else { (StepLength::Quarter, QUARTER_MS) };
            steps.push(PriceStep { from: Micros(at_ms * 1000), length, per_kwh: MicroUsd(price) });
            at_ms += span_ms;
        }
        steps
    }

    fn price(&self, at_ms: i64) -> i64 {
        let wall = self.walls.at(at_ms);
        let line = self.lines.iter().find(|line| line.holds(wall));
        line.expect("invariant: a tariff that was read has a price for every time").micro_usd_per_kwh
    }

    /// The first time of the week without a price.
    fn gap(&self) -> Option<(&'static str, u16)> {
        (1_u8..).zip(DAYS).find_map(|(weekday, day)| {
            let mut minutes = (0..DAY_MINUTES).step_by(15);
            let is_free =
                |minute: &u16| !self.lines.iter().any(|line| line.holds(Wall { weekday, minute: *minute }));
            Some((day, minutes.find(is_free)?))
        })
    }
}

impl Line {
    fn holds(&self, wall: Wall) -> bool {
        let is_of_day = self.days[usize::from(wall.weekday.clamp(1, 7)) - 1];
        is_of_day && (self.from_minute..self.until_minute).contains(&wall.minute)
    }
}

/// One part, or two where it crosses midnight: the second is of the days after.
fn read_line(line: &str) -> Result<Vec<Line>, String> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let [days, from, until, price] = cells[..] else {
        return Err("a part is DAYS,FROM,UNTIL,USD_PER_KWH, such as MON-FRI,07:00,22:00,0.31".to_owned());
    };
    let days = read_days(days)?;
    let (from_minute, until_minute) = (read_time(from)?, read_time(until)?);
    let micro_usd_per_kwh = micro_usd(price)?;
    if micro_usd_per_kwh.unsigned_abs() > PRICE_MICRO_MAX {
        return Err(format!("{price} USD/kWh is no price: one lies between -1000 and 1000"));
    }
    let part = |days, from_minute, until_minute| Line { days, from_minute, until_minute, micro_usd_per_kwh };
    if from_minute == until_minute {
        return Err(format!("{from} to {until} is no time: a whole day is 00:00 to 24:00"));
    }
    if from_minute < until_minute {
        return Ok(vec![part(days, from_minute, until_minute)]);
    }
    let mut next = days;
    next.rotate_right(1);
    let parts = [part(days, from_minute, DAY_MINUTES), part(next, 0, until_minute)];
    Ok(parts.into_iter().filter(|part| part.from_minute < part.until_minute).collect())
}

/// `MON`, `MON-FRI`, `SAT SUN`, `*`.
fn read_days(written: &str) -> Result<[bool; 7], String> {
    let unknown = || format!("{written:?} names no days: write MON, MON-FRI, SAT SUN or *");
    let day = |name: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(name)).ok_or_else(unknown);
    if written == "*" {
        return Ok([true; 7]);
    }
    let mut days = [false; 7];
    for part in written.split_whitespace() {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        // FRI-MON goes over the end of the week.
        let count = (last + 7 - first) % 7 + 1;
        (0..count).for_each(|offset| days[(first + offset) % 7] = true);
    }
    if days.contains(&true) { Ok(days) } else { Err(unknown()) }
}

/// Hours and minutes of a day, in quarters of an hour, with 24:00 for its end.
fn read_time(written: &str) -> Result<u16, String> {
    let wrong = || format!("{written:?} is no time of day: write 00:00 to 24:00, in quarters of an hour");
    let (hour, minute) = written.split_once(':').ok_or_else(wrong)?;
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) {
        return Err(wrong());
    }
    let (hour, minute): (u16, u16) =
        (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
    let minutes = hour * 60 + minute;
    let is_one = minute < 60 && minute % 15 == 0 && minutes <= DAY_MINUTES;
    if is_one { Ok(minutes) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Walls {
        Walls::of("Europe/Berlin").expect("a zone")
    }

    const WEEK: &str = "days,from,until,usd_per_kwh\n# nights\n*,22:00,06:00,0.12\n\
        SAT SUN,06:00,22:00,0.2\nMON-FRI,06:00,22:00,0.31\n";

    fn ms(written: &str) -> i64 {
        written.parse::<jiff::Timestamp>().expect("a moment").as_millisecond()
    }

    #[test]
    fn a_tariff_goes_by_the_clock_on_the_wall() {
        let tariff = Tariff::read(WEEK, berlin()).expect("a tariff");
        let table = [
            // A Wednesday in winter: one hour ahead of UTC.
            ("2026-12-02T04:45:00Z", 120_000),
            ("2026-12-02T05:00:00Z", 310_000),
            ("2026-12-02T21:00:00Z", 120_000),
            // The same by the wall in summer is an hour earlier.
            ("2026-07-01T04:00:00Z", 310_000),
            ("2026-12-05T12:00:00Z", 200_000),
        ];
        for (at, price) in table {
            assert_eq!(tariff.price(ms(at)), price, "{at}");
        }
    }

    #[test]
    fn days_of_23_and_25_hours_have_as_many_steps() {
        let tariff = Tariff::read(WEEK, berlin()).expect("a tariff");
        for (from, until, hours) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ] {
            let steps = tariff.steps(ms(from), ms(until));
            assert_eq!(steps.len(), hours);
            assert!(steps.iter().all(|step| step.length == StepLength::Hour));
            assert_eq!(steps.iter().filter(|step| step.per_kwh.0 == 200_000).count(), 16);
        }
    }

    #[test]
    fn what_begins_within_an_hour_is_quarters() {
        let tariff = Tariff::read("*,00:00,07:15,0.1\n*,07:15,24:00,0.2", Walls::of("UTC").expect("a zone"));
        let steps = tariff.expect("a tariff").steps(ms("2026-12-02T06:50:00Z"), ms("2026-12-02T09:00:00Z"));
        let found: Vec<_> = steps.iter().map(|step| (step.length, step.per_kwh.0)).collect();
        let (quarter, hour) = (StepLength::Quarter, StepLength::Hour);
        let first = [(quarter, 100_000), (quarter, 100_000)];
        assert_eq!(found, [&first[..], &[(quarter, 200_000); 3], &[(hour, 200_000)]].concat());
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_a_gap_by_its_time() {
        let table = [
            ("*,00:00,24:00", "line 1: a part is DAYS,FROM,UNTIL,USD_PER_KWH"),
            ("\nMO,00:00,24:00,1", "line 2: \"MO\" names no days"),
            (",00:00,24:00,1", "line 1: \"\" names no days"),
            ("*,0:00,24:00,1", "line 1: \"0:00\" is no time of day"),
            ("*,00:10,24:00,1", "line 1: \"00:10\" is no time of day"),
            ("*,00:00,24:15,1", "line 1: \"24:15\" is no time of day"),
            ("*,07:00,07:00,1", "line 1: 07:00 to 07:00 is no time"),
            ("*,00:00,24:00,5000", "line 1: 5000 USD/kWh is no price"),
            ("*,00:00,24:00,cheap", "line 1: \"cheap\" is no price"),
            ("MON-SAT,00:00,24:00,1", "no line says what SUN 00:00 costs"),
            ("*,00:00,12:00,1\n*,12:15,24:00,2", "no line says what MON 12:00 costs"),
            ("", "no line says what MON 00:00 costs"),
        ];
        for (text, says) in table {
            let found = Tariff::read(text, berlin()).err();
            assert!(found.as_deref().is_some_and(|found| found.starts_with(says)), "{text:?}: {found:?}");
        }
        let over_midnight =
            Tariff::read("FRI-MON,00:00,24:00,1\nMON-THU,22:00,02:00,2\n*,00:00,24:00,3", berlin());
        let price = |at| over_midnight.as_ref().map(|tariff| tariff.price(ms(at)) / 1_000_000);
        // Tuesday 23:00 and Wednesday 01:00, then Wednesday 03:00 by the wall.
        assert_eq!(price("2026-12-01T22:00:00Z"), Ok(2));
        assert_eq!(price("2026-12-02T00:00:00Z"), Ok(2));
        assert_eq!(price("2026-12-02T02:00:00Z"), Ok(3));
    }
}
