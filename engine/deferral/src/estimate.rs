//! How long a task takes and how much energy, by its own runs.

use crate::limits::{MILLION, RUNS_MAX};
use std::collections::VecDeque;

/// The last runs of a task, [`RUNS_MAX`] at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    runs: VecDeque<Run>,
}

/// A run that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How long it took.
    pub duration_ms: u64,
    /// How much energy it took, in milliwatt hours.
    pub energy_mwh: u64,
}

/// What the task says of itself, for as long as there are too few runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated {
    /// `timeout`: it never takes longer.
    pub timeout_ms: u64,
    /// `energy_cost_est_kwh`, in milliwatt hours.
    pub energy_mwh: u64,
}

/// A quantity, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Milliseconds or milliwatt hours.
    pub amount: u64,
    /// From how many runs. None means that the task's own statement is taken.
    pub runs: u32,
}

/// What plans are made with.
pub const PLAN_PPM: u64 = 500_000;
/// What keeps a deadline.
pub const SAFE_PPM: u64 = 900_000;

impl History {
    /// Remembers a run, and forgets the oldest beyond [`RUNS_MAX`]. Runs that were ended from outside say nothing of how
    /// long a task takes.
    pub fn observe(&mut self, run: Run) {
        self.runs.push_back(run);
        while self.runs.len() > RUNS_MAX {
            self.runs.pop_front();
        }
    }

    /// The runs that are remembered, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter()
    }

    /// How long the next run takes at most, with that probability; never more than the timeout, which is also the answer
    /// while there are too few runs to say.
    pub fn duration_ms(&self, ppm: u64, stated: &Stated) -> Estimate {
        let estimate = self.quantile(ppm, |run| run.duration_ms, stated.timeout_ms);
        Estimate { amount: estimate.amount.min(stated.timeout_ms), ..estimate }
    }

    /// How much energy the next run takes at most, with that probability.
    pub fn energy_mwh(&self, ppm: u64, stated: &Stated) -> Estimate {
        self.quantile(ppm, |run| run.energy_mwh, stated.energy_mwh)
    }

    /// The entry of rank `⌈q·(n + 1)⌉` of `n`. When runs are exchangeable the next one does not exceed it with probability
    /// `q`, whatever their distribution. Where the rank is beyond `n`, as with fewer than nine runs for nine tenths, there
    /// is no such entry.
    fn quantile(&self, ppm: u64, amount: impl Fn(&Run) -> u64, stated: u64) -> Estimate {
        let mut sorted: Vec<u64> = self.runs.iter().map(amount).collect();
        sorted.sort_unstable();
        let count = u64::try_from(sorted.len()).unwrap_or(0);
        let rank = ((count + 1) * ppm.min(MILLION)).div_ceil(MILLION).max(1);
        let entry = usize::try_from(rank - 1).ok().and_then(|index| sorted.get(index));
        match entry {
            Some(amount) => Estimate { amount: *amount, runs: u32::try_from(count).unwrap_or(u32::MAX) },
            None => Estimate { amount: stated, runs: 0 },
        }
    }
}
