//! The one place of this measurement that reads the clock.

use std::time::{Duration, Instant};

/// How long something took.
#[expect(clippy::disallowed_methods, reason = "stopwatch.rs: measurements read the monotonic clock here")]
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
