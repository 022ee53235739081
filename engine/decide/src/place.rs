//! Where a decision is recorded: what it may be derived from besides what it is about.

use triad_event::ids::{LogId, PrincipalId};
use triad_event::quantity::Micros;

/// A place in a log: the group, the position in it, its time, and who caused it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) log: LogId,
    pub(crate) group: u64,
    pub(crate) ordinal: u64,
    pub(crate) at: Micros,
    /// What has passed for the log: spans begin here.
    pub(crate) elapsed: Micros,
    pub(crate) principal: PrincipalId,
}
