//! What comes of effects: chance stands in for the programs that run.

use super::action::{Action, End};
use super::agenda::{Happening, Happens};
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::swarm::Flavour;
use super::violation::Verdict;
use triad_decide::limits::OUTPUT_BYTES_MAX;
use triad_decide::{Performance, Work};
use triad_event::execution::Ending;
use triad_event::quantity::Micros;

/// Signs of life that a process gives, at most.
const PROGRESS_MAX: u64 = 3;
/// For how long processors are busy with a run, at most: some hours.
const BUSY_US_MAX: u64 = 20_000_000_000;
/// In so many working times an outcome that is late arrives.
const LATE: u64 = 400;

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.effects
}

impl Driver {
    /// An effect began: decides what will come of it.
    pub(crate) fn follow(&mut self, effect: &Performance) {
        let (request, task) = (effect.request, effect.task);
        let Work::Process { options, .. } = &effect.work else { return };
        if self.fails(request) {
            return;
        }
        if self.is_deadly(request) {
            let in_us = Self::around(&mut self.effects, self.swarm.work_us / 4);
            self.schedule(in_us, Happens::TakesDown);
            return;
        }
        let begins = self.draw_start();
        self.schedule(begins, Happens::Runs { request, task });
        if self.strikes(Fault::OutcomeLost, chance) {
            return;
        }
        let mut took = begins + Self::around(&mut self.effects, self.swarm.work_us);
        if self.strikes(Fault::Overtime, chance) {
            took += options.timeout.unwrap_or_default().0.saturating_mul(1_000);
        }
        let ending = self.draw_ending();
        let output = match self.swarm.flavour {
            Flavour::Large => self.effects.magnitude(1, OUTPUT_BYTES_MAX as u64) as u32,
            Flavour::Mixed | Flavour::Wide | Flavour::ManyKeys | Flavour::Quiet => {
                self.effects.below(64).saturating_sub(32) as u32
            }
        };
        let used = self.measure(ending);
        let end = End { request, task, ending, took: Micros(took.cast_signed()), output, used };
        self.schedule_end(took, end);
        if self.strikes(Fault::OutcomeTwice, chance) {
            let again = Self::around(&mut self.effects, self.swarm.work_us / 4);
            self.schedule_end(took + again, end);
        }
        if self.strikes(Fault::OutcomeLate, chance) {
            self.schedule_end(took + self.swarm.work_us * LATE, end);
        }
        if self.strikes(Fault::OutcomeForeign, chance) {
            let foreign = self.foreign(end);
            self.schedule_end(begins + (took - begins) / 2, foreign);
        }
        let left = self.effects.below(PROGRESS_MAX + 1) as u32;
        if left > 0 {
            self.schedule(begins + (took - begins) / 4, Happens::Progresses { request, task, left });
        }
    }

    /// Whether an attempt takes the process down that performs it, each time.
    fn is_deadly(&mut self, request: u64) -> bool {
        let is_deadly = self.deadly.contains(&request) || self.strikes(Fault::Deadly, chance);
        if is_deadly {
            self.deadly.insert(request);
        }
        is_deadly
    }

    /// How long it takes until the process runs.
    fn draw_start(&mut self) -> u64 {
        let mean = if self.strikes(Fault::StartSlow, chance) { self.swarm.work_us * LATE } else { 8 };
        Self::around(&mut self.effects, mean)
    }

    /// Whether an effect that began fails, and will be tried again.
    pub(crate) fn fails(&mut self, request: u64) -> bool {
        let fails = self.strikes(Fault::EffectFailed, chance);
        if fails {
            let in_us = Self::around(&mut self.effects, self.swarm.work_us / 4);
            self.schedule(in_us, Happens::Fails(request));
        }
        fails
    }

    fn draw_ending(&mut self) -> Ending {
        if !self.strikes(Fault::OutcomeBad, chance) {
            return Ending::Succeeded;
        }
        self.effects.pick(Ending::ALL).copied().unwrap_or(Ending::Exited)
    }

