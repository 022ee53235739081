//! The engine's clocks: the only reader of time in this package.

use crate::shell::time::Reading;
use rustix::time::{ClockId, clock_gettime};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use triad_event::ids::BootId;

/// Reads the wall clock and the clock that counts suspension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks;

impl Clocks {
    pub(crate) fn read(self) -> Reading {
        // On Linux CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not.
        let since_boot = clock_gettime(ClockId::Boottime);
        let boottime_us =
            since_boot.tv_sec.saturating_mul(1_000_000).saturating_add(since_boot.tv_nsec / 1_000);
        Reading { wall_us: wall_us(), boottime_us }
    }
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

/// The monotonic clock, for durations only.
#[expect(clippy::disallowed_methods, reason = "the one place of the engine that reads the monotonic clock")]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}
