//! How long something takes.

use std::time::{Duration, Instant};

pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of these tests that reads the monotonic clock"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of these tests that reads the monotonic clock"
    )]
    pub(crate) fn passed(&self) -> Duration {
        self.0.elapsed()
    }
}
