//! What happens to the process as a whole, and to its clocks.

use super::action::{Action, Fate};
use super::doom::Doom;
use super::driver::Driver;
use super::fault::Fault;
use super::violation::Verdict;
use triad_event::governance::Setting;
use triad_event::quantity::Micros;

/// How long a machine sleeps or is off, at most: more than a year.
const SUSPENDED_US_MAX: u64 = 400 * 24 * 3_600_000_000;
/// Panics on streams that have ended, in ten thousand.
const ENDED_PANICS: u64 = 3_000;
/// Panics that come again as soon as the next life meets the same input, in ten thousand.
const PANICS_AGAIN: u64 = 5_000;

/// Faults that can happen at any moment.
const ANY_MOMENT: [Fault; 11] = [
    Fault::Crash,
    Fault::CrashKept,
    Fault::CrashTorn,
    Fault::Restart,
    Fault::StartPaused,
    Fault::Panic,
    Fault::Suspended,
    Fault::Reboot,
    Fault::ClockAhead,
    Fault::ClockBack,
    Fault::ClockDrift,
];

impl Driver {
    /// Something may happen at this moment.
    pub(crate) fn disturb(&mut self) -> Verdict {
        // One draw for all, because there are very many moments.
        let rates = ANY_MOMENT.map(|fault| self.swarm.rate(fault));
        let mut drawn = self.disturbances.below(10_000);
        for (fault, rate) in ANY_MOMENT.into_iter().zip(rates) {
            if drawn < rate {
                self.faults.count(fault);
                return self.strike(fault);
            }
            drawn -= rate;
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "everything else only lets time pass")]
    fn strike(&mut self, fault: Fault) -> Verdict {
        match fault {
            Fault::Crash => self.act(Action::Crash { is_torn: false }),
            Fault::CrashTorn => self.act(Action::Crash { is_torn: true }),
            Fault::CrashKept => self.die_unheard(),
            Fault::Restart => self.act(Action::Restart),
            Fault::StartPaused => {
                self.act(Action::StartPaused)?;
                self.act(Action::Crash { is_torn: false })
            }
            Fault::Panic => self.panic(),
            Fault::Suspended => {
                let span = self.disturbances.magnitude(1_000_000, SUSPENDED_US_MAX);
                self.act(Action::Wait(Micros(span.cast_signed())))
            }
            Fault::Reboot => self.reboot(),
            Fault::ClockAhead => self.jump(1),
            Fault::ClockBack => self.jump(-1),
            _ => self.drift(),
        }
    }

    /// What is in flight gets to disk, some or all of it, and nobody hears of it.
    fn die_unheard(&mut self) -> Verdict {
        let in_flight = self.stage.process.in_flight() as u64;
        if self.disturbances.below(in_flight + 1) > 0 {
            self.act(Action::Commit(Fate::UnknownKept))?;
        }
        self.act(Action::Crash { is_torn: false })
    }

    /// The machine dies and runs anew, after a while and now and then with another time.
    fn reboot(&mut self) -> Verdict {
        let span = self.disturbances.magnitude(1_000_000, SUSPENDED_US_MAX);
        self.act(Action::Wait(Micros(span.cast_signed())))?;
        match self.disturbances.below(4) {
            0 => self.jump(1)?,
            1 => self.jump(-1)?,
            _ => {}
        }
        self.act(Action::Reboot)?;
        self.act(Action::Crash { is_torn: false })
    }

    fn panic(&mut self) -> Verdict {
        // Twice on the same stream is what sets it aside, so few streams are worth more than many.
        let alive = self.stage.book.courses.first_key_value().map(|(stream, _)| *stream);
        let ended = self.stage.book.closed.first_key_value().map(|(stream, _)| *stream);
        let alive = alive.filter(|_| !self.disturbances.hits(ENDED_PANICS));
        match alive.or(ended) {
            Some(stream) => {
                self.act(Action::Panic(stream.into()))?;
                if self.disturbances.hits(PANICS_AGAIN) {
                    self.act(Action::Panic(stream.into()))
                } else {
                    Ok(())
                }
            }
            None => Ok(()),
        }
    }

    fn jump(&mut self, direction: i64) -> Verdict {
        let limit = self.stage.book.setting(Setting::ClockStepMax).unsigned_abs() * 1_000;
        let by = limit + self.disturbances.magnitude(1_000_000, 48 * 3_600_000_000);
        self.act(Action::Jump(Micros(direction.saturating_mul(by.cast_signed()))))
    }

    fn drift(&mut self) -> Verdict {
        let limit = self.stage.book.setting(Setting::ClockStepMax).unsigned_abs() * 1_000;
        let by = self.disturbances.below(limit).cast_signed();
        let by = if self.disturbances.hits(5_000) { by } else { -by };
        self.act(Action::Jump(Micros(by)))
    }

    /// A chosen fault at a chosen commit.
    pub(crate) fn force(&mut self, doom: Doom) -> Verdict {
        let crash = Action::Crash { is_torn: false };
        match doom {
            Doom::DiesBefore => self.act(crash),
            Doom::DiesWithin => self.act(Action::Crash { is_torn: true }),
            Doom::DiesUnheard => {
                self.act(Action::Commit(Fate::UnknownKept))?;
                self.act(crash)
            }
            Doom::DiesAfter => {
                self.act(Action::Commit(Fate::Durable))?;
                self.act(crash)
            }
            Doom::Fails => self.act(Action::Commit(Fate::Failed)),
            Doom::UnknownLost => self.act(Action::Commit(Fate::UnknownLost)),
            Doom::UnknownKept => self.act(Action::Commit(Fate::UnknownKept)),
            Doom::Stops => self.act(Action::Restart),
        }
    }
}
