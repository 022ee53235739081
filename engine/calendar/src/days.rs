//! Days: which of a month fit the day of month, the month and the day of week.

use crate::fault::{Fault, Problem};
use crate::field::{self, Range};
use crate::written::Word;

/// The three fields of days. A set of days of a month has bit 1 for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    /// Bit 1 is January.
    months: u64,
    of_month: OfMonth,
    of_week: OfWeek,
    holds: Holds,
}

/// Which of the two fields of days must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Both are `*`.
    Neither,
    /// The day of week is `*`.
    OfMonth,
    /// The day of month is `*`.
    OfWeek,
    /// Both are restricted: one suffices, as in the cron of Paul Vixie.
    Either,
    /// Both are restricted, and `+` stands before the day of week.
    Both,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfMonth {
    days: u64,
    /// `L`.
    last: bool,
    /// `LW`.
    last_working: bool,
    /// `15W`: days whose nearest working day is meant.
    nearest_working: u64,
}

/// Bit 0 of each set is Sunday.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfWeek {
    days: u64,
    /// `FRI#2`, from the first to the fifth of a month.
    nth: [u64; 5],
    /// `FRIL`.
    last: u64,
}

impl Days {
    /// # Errors
    ///
    /// Whatever is wrong with a field, with the two fields of days beside each other, or when no day ever fits.
    pub(crate) fn parse(of_month: &Word<'_>, month: &Word<'_>, of_week: &Word<'_>) -> Result<Days, Fault> {
        let (days, months) = (OfMonth::parse(of_month)?, field::numbers(month, &Range::MONTH)?.0);
        let (plus, week_word) = match of_week.text.strip_prefix('+') {
            Some("") => return Err(Range::DAY_OF_WEEK.form(of_week)),
            Some(text) => (true, Word { text, at: of_week.at + 1 }),
            None => (false, *of_week),
        };
        let week = OfWeek::parse(&week_word)?;
        let holds = match (is_every(of_month), is_every(&week_word)) {
            _ if plus && (is_every(of_month) || is_every(&week_word)) => {
                return Err(Range::DAY_OF_WEEK.fault(of_week.at, Problem::PlusAlone));
            }
            (true, true) => Holds::Neither,
            (false, true) => Holds::OfMonth,
            (true, false) => Holds::OfWeek,
            (false, false) if plus => Holds::Both,
            (false, false) => {
                refuse_two_readings(of_month, &Range::DAY_OF_MONTH, &Range::DAY_OF_WEEK)?;
                refuse_two_readings(of_week, &Range::DAY_OF_WEEK, &Range::DAY_OF_MONTH)?;
                Holds::Either
            }
        };
        let days = Days { months, of_month: days, of_week: week, holds };
        // These years have every length of a month beside every weekday that it can begin with.
        let fits = (2000..2028).any(|year| (1..=12).any(|month| days.of(Month { year, month }) != 0));
        if fits { Ok(days) } else { Err(Range::DAY_OF_MONTH.fault(of_month.at, Problem::Impossible)) }
    }

    /// The days of a month that fit.
    pub(crate) fn of(&self, month: Month) -> u64 {
        if self.months & 1 << month.month == 0 {
            return 0;
        }
        let length = month.length();
        let all = (2 << length) - 2;
        let of_month = || self.of_month.of(month, length);
        let of_week = || self.of_week.of(month, length);
        all & match self.holds {
            Holds::Neither => all,
            Holds::OfMonth => of_month(),
            Holds::OfWeek => of_week(),
            Holds::Either => of_month() | of_week(),
            Holds::Both => of_month() & of_week(),
        }
    }
}

fn is_every(word: &Word<'_>) -> bool {
    ["*", "?"].contains(&word.text)
}

/// The cron of Paul Vixie and its heirs want both days for `*/2` beside another field, other programs either.
fn refuse_two_readings(word: &Word<'_>, range: &Range, other: &Range) -> Result<(), Fault> {
    let last = range.max - u32::from(range.min == 0);
    match word.text.find('*') {
        None => Ok(()),
        Some(star) => {
            let either = word.text.replace('*', &format!("{}-{last}", range.min));
            Err(range.fault(word.at + star, Problem::DayRule { other: other.field, either }))
        }
    }
}

