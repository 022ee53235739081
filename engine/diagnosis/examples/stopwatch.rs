//! How long something takes: the one place of this package that reads a clock.

use std::time::Instant;

/// What one run took, in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Took {
    /// By the clock, whatever else the machine did.
    pub(crate) clock_ms: f64,
    /// Of processor time, as Linux counts it; 0 elsewhere.
    pub(crate) processor_ms: f64,
}

/// What some runs took each, in the order of their processor time.
pub(crate) fn times<T>(runs: usize, mut run: impl FnMut() -> T) -> Vec<Took> {
    let time = |_| {
        let before = processor_ms();
        #[expect(clippy::disallowed_methods, reason = "measuring is what this file is for")]
        let start = Instant::now();
        std::hint::black_box(run());
        #[expect(clippy::disallowed_methods, reason = "measuring is what this file is for")]
        let clock = start.elapsed();
        Took { clock_ms: clock.as_secs_f64() * 1000.0, processor_ms: processor_ms() - before }
    };
    let mut times: Vec<Took> = (0..runs).map(time).collect();
    times.sort_by(|one, other| one.processor_ms.total_cmp(&other.processor_ms));
    times
}

fn processor_ms() -> f64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    line.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or_default() / 1e6
}
