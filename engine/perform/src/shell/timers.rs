//! Moments that have come, and work that was left over: fired as far as others are not kept waiting.

use super::message::Asker;
use super::time::Reading;
use super::{Shell, ShellError};
use triad_decide::governance;
use triad_event::Source;
use triad_log::storage::Storage;

/// Timers fired in one round; the rest follow in the next, so that questions are answered in between.
const TIMERS_PER_ROUND: usize = 64;
/// No timer is fired behind so many records of the round: what follows may be much, and is some milliseconds already.
const TIMER_RECORDS_PER_ROUND: u64 = 1024;
/// No timer is fired while so many blocks are under way to the disk: whoever asks something waits for all of them.
const TIMER_BLOCKS_IN_FLIGHT_MAX: usize = 2;

impl<S: Storage, R> Shell<S, R> {
    /// Whether timers wait for a commit, whose end wakes whoever drives.
    pub(super) fn is_disk_behind(&self) -> bool {
        self.in_flight.count() >= TIMER_BLOCKS_IN_FLIGHT_MAX
    }

    pub(super) fn fire_timers(&mut self, now: Reading) -> Result<(), ShellError> {
        let full = self.world.next_sequence() + TIMER_RECORDS_PER_ROUND;
        for _ in 0..TIMERS_PER_ROUND {
            if self.is_disk_behind() || self.world.next_sequence() >= full {
                return Ok(());
            }
            let Some(wake) = self.world.next_wake() else { return Ok(()) };
            if !self.world.owes_work() && wake.due > self.read_clock(now).elapsed {
                return Ok(());
            }
            let fire = governance::Ask::FireTimer.into();
            if self.step(fire, Vec::new(), Asker::system(Source::Timer), now)?.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}