impl OfMonth {
    fn parse(word: &Word<'_>) -> Result<OfMonth, Fault> {
        let (range, mut parsed) = (&Range::DAY_OF_MONTH, OfMonth::default());
        if is_every(word) {
            return Ok(parsed);
        }
        for item in field::items(word, range)? {
            let upper = item.text.to_ascii_uppercase();
            match (upper.as_str(), upper.strip_suffix('W')) {
                ("L", _) => parsed.last = true,
                ("LW", _) => parsed.last_working = true,
                (_, Some(day)) if !day.is_empty() && day.bytes().all(|byte| byte.is_ascii_digit()) => {
                    let day = Word { text: &item.text[..day.len()], at: item.at };
                    parsed.nearest_working |= 1 << field::value(&day, range)?;
                }
                _ if upper.contains(['L', 'W']) => return Err(range.form(&item)),
                _ => parsed.days |= field::values(&item, range)?.0,
            }
        }
        Ok(parsed)
    }

    fn of(&self, month: Month, length: u32) -> u64 {
        let mut days = self.days;
        if self.last {
            days |= 1 << length;
        }
        if self.last_working {
            days |= 1 << month.nearest_working(length, length);
        }
        for day in (1..=length).filter(|day| self.nearest_working & 1 << day != 0) {
            days |= 1 << month.nearest_working(day, length);
        }
        days
    }
}

impl OfWeek {
    fn parse(word: &Word<'_>) -> Result<OfWeek, Fault> {
        let (range, mut parsed) = (&Range::DAY_OF_WEEK, OfWeek::default());
        if is_every(word) {
            return Ok(parsed);
        }
        for item in field::items(word, range)? {
            if let Some((day, nth)) = item.text.split_once('#') {
                let day = weekday(&Word { text: day, at: item.at }, &item)?;
                let Some(nth) = ["1", "2", "3", "4", "5"].iter().position(|digit| *digit == nth) else {
                    return Err(range.fault(item.at + item.text.len() - nth.len(), Problem::Nth));
                };
                parsed.nth[nth] |= day;
            } else if item.text.ends_with(['L', 'l']) {
                parsed.last |= weekday(&Word { text: &item.text[..item.text.len() - 1], ..item }, &item)?;
            } else {
                let (days, _) = field::values(&item, range)?;
                parsed.days |= sunday_once(days);
            }
        }
        Ok(parsed)
    }

    fn of(&self, month: Month, length: u32) -> u64 {
        let first = month.first_weekday();
        let mut days = 0;
        for day in 1..=length {
            let mut weekdays = self.days | self.nth[(day as usize - 1) / 7];
            if day + 7 > length {
                weekdays |= self.last;
            }
            days |= (weekdays >> ((first + day - 1) % 7) & 1) << day;
        }
        days
    }
}

/// The one weekday of `FRI#2` and `FRIL`.
fn weekday(word: &Word<'_>, item: &Word<'_>) -> Result<u64, Fault> {
    if word.text.is_empty() || word.text.contains(['*', '-', '/', '?']) {
        return Err(Range::DAY_OF_WEEK.form(item));
    }
    field::value(word, &Range::DAY_OF_WEEK).map(|day| sunday_once(1 << day))
}

/// 7 is 0.
fn sunday_once(days: u64) -> u64 {
    days & 0x7f | days >> 7 & 1
}

/// A month of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: u32,
}

impl Month {
    /// The month of a day, and which of its days that is. Days count from 1970-01-01, which is 0.
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    pub(crate) fn of_day(day: i64) -> (Month, u32) {
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months from March on, so that the odd day of leap years is the last of its year.
        let from_march = (5 * of_year + 2) / 153;
        let of_month = (of_year - (153 * from_march + 2) / 5 + 1) as u32;
        let month = (if from_march < 10 { from_march + 3 } else { from_march - 9 }) as u32;
        (Month { year: year_of_era + era * 400 + i64::from(month <= 2), month }, of_month)
    }

    /// The day before its first, from 1970-01-01. Source as above, `days_from_civil`.
    pub(crate) fn zeroth_day(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = i64::from((self.month + 9) % 12);
        let of_year = (153 * from_march + 2) / 5;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_469
    }

    pub(crate) fn next(self) -> Month {
        match self.month {
            12 => Month { year: self.year + 1, month: 1 },
            month => Month { month: month + 1, ..self },
        }
    }

    pub(crate) fn previous(self) -> Month {
        match self.month {
            1 => Month { year: self.year - 1, month: 12 },
            month => Month { month: month - 1, ..self },
        }
    }

    fn length(self) -> u32 {
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(is_leap),
            _ => 31,
        }
    }

    /// 0 is Sunday; 1970-01-01 was a Thursday.
    fn first_weekday(self) -> u32 {
        (self.zeroth_day() + 5).rem_euclid(7) as u32
    }

    /// Monday to Friday, nearest to a day and never in another month.
    fn nearest_working(self, day: u32, length: u32) -> u32 {
        match (self.first_weekday() + day - 1) % 7 {
            6 if day > 1 => day - 1,
            6 => day + 2,
            0 if day < length => day + 1,
            0 => day - 2,
            _ => day,
        }
    }
}
