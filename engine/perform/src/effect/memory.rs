//! How much memory an attempt has, measured at a pace that costs next to nothing while little changes.

use std::time::Duration;

/// Between two measurements while memory grows, or is near its limit.
const OFTEN: Duration = Duration::from_millis(100);
/// Between two while nothing changes: what grows suddenly is noticed so late.
const SELDOM: Duration = Duration::from_secs(2);
/// What counts as a change: so much of the limit.
const CHANGE_OF_LIMIT: u64 = 32;

/// When to measure next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    max_bytes: u64,
    last_bytes: u64,
    /// Until the next measurement.
    pub(crate) pause: Duration,
}

impl Pace {
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self { max_bytes, last_bytes: 0, pause: OFTEN }
    }

    /// Takes a measurement; true when it is beyond the limit.
    pub(crate) fn exceeds(&mut self, bytes: u64) -> bool {
        let has_changed = bytes.abs_diff(self.last_bytes) > self.max_bytes / CHANGE_OF_LIMIT;
        let is_near = bytes > self.max_bytes / 2;
        self.pause = if has_changed || is_near { OFTEN } else { (self.pause * 2).min(SELDOM) };
        self.last_bytes = bytes;
        bytes > self.max_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_is_measured_less_and_less_and_what_grows_often() {
        let mut pace = Pace::new(1_000);
        let paused = |pace: &mut Pace, bytes| {
            assert!(!pace.exceeds(bytes));
            pace.pause.as_millis()
        };
        let still: Vec<u128> = (0..6).map(|_| paused(&mut pace, 10)).collect();
        assert_eq!(still, [200, 400, 800, 1_600, 2_000, 2_000]);
        assert_eq!(paused(&mut pace, 200), 100, "it grew");
        assert_eq!([paused(&mut pace, 200), paused(&mut pace, 600)], [200, 100]);
        assert_eq!(paused(&mut pace, 600), 100, "it is near its limit");
        assert!(pace.exceeds(1_001));
    }
}
