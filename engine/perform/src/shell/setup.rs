//! What a shell begins with.

use super::in_flight::InFlight;
use super::recover::Recovered;
use super::time::Reading;
use triad_event::governance::StreamQuarantined;
use triad_event::ids::{BootId, NodeId};
use triad_event::log::TailDropped;
use triad_log::storage::Storage;
use triad_log::writer::LogWriter;

/// What a shell begins with.
pub struct Setup<S: Storage, R> {
    /// The world, recovered from the log.
    pub recovered: Recovered,
    /// Writes where that log ends.
    pub writer: LogWriter<S>,
    /// Where answers wait for commits: whoever hears of completions tells it.
    pub in_flight: InFlight<R>,
    /// What the hardware counts that keeps the log's key; none without it.
    pub counted: Option<u64>,
    /// Records between two snapshots.
    pub records_per_snapshot: u64,
    /// The run of the machine whose clocks are read; all zero when it is not known.
    pub boot: BootId,
    /// What the clocks show.
    pub now: Reading,
    /// Whether somebody wants to be told what is decided.
    pub is_watched: bool,
}

/// What opening found, and who starts.
pub struct Beginning {
    /// A torn tail was dropped.
    pub dropped: Option<TailDropped>,
    /// BLAKE3 of the program; all zero when it is not known.
    pub build_digest: [u8; 32],
    /// The node that it runs on.
    pub node: NodeId,
    /// Whether nothing is to be performed until somebody resumes the engine.
    pub is_paused: bool,
    /// Streams that are to be set aside.
    pub poisoned: Vec<StreamQuarantined>,
}
