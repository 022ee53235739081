//! What the rows of the database hold, beside the views themselves.

use triad_event::ids::LogId;

use crate::attempt_history::{Attempt, AttemptHistory};
use crate::engine_state::EngineState;
use crate::projection::Projection;
use crate::run::Run;
use crate::run_graph::RunGraph;
use crate::run_list::Summary;
use crate::subjects::DataSubject;
use crate::timeline::Timeline;

/// Version of the keys and of the rows in this file.
const LAYOUT: u32 = 2;

/// How far the database is, of which log, and in which layout.
#[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub(super) struct CursorRow {
    pub(super) log: LogId,
    pub(super) next_sequence: u64,
    pub(super) chain: [u8; 32],
    pub(super) versions: Vec<(String, u32)>,
}

/// The versions of everything that is stored.
pub(super) fn versions() -> Vec<(String, u32)> {
    fn of<P: Projection>() -> (String, u32) {
        (P::NAME.to_owned(), P::VERSION)
    }
    vec![
        ("layout".to_owned(), LAYOUT),
        of::<Run>(),
        of::<RunGraph>(),
        of::<AttemptHistory>(),
        of::<Timeline>(),
        of::<DataSubject>(),
        of::<EngineState>(),
    ]
}

/// A workflow that goes on: what is not in its pages.
#[derive(Debug, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub(super) struct AliveRow {
    pub(super) summary: Summary,
    pub(super) open: Vec<Attempt>,
    /// Whether it is the newest workflow that was accepted under its idempotency key.
    pub(super) holds_key: bool,
}
