//! What people can ask of a workflow that is alive.

use triad_event::dag::Event;

/// What people can ask of a workflow that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// It is to stop.
    Cancel {
        /// Why.
        reason: String,
    },
    /// None of its attempts is to start.
    Pause {
        /// Why.
        reason: String,
    },
    /// Its attempts are to start again.
    Resume {
        /// Why.
        reason: String,
    },
}

impl Input {
    /// The input that an event states, if it states one.
    pub(crate) fn restated(event: Event) -> Option<Self> {
        match event {
            Event::CancelRequested(requested) => Some(Self::Cancel { reason: requested.reason }),
            Event::WorkflowPaused(paused) => Some(Self::Pause { reason: paused.reason }),
            Event::WorkflowResumed(resumed) => Some(Self::Resume { reason: resumed.reason }),
            Event::TaskQueued(_)
            | Event::TaskCompleted(_)
            | Event::TaskFailed(_)
            | Event::TaskSkipped(_)
            | Event::TaskCancelled(_)
            | Event::RetryScheduled(_)
            | Event::WorkflowCompleted(_)
            | Event::WorkflowFailed(_)
            | Event::WorkflowCancelled(_) => None,
        }
    }
}
