//! How a seed is run, and what comes of it.

use super::doom::Forced;
use super::fault::Fault;
use super::listed::Counts;
use super::plant;
use super::probe::Probe;
use super::swarm::Swarm;
use super::violation::Violation;
use std::fmt::Write;
use triad_event::execution::Ending;
use triad_log::twin::TwinReader;
use triad_perform::shell::planted::Bug;

/// What a seed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Records that were decided.
    pub events: u64,
    /// Records that the log holds in the end.
    pub records: u64,
    /// Commits that met their fate.
    pub commits: u64,
    /// Process lives.
    pub lives: u64,
    /// Microseconds that passed in the simulation.
    pub simulated_us: i64,
    /// Faults by class.
    pub faults: Counts<Fault>,
    /// Rare things that happened.
    pub probes: Counts<Probe>,
    /// Records by kind, parallel to [`Kind::ALL`].
    pub kinds: Vec<u64>,
    /// Ends of attempts, parallel to [`Ending::ALL`].
    pub endings: [u64; Ending::ALL.len()],
    /// BLAKE3 of the log as a file.
    pub digest: [u8; 32],
    /// The actions as a script, when they were written down.
    pub script: String,
}

/// What a failed run leaves behind.
pub struct Failed {
    /// What was found.
    pub violation: Violation,
    /// The disk as it was then.
    pub disk: TwinReader,
    /// What was done until then, one action a line, when it was written down.
    pub actions: Vec<String>,
}

/// How a seed is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it does.
    pub swarm: Swarm,
    /// The bug that is planted.
    pub plant: Option<Bug>,
    /// The fault that is forced.
    pub forced: Option<Forced>,
    /// Whether actions are written down.
    pub is_written_down: bool,
}

impl Options {
    /// A seed as it comes.
    pub fn seed(seed: u64) -> Self {
        let (swarm, plant) = (Swarm::new(seed), None);
        Self { swarm, plant, forced: None, is_written_down: false }
    }

    /// Actions as a script, with what the stage needs to know at its head.
    pub(super) fn script(&self, actions: &[String]) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _infallible = writeln!(text, "# {}", self.swarm).is_err();
        for (setting, value) in self.swarm.setup(self.plant).settings {
            let _infallible = writeln!(text, "#! setting {} {value}", setting.name()).is_err();
        }
        let _infallible = writeln!(text, "#! snapshot-every {}", self.swarm.snapshot_every).is_err();
        let _infallible = writeln!(text, "#! plant {}", plant::name(self.plant)).is_err();
        text + &actions.join("\n") + "\n"
    }
}
