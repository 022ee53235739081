//! `@every 15m`: whole multiples of a duration, counted from the beginning of 1970 in UTC.

use crate::fault::{Fault, Field, Problem};
use crate::written::Word;

/// A duration that passes again and again, whatever clocks on walls do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Every {
    /// From 1 to 366 days.
    pub(crate) period_s: i64,
}

impl Every {
    /// The first multiple that is not before a second of UTC.
    pub(crate) fn at_or_after(self, from_s: i64) -> i64 {
        self.at_or_before(from_s + self.period_s - 1)
    }

    /// The last multiple that is not after a second of UTC.
    pub(crate) fn at_or_before(self, until_s: i64) -> i64 {
        until_s.div_euclid(self.period_s) * self.period_s
    }
}

/// Units in the order in which they are written, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
const PERIOD_S_MAX: u64 = 366 * 86_400;

pub(crate) fn parse(word: &Word<'_>) -> Result<Every, Fault> {
    let fault = |problem| Fault::at(Field::Expression, word.at, problem);
    let none = || fault(Problem::Duration { found: word.text.to_owned() });
    let mut rest = word.text;
    let mut seconds: u64 = 0;
    for (unit, unit_s) in UNITS {
        let Some((number, after)) = rest.split_once(unit) else { continue };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(none());
        }
        // What does not fit is beyond the limit anyway.
        let number = number.parse::<u64>().unwrap_or(u64::MAX);
        seconds = seconds.saturating_add(number.saturating_mul(unit_s));
        rest = after;
    }
    if word.text.is_empty() || !rest.is_empty() {
        return Err(none());
    }
    if !(1..=PERIOD_S_MAX).contains(&seconds) {
        return Err(fault(Problem::DurationRange { seconds }));
    }
    Ok(Every { period_s: i64::try_from(seconds).expect("at most 366 days fit") })
}
