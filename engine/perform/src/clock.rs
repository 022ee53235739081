//! The engine's clock: the only reader of time in this package.
//!
//! The wall clock says when, the monotonic clock says whether to believe it. Between two readings both must
//! advance alike; when they do not, the input time goes on with the monotonic clock until an operator accepts
//! the wall clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use triad_event::quantity::Micros;

/// Reads the wall clock against the monotonic clock.
#[derive(Debug)]
pub struct Clock {
    wall_us: i64,
    monotonic: Instant,
}

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What the wall clock should show if it had advanced with the monotonic clock.
    pub expected: Micros,
    /// What it shows.
    pub found: Micros,
}

impl Clock {
    /// A clock that believes the wall clock as it is now.
    pub fn new() -> Self {
        Self { wall_us: wall_us(), monotonic: monotonic() }
    }

    /// Reads both clocks. Drift smaller than `tolerance` is taken over, so that it never adds up.
    pub fn read(&mut self, tolerance: Duration) -> Reading {
        let monotonic = monotonic();
        let elapsed = i64::try_from((monotonic - self.monotonic).as_micros()).unwrap_or(i64::MAX);
        let (expected, found) = (self.wall_us.saturating_add(elapsed), wall_us());
        let believed = u128::from(found.abs_diff(expected)) <= tolerance.as_micros();
        self.wall_us = if believed { found } else { expected };
        self.monotonic = monotonic;
        Reading { expected: Micros(expected), found: Micros(found) }
    }

    /// Believes the wall clock from here on.
    pub fn accept(&mut self) {
        *self = Self::new();
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
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
