//! Every commit boundary of a small run, met in every way in which it can be met.

use super::doom::{Doom, Forced};
use super::options::{Failed, Options};
use super::run::run;
use super::swarm::Swarm;

/// What was found at the boundaries of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Boundaries {
    /// Runs, one for each commit and doom.
    pub runs: u64,
    /// Records decided in all of them.
    pub events: u64,
}

/// Runs a small load once as it is, and then once for each of its commits and each doom.
pub fn run_every_boundary(seed: u64) -> Result<Boundaries, Box<(Options, Box<Failed>)>> {
    let plain = Options { swarm: Swarm::quiet(seed), plant: None, forced: None, is_written_down: false };
    let report = run(&plain).map_err(|failed| Box::new((plain.clone(), failed)))?;
    let mut boundaries = Boundaries { runs: 1, events: report.events };
    for commit in 1..=report.commits {
        for doom in Doom::ALL {
            let options = Options { forced: Some(Forced { commit, doom }), ..plain.clone() };
            let report = run(&options).map_err(|failed| Box::new((options.clone(), failed)))?;
            boundaries.runs += 1;
            boundaries.events += report.events;
        }
    }
    Ok(boundaries)
}
