//! The engine's clocks: the only reader of time in this package.

use crate::shell::time::Reading;
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use triad_event::ids::BootId;

/// Reads the wall clock and the clock that counts suspension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks;

impl Clocks {
    pub(crate) fn read(self) -> Reading {
        let boottime_us = i64::try_from(since_boot().as_micros()).unwrap_or(i64::MAX);
        Reading { wall_us: wall_us(), boottime_us }
    }
}

/// The clock that counts suspension: on Linux CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not.
pub(crate) fn since_boot() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

/// The run of the machine, and the time namespace, since each may have an offset of its own; all zero when the system does
/// not say.
pub(crate) fn boot() -> BootId {
    let boot_id = std::fs::read("/proc/sys/kernel/random/boot_id");
    let Ok(boot_id) = boot_id else { return BootId::ZERO };
    let mut hasher = blake3::Hasher::new();
    hasher.update(&boot_id);
    if let Ok(namespace) = std::fs::read_link("/proc/self/ns/time") {
        hasher.update(namespace.as_os_str().as_encoded_bytes());
    }
    let mut id = [0; 16];
    hasher.finalize_xof().fill(&mut id);
    BootId(id)
}

#[expect(clippy::disallowed_methods, reason = "the one place of the engine that reads the wall clock")]
fn wall_us() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
    }
}

/// The monotonic clock, for patience only.
#[expect(clippy::disallowed_methods, reason = "the one place of the engine that reads the monotonic clock")]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}
