//! Measures how long something takes: the one place of these tests that reads a clock for it.

use std::time::{Duration, Instant};

/// Does something and says how long it took.
#[expect(clippy::disallowed_methods, reason = "how long somebody waits is what is measured")]
pub(crate) fn timed(doing: impl FnOnce()) -> Duration {
    let began = Instant::now();
    doing();
    began.elapsed()
}
