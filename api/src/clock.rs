//! The clocks, read here and nowhere else in this binary.

use crate::failure::Failure;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The first microsecond of the year 10000, which RFC 3339 cannot write.
const END_US: i64 = 253_402_300_800_000_000;

/// Microseconds since the Unix epoch; negative before it.
#[expect(clippy::disallowed_methods, reason = "the one place of this binary that reads the wall clock")]
pub(crate) fn now_us() -> i64 {
    let whole = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since),
        Err(before) => -whole(before.duration()),
    }
}

/// Whether the clock shows a time that records and HTTP can bear.
pub(crate) fn is_usable() -> bool {
    (0..END_US).contains(&now_us())
}

/// Refuses to work on a log while the clock shows a time that no record can bear.
pub(crate) fn check() -> Result<(), Failure> {
    if is_usable() {
        return Ok(());
    }
    Err(Failure::machine(format!("{}. Nothing was changed; set the clock and try again", fault())))
}

/// What is wrong with a clock that is not usable.
fn fault() -> String {
    format!("the clock of this machine shows {}: records are of the years 1970 to 9999", show(now_us()))
}

/// Why something failed that may have failed for the clock alone; none when that is usable.
pub(crate) fn suspected() -> Option<String> {
    let text = || {
        format!(
            "{}, and before 1970 the database can write no table. What was acknowledged is kept: set the clock and start again",
            fault()
        )
    };
    (!is_usable()).then(text)
}

/// A time for people: RFC 3339 in UTC. What lies outside the years that it can write is shown in microseconds.
pub(crate) fn show(time_us: i64) -> String {
    match Timestamp::from_microsecond(time_us) {
        Ok(time) if (YEAR_ZERO_US..END_US).contains(&time_us) => time.to_string(),
        Ok(_) | Err(_) => format!("{time_us} us"),
    }
}

/// The first microsecond of the year 0.
const YEAR_ZERO_US: i64 = -62_167_219_200_000_000;

/// Now as HTTP writes it; none when it cannot.
pub(crate) fn http_date() -> Option<String> {
    let time = Timestamp::from_microsecond(now_us()).ok()?;
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()
}

/// The monotonic clock, for patience.
#[expect(clippy::disallowed_methods, reason = "the one place of this binary that reads the monotonic clock")]
pub(crate) fn monotonic() -> tokio::time::Instant {
    std::time::Instant::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_shown_and_those_of_rfc_3339_as_it_says() {
        assert_eq!(show(0), "1970-01-01T00:00:00Z");
        assert_eq!(show(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(show(YEAR_ZERO_US), "0000-01-01T00:00:00Z");
        for odd in [i64::MIN, YEAR_ZERO_US - 1, END_US, i64::MAX] {
            assert_eq!(show(odd), format!("{odd} us"));
        }
    }
}
