//! Where a task stands, with what is needed to go on from there.

use triad_event::dag::TaskPhase;
use triad_event::evaluation::Verdict;
use triad_event::execution::Ending;
use triad_event::quantity::Micros;

use crate::image::{choices, structs};

structs! {
    Task { state, attempts }
    Seen { ran, astray }
}

choices! {
    TaskState {
        0 Pending { missing, seen },
        1 Queued,
        2 Running { request },
        3 Settling { ending },
        4 Waiting { due },
        5 Completed,
        6 Failed,
        7 Skipped,
        8 Cancelled,
        9 Awaiting,
        10 Evaluating,
        11 Evaluated { verdict },
        12 Spread { left, failed },
        13 LeftOut,
        14 Deferred,
        15 Released,
        16 Proposed { ending },
        17 Held,
    }
}

/// What the dag remembers of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Where it stands.
    pub state: TaskState,
    /// How many attempts were requested.
    pub attempts: u32,
}

/// Where a task stands, with what is needed to go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// It waits for that many dependencies, or for the sub-workflow that it is a part of to begin.
    Pending {
        /// How many have not ended, or not begun.
        missing: u32,
        /// What is known of those that have.
        seen: Seen,
    },
    /// It waits for a place.
    Queued,
    /// An attempt runs.
    Running {
        /// Sequence of its request.
        request: u64,
    },
    /// Its attempt ended so, and what that means is decided next.
    Settling {
        /// How.
        ending: Ending,
    },
    /// It waits for its retry.
    Waiting {
        /// When that is due, in the time that has passed for the log.
        due: Micros,
    },
    /// It ended as intended.
    Completed,
    /// It failed for good.
    Failed,
    /// It will never run, because something that it needs failed.
    Skipped,
    /// It was stopped with its workflow.
    Cancelled,
    /// It waits for time, a signal or people.
    Awaiting,
    /// Its expressions are evaluated.
    Evaluating,
    /// They were, and what that means is decided next.
    Evaluated {
        /// What they came to.
        verdict: Verdict,
    },
    /// Its parts, or the tasks of the sub-workflow that it is, are under way.
    Spread {
        /// How many have not ended.
        left: u32,
        /// Whether one failed.
        failed: bool,
    },
    /// It will never run, because what its definition wants did not come about.
    LeftOut,
    /// It waits for a price.
    Deferred,
    /// It goes on by what electricity costs, and has no place yet.
    Released,
    /// Its attempt ended so, and a fix waits for approval.
    Proposed {
        /// How.
        ending: Ending,
    },
    /// A rule of moderation holds its step until somebody has reviewed it.
    Held,
}

/// What is known of the dependencies that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Whether one of them ended as wanted, or there is none.
    pub ran: bool,
    /// Whether one of them ended otherwise than its edge wants.
    pub astray: bool,
}

/// How a task ended, for those that depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    Skipped,
    LeftOut,
    Cancelled,
}

impl End {
    pub(super) const fn state(self) -> TaskState {
        match self {
            Self::Completed => TaskState::Completed,
            Self::Failed => TaskState::Failed,
            Self::Skipped => TaskState::Skipped,
            Self::LeftOut => TaskState::LeftOut,
            Self::Cancelled => TaskState::Cancelled,
        }
    }
}

impl TaskState {
    /// Where a task begins that waits for nothing but its turn.
    pub(super) const READY: Self = Self::Pending { missing: 0, seen: Seen { ran: true, astray: false } };

    /// The phase in the grammar.
    pub const fn phase(self) -> TaskPhase {
        match self {
            Self::Pending { .. } => TaskPhase::Pending,
            Self::Queued => TaskPhase::Queued,
            Self::Running { .. } => TaskPhase::Running,
            Self::Settling { .. } => TaskPhase::Settling,
            Self::Waiting { .. } => TaskPhase::Waiting,
            Self::Completed => TaskPhase::Completed,
            Self::Failed => TaskPhase::Failed,
            Self::Skipped | Self::LeftOut => TaskPhase::Skipped,
            Self::Cancelled => TaskPhase::Cancelled,
            Self::Awaiting => TaskPhase::Awaiting,
            Self::Evaluating => TaskPhase::Evaluating,
            Self::Evaluated { .. } => TaskPhase::Evaluated,
            Self::Spread { .. } => TaskPhase::Spread,
            Self::Deferred => TaskPhase::Deferred,
            Self::Released => TaskPhase::Released,
            Self::Proposed { .. } => TaskPhase::Proposed,
            Self::Held => TaskPhase::Held,
        }
    }

    /// Whether nothing stands in the way of running it: all that it depends on ended as it wants, its condition holds if it
    /// has one, and it does not wait for a price.
    pub(super) const fn may_run(self) -> bool {
        match self {
            Self::Pending { missing: 0, seen: Seen { ran: true, astray: false } }
            | Self::Evaluated { verdict: Verdict::Holds }
            | Self::Released => true,
            Self::Pending { .. }
            | Self::Queued
            | Self::Running { .. }
            | Self::Settling { .. }
            | Self::Waiting { .. }
            | Self::Completed
            | Self::Failed
            | Self::Skipped
            | Self::LeftOut
            | Self::Cancelled
            | Self::Awaiting
            | Self::Evaluating
            | Self::Evaluated { .. }
            | Self::Deferred
            | Self::Proposed { .. }
            | Self::Held
            | Self::Spread { .. } => false,
        }
    }
}
