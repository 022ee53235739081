//! Time as a shell believes it (`docs/time.md`). It reads no clock: readings are handed in.
//!
//! The wall clock says when, and may be set. The other clock counts what passes, suspension included, and is never set: it
//! measures every span, and says whether to believe the wall clock. Between two readings both must advance alike; when
//! they do not, recorded time goes on by the other clock until both agree again or an operator accepts the wall clock.

use triad_decide::Past;
use triad_event::ClockState;
use triad_event::governance::{Ask, ClockAgreed, ClockStepped};
use triad_event::ids::BootId;
use triad_event::quantity::Micros;

/// The moments that can be recorded: the years 1970 to 9999, which RFC 3339 can write.
const WALL_US: std::ops::RangeInclusive<i64> = 0..=253_402_300_799_999_999;

/// What the clocks of the machine show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Microseconds since the Unix epoch; may jump.
    pub wall_us: i64,
    /// Microseconds since a moment that stays the same while the machine runs, suspension included; never jumps.
    pub boottime_us: i64,
}

impl Reading {
    /// The wall clock, or the nearest moment that can be recorded.
    pub(crate) fn wall(&self) -> Micros {
        Micros(self.wall_us.clamp(*WALL_US.start(), *WALL_US.end()))
    }
}

/// What is made of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The time to go on with.
    pub(crate) time: Micros,
    /// What has passed for the log.
    pub(crate) elapsed: Micros,
    /// What the log is to know of the wall clock: that it stepped, or is right again.
    pub(crate) noticed: Option<Ask>,
}

/// The time that is believed, what has passed for the log, and what the other clock showed then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    time_us: i64,
    elapsed_us: i64,
    boottime_us: i64,
}

impl Clock {
    /// Goes on where the log ends. In the same run of the machine the other clock tells how long nobody served the log;
    /// in another one nothing does, so that nothing passed. A wall clock behind the last record is not believed.
    pub(crate) fn new(past: &Past, boot: BootId, now: Reading) -> Self {
        let same_boot = past.life.filter(|life| life.boot == boot && boot != BootId::ZERO);
        let elapsed = same_boot.map_or(past.elapsed, |life| {
            let since = now.boottime_us.saturating_sub(life.boottime.0).max(0);
            life.elapsed.later(Micros(since)).max(past.elapsed)
        });
        let expected = past.reached_at.0.saturating_add(elapsed.0 - past.elapsed.0);
        let time = match past.clock {
            ClockState::Waiting => now.wall(),
            ClockState::Stepped => Micros(expected).max(past.now),
            ClockState::Steady if same_boot.is_some() => Micros(expected),
            ClockState::Steady => now.wall().max(past.now),
        };
        Self { time_us: time.0, elapsed_us: elapsed.0, boottime_us: now.boottime_us }
    }

    /// Believes the wall clock as it is now.
    pub(crate) fn accept(&mut self, now: Reading) {
        let Told { elapsed, .. } = self.read(now, Micros(0), true);
        *self = Self { time_us: now.wall().0, elapsed_us: elapsed.0, boottime_us: now.boottime_us };
    }

