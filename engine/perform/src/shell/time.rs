//! Time as a shell believes it. It reads no clock: readings are handed in.
//!
//! The wall clock says when, the monotonic clock says whether to believe it. Between two readings both must
//! advance alike; when they do not, the input time goes on with the monotonic clock until an operator accepts
//! the wall clock.

use triad_event::governance::ClockStepped;
use triad_event::quantity::Micros;

/// What the clocks of the machine show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Microseconds since the Unix epoch; may jump.
    pub wall_us: i64,
    /// Microseconds since a moment that stays the same while the process lives; never jumps.
    pub monotonic_us: i64,
}

/// What is made of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The time to go on with.
    pub(crate) time: Micros,
    /// How the wall clock stepped, when it cannot be believed.
    pub(crate) stepped: Option<ClockStepped>,
}

/// The wall clock as it is believed, and the monotonic clock as it was read with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Reading);

impl Clock {
    /// Believes the wall clock as it is now.
    pub(crate) fn new(now: Reading) -> Self {
        Self(now)
    }

    /// Takes a reading. Drift smaller than `tolerance` is taken over, so that it never adds up.
    pub(crate) fn read(&mut self, now: Reading, tolerance: Micros) -> Told {
        let elapsed = now.monotonic_us - self.0.monotonic_us;
        let (expected, found) = (self.0.wall_us.saturating_add(elapsed), now.wall_us);
        let is_believed = found.abs_diff(expected) <= tolerance.0.unsigned_abs();
        let time = if is_believed { found } else { expected };
        self.0 = Reading { wall_us: time, monotonic_us: now.monotonic_us };
        let stepped = ClockStepped { expected: Micros(expected), found: Micros(found) };
        Told { time: Micros(time), stepped: (!is_believed).then_some(stepped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drift_is_taken_over_and_a_step_is_not() {
        let reading = |wall_us, monotonic_us| Reading { wall_us, monotonic_us };
        let mut clock = Clock::new(reading(1_000, 0));
        let tolerance = Micros(10);
        assert_eq!(clock.read(reading(1_108, 100), tolerance), Told { time: Micros(1_108), stepped: None });
        assert_eq!(clock.read(reading(1_216, 200), tolerance), Told { time: Micros(1_216), stepped: None });
        let stepped = ClockStepped { expected: Micros(1_316), found: Micros(9_000) };
        let told = Told { time: Micros(1_316), stepped: Some(stepped) };
        assert_eq!(clock.read(reading(9_000, 300), tolerance), told);
        assert_eq!(clock.read(reading(9_100, 400), tolerance).time, Micros(1_416), "it goes on as before");
    }
}
