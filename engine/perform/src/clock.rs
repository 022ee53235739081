//! The engine's clocks: the only reader of time in this package.

use crate::shell::time::Reading;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Reads the wall clock and, since the engine began, the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    began: Instant,
}

impl Clocks {
    pub(crate) fn new() -> Self {
        Self { began: monotonic() }
    }

    pub(crate) fn read(&self) -> Reading {
        let since = (monotonic() - self.began).as_micros();
        Reading { wall_us: wall_us(), monotonic_us: i64::try_from(since).unwrap_or(i64::MAX) }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place of the engine that reads the wall clock")]
fn wall_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The monotonic clock, for durations only.
#[expect(clippy::disallowed_methods, reason = "the one place of the engine that reads the monotonic clock")]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}