    /// Takes a reading. What is smaller than `tolerance` is drift and taken over, so that it never adds up, unless the
    /// wall clock `is_stepped`.
    pub(crate) fn read(&mut self, now: Reading, tolerance: Micros, is_stepped: bool) -> Told {
        let passed = now.boottime_us.saturating_sub(self.boottime_us).max(0);
        let (expected, found) = (Micros(self.time_us.saturating_add(passed)), now.wall());
        let agrees = found.0.abs_diff(expected.0) <= tolerance.0.unsigned_abs();
        let time = if agrees && !is_stepped { found } else { expected };
        let elapsed = Micros(self.elapsed_us.saturating_add(passed));
        *self = Self { time_us: time.0, elapsed_us: elapsed.0, boottime_us: now.boottime_us };
        let noticed = match (agrees, is_stepped) {
            (false, false) => Some(Ask::StepClock(ClockStepped { expected, found })),
            (true, true) => Some(Ask::AgreeClock(ClockAgreed { expected, found })),
            (true, false) | (false, true) => None,
        };
        Told { time, elapsed, noticed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use triad_decide::governance::Life;

    const BOOT: BootId = BootId([1; 16]);
    const TOLERANCE: Micros = Micros(10);

    fn reading(wall_us: i64, boottime_us: i64) -> Reading {
        Reading { wall_us, boottime_us }
    }

    fn past(clock: ClockState) -> Past {
        let life = Some(Life { boot: BOOT, boottime: Micros(400), elapsed: Micros(50) });
        Past { now: Micros(1_000), elapsed: Micros(60), reached_at: Micros(1_000), life, clock }
    }

    /// Time and what has passed as of the first reading of a life.
    fn begun(past: &Past, boot: BootId, now: Reading) -> (i64, i64, bool) {
        let is_stepped = past.clock == ClockState::Stepped;
        let told = Clock::new(past, boot, now).read(now, TOLERANCE, is_stepped);
        (told.time.0, told.elapsed.0, told.noticed.is_some())
    }

    #[test]
    fn drift_is_taken_over_and_a_step_is_not() {
        let mut clock = Clock { time_us: 1_000, elapsed_us: 7, boottime_us: 0 };
        let told = |time, elapsed| Told { time: Micros(time), elapsed: Micros(elapsed), noticed: None };
        assert_eq!(clock.read(reading(1_108, 100), TOLERANCE, false), told(1_108, 107));
        assert_eq!(clock.read(reading(1_216, 200), TOLERANCE, false), told(1_216, 207));
        let stepped = ClockStepped { expected: Micros(1_316), found: Micros(9_000) };
        let noticed = Some(Ask::StepClock(stepped));
        assert_eq!(clock.read(reading(9_000, 300), TOLERANCE, false), Told { noticed, ..told(1_316, 307) });
        assert_eq!(
            clock.read(reading(9_100, 400), TOLERANCE, true),
            told(1_416, 407),
            "it goes on as before"
        );
        let agreed = ClockAgreed { expected: Micros(1_516), found: Micros(1_510) };
        let noticed = Some(Ask::AgreeClock(agreed));
        assert_eq!(clock.read(reading(1_510, 500), TOLERANCE, true), Told { noticed, ..told(1_516, 507) });
    }

    #[test]
    fn what_passes_goes_on_whatever_the_wall_clock_shows() {
        let mut clock = Clock { time_us: 1_000, elapsed_us: 0, boottime_us: 0 };
        for (wall_us, boottime_us) in [(i64::MIN, 5), (i64::MAX, 10), (-1, 15), (1_020, 20)] {
            let told = clock.read(reading(wall_us, boottime_us), TOLERANCE, true);
            assert_eq!((told.time.0, told.elapsed.0), (1_000 + boottime_us, boottime_us));
        }
        clock.accept(reading(i64::MAX, 25));
        let told = clock.read(reading(i64::MAX, 30), TOLERANCE, false);
        assert_eq!((told.time.0, told.elapsed.0), (*WALL_US.end(), 30));
    }

    #[test]
    fn a_life_goes_on_where_the_log_ends() {
        use ClockState::{Stepped, Waiting};
        let (steady, other) = (past(ClockState::Steady), BootId([2; 16]));
        let same = |wall| begun(&steady, BOOT, reading(wall, 510));
        assert_eq!(same(1_100), (1_100, 160, false), "nobody served it for 100");
        assert_eq!(same(9_000), (1_100, 160, true), "the wall clock was set meanwhile");
        let rebooted = |past: &Past, wall| begun(past, other, reading(wall, 3));
        assert_eq!(rebooted(&steady, 9_000), (9_000, 60, false), "nobody knows how long it was");
        assert_eq!(rebooted(&steady, 500), (1_000, 60, true), "a clock that is behind the last record");
        assert_eq!(rebooted(&past(Stepped), 9_000), (1_000, 60, false), "an operator is still to say");
        assert_eq!(rebooted(&past(Waiting), 500), (500, 60, false), "an operator has said");
        assert_eq!(begun(&steady, BootId::ZERO, reading(1_100, 510)).1, 60, "an unknown boot is no boot");
    }
}
