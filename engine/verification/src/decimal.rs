//! Numbers of JSON by their digits: two are the same when their values are, however many digits they have.

use crate::limits::EXPONENT_MAX;

/// A number, in the one way in which each value is written: without zeros at either end of its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Empty for zero.
    digits: String,
    /// Of the last digit: 1200 is 12 with 2.
    exponent: i64,
}

impl Decimal {
    /// Of a number as JSON writes it. None when its power of ten is out of reach, or it is no number.
    pub(crate) fn of(written: &str) -> Option<Self> {
        let (negative, unsigned) = match written.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, Some(power)),
            None => (unsigned, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let trimmed = digits.trim_start_matches('0').trim_end_matches('0');
        if trimmed.is_empty() {
            return Some(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let power = match power {
            Some(power) => power.parse::<i64>().ok().filter(|power| power.abs() <= EXPONENT_MAX)?,
            None => 0,
        };
        let behind = digits.len() - digits.trim_end_matches('0').len();
        let shift = i64::try_from(behind).ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Self { negative, digits: trimmed.to_owned(), exponent: power.checked_add(shift)? })
    }

    /// The same value as a number that a schema is checked with; none when that would be another one.
    pub(crate) fn number(&self) -> Option<serde_json::Number> {
        let written = format!("{}{}e{}", if self.negative { "-" } else { "" }, self.digits, self.exponent);
        if self.digits.is_empty() {
            return Some(0.into());
        }
        if (0..20).contains(&self.exponent) {
            let zeros = "0".repeat(usize::try_from(self.exponent).ok()?);
            let whole = format!("{}{}{zeros}", if self.negative { "-" } else { "" }, self.digits);
            let number =
                whole.parse::<u64>().map(Into::into).or_else(|_| whole.parse::<i64>().map(Into::into));
            if let Ok(number) = number {
                return Some(number);
            }
        }
        let number = serde_json::Number::from_f64(written.parse().ok()?)?;
        (Self::of(&number.to_string()).as_ref() == Some(self)).then_some(number)
    }
}
