//! What is to happen.

use super::action::{End, Evaluated};
use triad_event::ids::WorkflowId;

/// Something that is to happen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Happening {
    /// A client does something.
    Client,
    /// A client goes on with an upload or tries again.
    GoesOn(u64),
    /// An operator looks after the engine.
    Operator,
    /// Somebody looks what waits for people and signals.
    People,
    /// Somebody looks after a schedule.
    Planner,
    /// Somebody looks after prices.
    Market,
    /// The oldest commit in flight meets its fate.
    Lands,
    /// The snapshot that is being written meets its fate.
    Written,
    /// The index reads on.
    IndexReads,
    /// Something comes of an effect that began in that life.
    Effect(Happens, u64),
    /// A paused workflow is resumed.
    Resume(WorkflowId),
}

/// Something that comes of an effect.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Happens {
    /// Its process runs.
    Runs { request: u64, task: u32 },
    /// It ends.
    Ends(End),
    /// Its expressions come to that.
    Evaluated(Evaluated),
    /// It shows that it is alive, and so many times more.
    Progresses { request: u64, task: u32, left: u32 },
    /// It fails for a reason that passes.
    Fails(u64),
    /// It takes the process down that performs it.
    TakesDown,
    /// The key that a request calls for is destroyed.
    Destroys(u64),
    /// The engine is told so.
    Destroyed(u64),
}
