//! Cron on the clock of a wall, without a zone: every day has 86,400 seconds.

use crate::days::{Days, Month};

/// Five or six fields. Sets of values have bit 0 for 0, and are never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cron {
    pub(crate) seconds: u64,
    pub(crate) minutes: u64,
    pub(crate) hours: u64,
    pub(crate) days: Days,
    /// Whether a `*` stands among seconds, minutes or hours.
    pub(crate) repeats: bool,
}

const DAY_S: i64 = 86_400;

/// Seconds on the clock of a wall: those that would have passed since its 1970-01-01T00:00:00 in UTC.
impl Cron {
    /// The first match from one second until before another.
    pub(crate) fn first_within(&self, from_s: i64, until_s: i64) -> Option<i64> {
        let (day, second) = (from_s.div_euclid(DAY_S), from_s.rem_euclid(DAY_S));
        let (mut month, of_month) = Month::of_day(day);
        let mut days = self.days.of(month);
        let found = match self.time_from(second).filter(|_| days >> of_month & 1 == 1) {
            Some(time) => day * DAY_S + time,
            None => {
                days &= !((2 << of_month) - 1);
                while days == 0 {
                    month = month.next();
                    if (month.zeroth_day() + 1) * DAY_S >= until_s {
                        return None;
                    }
                    days = self.days.of(month);
                }
                let first = self.time_from(0).expect("no set of values is empty");
                (month.zeroth_day() + i64::from(days.trailing_zeros())) * DAY_S + first
            }
        };
        Some(found).filter(|found| *found < until_s)
    }

    /// The last match from one second until before another.
    pub(crate) fn last_within(&self, from_s: i64, until_s: i64) -> Option<i64> {
        let (day, second) = ((until_s - 1).div_euclid(DAY_S), (until_s - 1).rem_euclid(DAY_S));
        let (mut month, of_month) = Month::of_day(day);
        let mut days = self.days.of(month);
        let found = match self.time_until(second).filter(|_| days >> of_month & 1 == 1) {
            Some(time) => day * DAY_S + time,
            None => {
                days &= (1 << of_month) - 1;
                while days == 0 {
                    if (month.zeroth_day() + 1) * DAY_S < from_s {
                        return None;
                    }
                    month = month.previous();
                    days = self.days.of(month);
                }
                let last = self.time_until(DAY_S - 1).expect("no set of values is empty");
                (month.zeroth_day() + i64::from(63 - days.leading_zeros())) * DAY_S + last
            }
        };
        Some(found).filter(|found| *found >= from_s)
    }

    /// How many matches there are from one second until before another. The work grows with months, not with matches.
    pub(crate) fn count_within(&self, from_s: i64, until_s: i64) -> u64 {
        if from_s >= until_s {
            return 0;
        }
        let (first, last) = (from_s.div_euclid(DAY_S), until_s.div_euclid(DAY_S));
        let each_day = self.count_before(DAY_S);
        let (mut month, mut of_month) = Month::of_day(first);
        let mut total = 0;
        loop {
            let days = self.days.of(month) & !((1 << of_month) - 1);
            if of_month > 1 || month.zeroth_day() + 1 == first {
                total -= i64::from(days >> of_month & 1 == 1) * self.count_before(from_s.rem_euclid(DAY_S));
            }
            let end = last - month.zeroth_day();
            if end < 32 && month.next().zeroth_day() + 1 > last {
                let whole = days & ((1 << end) - 1);
                total += i64::from(whole.count_ones()) * each_day;
                total += i64::from(days >> end & 1 == 1) * self.count_before(until_s.rem_euclid(DAY_S));
                return u64::try_from(total).expect("what is taken off was counted");
            }
            total += i64::from(days.count_ones()) * each_day;
            (month, of_month) = (month.next(), 1);
        }
    }

    /// Matching times of a day before a second of it.
    fn count_before(&self, second: i64) -> i64 {
        let (hour, minute, second) = split(second);
        let below = |set: u64, value: u32| i64::from((set & ((1 << value) - 1)).count_ones());
        let has = |set: u64, value: u32| i64::from(set >> value & 1 == 1);
        let each_minute = i64::from(self.seconds.count_ones());
        let each_hour = i64::from(self.minutes.count_ones()) * each_minute;
        let in_minute = has(self.minutes, minute) * below(self.seconds, second);
        let in_hour = has(self.hours, hour) * (below(self.minutes, minute) * each_minute + in_minute);
        below(self.hours, hour) * each_hour + in_hour
    }

    /// The first matching time of a day from a second of it on.
    fn time_from(&self, second: i64) -> Option<i64> {
        let (hour, minute, second) = split(second);
        let within = |hour: u32| hour_has(self.hours, hour);
        if within(hour) {
            if self.minutes >> minute & 1 == 1
                && let Some(second) = least(self.seconds, second)
            {
                return Some(join(hour, minute, second));
            }
            if let Some(minute) = least(self.minutes, minute + 1) {
                return Some(join(hour, minute, self.seconds.trailing_zeros()));
            }
        }
        let hour = least(self.hours, hour + 1)?;
        Some(join(hour, self.minutes.trailing_zeros(), self.seconds.trailing_zeros()))
    }

    /// The last matching time of a day up to a second of it.
    fn time_until(&self, second: i64) -> Option<i64> {
        let (hour, minute, second) = split(second);
        if hour_has(self.hours, hour) {
            if self.minutes >> minute & 1 == 1
                && let Some(second) = greatest(self.seconds, second + 1)
            {
                return Some(join(hour, minute, second));
            }
            if let Some(minute) = greatest(self.minutes, minute) {
                return Some(join(hour, minute, 63 - self.seconds.leading_zeros()));
            }
        }
        let hour = greatest(self.hours, hour)?;
        Some(join(hour, 63 - self.minutes.leading_zeros(), 63 - self.seconds.leading_zeros()))
    }
}

fn hour_has(hours: u64, hour: u32) -> bool {
    hours >> hour & 1 == 1
}

/// The least member that is not below a value.
fn least(set: u64, from: u32) -> Option<u32> {
    let above = set >> from << from;
    (above != 0).then(|| above.trailing_zeros())
}

/// The greatest member below a value.
fn greatest(set: u64, below: u32) -> Option<u32> {
    let under = set & ((1 << below) - 1);
    (under != 0).then(|| 63 - under.leading_zeros())
}

fn split(second: i64) -> (u32, u32, u32) {
    ((second / 3_600) as u32, (second / 60 % 60) as u32, (second % 60) as u32)
}

fn join(hour: u32, minute: u32, second: u32) -> i64 {
    i64::from(hour * 3_600 + minute * 60 + second)
}
