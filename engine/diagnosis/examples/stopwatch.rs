//! How long something takes: the one place of this package that reads a clock.

use std::time::Instant;

/// The best and the worst of some runs, in milliseconds.
pub(crate) fn times_ms<T>(runs: usize, mut run: impl FnMut() -> T) -> (f64, f64) {
    let time = |_| {
        #[expect(clippy::disallowed_methods, reason = "measuring is what this file is for")]
        let start = Instant::now();
        std::hint::black_box(run());
        #[expect(clippy::disallowed_methods, reason = "measuring is what this file is for")]
        let time = start.elapsed();
        time.as_secs_f64() * 1000.0
    };
    let times: Vec<f64> = (0..runs).map(time).collect();
    (times.iter().copied().fold(f64::INFINITY, f64::min), times.iter().copied().fold(0.0, f64::max))
}
