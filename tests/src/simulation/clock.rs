//! Simulated clocks, and how a process life believes them: the rules of the engine's clock over numbers that are handed in.

use triad_event::quantity::Micros;

/// What the clocks of the machine show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clocks {
    /// Microseconds since the epoch; may jump.
    pub(crate) wall_us: i64,
    /// Microseconds since the simulation began; never jumps.
    pub(crate) monotonic_us: i64,
}

impl Clocks {
    /// Time passes.
    pub(crate) fn pass(&mut self, span: Micros) {
        self.wall_us = self.wall_us.saturating_add(span.0);
        self.monotonic_us = self.monotonic_us.saturating_add(span.0);
    }

    /// The wall clock alone jumps.
    pub(crate) fn jump(&mut self, by: Micros) {
        self.wall_us = self.wall_us.saturating_add(by.0);
    }
}

/// The clock of one process life.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LifeClock(Clocks);

/// One reading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// What the wall clock should show if it had advanced with the monotonic clock.
    pub(crate) expected: Micros,
    /// What it shows.
    pub(crate) found: Micros,
    /// Whether the two are near enough.
    pub(crate) is_believed: bool,
}

impl LifeClock {
    /// Believes the wall clock as it is now.
    pub(crate) fn new(now: Clocks) -> Self {
        Self(now)
    }

    /// Reads both clocks. Drift smaller than the tolerance is taken over, so that it never adds up.
    pub(crate) fn read(&mut self, now: Clocks, tolerance: Micros) -> Reading {
        let elapsed = now.monotonic_us - self.0.monotonic_us;
        let (expected, found) = (self.0.wall_us.saturating_add(elapsed), now.wall_us);
        let is_believed = found.abs_diff(expected) <= tolerance.0.unsigned_abs();
        self.0 =
            Clocks { wall_us: if is_believed { found } else { expected }, monotonic_us: now.monotonic_us };
        Reading { expected: Micros(expected), found: Micros(found), is_believed }
    }
}
