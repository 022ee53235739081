//! The clocks, read here and nowhere else in this binary.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the one place of this binary that reads the wall clock")]
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A time for people: RFC 3339 in UTC.
pub(crate) fn show(time_us: i64) -> String {
    jiff::Timestamp::from_microsecond(time_us)
        .map_or_else(|_| format!("{time_us} us"), |time| time.to_string())
}

/// The monotonic clock, for patience.
#[expect(clippy::disallowed_methods, reason = "the one place of this binary that reads the monotonic clock")]
pub(crate) fn monotonic() -> tokio::time::Instant {
    std::time::Instant::now().into()
}