    /// How long processors were busy with what ended so, when that is measured: longer than it took, with many cores.
    fn measure(&mut self, ending: Ending) -> Option<Micros> {
        let is_measured = self.meters.hits(self.swarm.measured) && ending != Ending::NotStarted;
        is_measured.then(|| Micros(self.meters.magnitude(1, BUSY_US_MAX).cast_signed()))
    }

    fn foreign(&mut self, end: End) -> End {
        match self.effects.below(3) {
            0 => End { task: end.task + 1, ..end },
            1 => End { request: end.request + 1_000_000_000, ..end },
            _ => End { output: OUTPUT_BYTES_MAX as u32 + 1, ..end },
        }
    }

    /// What runs was asked to stop.
    pub(crate) fn follow_stop(&mut self, request: u64) {
        if self.strikes(Fault::StopIgnored, chance) {
            return;
        }
        // It is continued to be ended.
        self.standing.remove(&request);
        let Some(line) = self.stage.book.attempts.get(&request) else { return };
        let task = line.task;
        let took = Self::around(&mut self.effects, self.swarm.work_us / 8);
        let (ending, used) = (Ending::Cancelled, self.measure(Ending::Cancelled));
        let end = End { request, task, ending, took: Micros(took.cast_signed()), output: 0, used };
        self.schedule_end(took, end);
    }

    /// What runs stands still, or goes on: then what would have come of it meanwhile does soon.
    pub(crate) fn follow_pace(&mut self, request: u64, is_suspended: bool) {
        if is_suspended {
            self.standing.entry(request).or_default();
            return;
        }
        for happens in self.standing.remove(&request).unwrap_or_default() {
            let in_us = Self::around(&mut self.effects, self.swarm.work_us / 8);
            self.schedule(in_us, happens);
        }
    }

    fn schedule_end(&mut self, in_us: u64, end: End) {
        self.schedule(in_us, Happens::Ends(end));
    }

    pub(crate) fn schedule(&mut self, in_us: u64, happens: Happens) {
        let life = self.stage.lives;
        self.at(in_us, Happening::Effect(happens, life));
    }

    /// What was scheduled happens, unless it died with its process.
    pub(crate) fn happen_to_effect(&mut self, happens: Happens, life: u64) -> Verdict {
        let survives = life == self.stage.lives
            || match happens {
                Happens::Runs { .. }
                | Happens::Ends(_)
                | Happens::Progresses { .. }
                | Happens::Evaluated(_) => self.strikes(Fault::OutcomeLate, chance),
                Happens::Destroyed(_) => self.strikes(Fault::DestroyedLate, chance),
                // A process that is gone destroys nothing, and nothing of it fails.
                Happens::Destroys(_) | Happens::Fails(_) | Happens::TakesDown => false,
            };
        if !survives {
            return Ok(());
        }
        if let Happens::Ends(End { request, .. }) | Happens::Progresses { request, .. } = happens
            && let Some(standing) = self.standing.get_mut(&request)
        {
            standing.push(happens);
            return Ok(());
        }
        match happens {
            Happens::Runs { request, task } => self.act(Action::Run { request, task }),
            Happens::Ends(end) => self.act(Action::End(end)),
            Happens::Evaluated(evaluated) => self.act(Action::Evaluate(evaluated)),
            Happens::Fails(request) => self.act(Action::Fail(request)),
            Happens::TakesDown => self.act(Action::Crash { is_torn: false }),
            Happens::Destroys(request) => self.destroy(request),
            Happens::Destroyed(request) => self.act(Action::Destroyed(request)),
            Happens::Progresses { request, task, left } => {
                if left > 1 {
                    let in_us = Self::around(&mut self.effects, self.swarm.work_us / 4);
                    self.at(
                        in_us,
                        Happening::Effect(Happens::Progresses { request, task, left: left - 1 }, life),
                    );
                }
                self.act(Action::Progress { request, task, output: u64::from(4 - left) * 100 })
            }
        }
    }
}
