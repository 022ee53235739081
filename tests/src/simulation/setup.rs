//! What a simulation is given.

use triad_event::governance::Setting;
use triad_perform::shell::planted::Bug;

/// What a simulation is given.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The settings that the log begins with, where they are not the initial ones.
    pub settings: Vec<(Setting, i64)>,
    /// Records between two snapshots.
    pub snapshot_every: u64,
    /// The bug that is planted.
    pub plant: Option<Bug>,
}
