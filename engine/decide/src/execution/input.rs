//! What can come of an attempt.

use triad_event::execution::{AttemptEnded, AttemptProgressed, Event};

/// What can come of an attempt. The records hold nothing but the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// It ended.
    EndAttempt(AttemptEnded),
    /// It is alive.
    ReportProgress(AttemptProgressed),
}

impl Input {
    /// The input that an event states, if it states one.
    pub(crate) fn restated(event: Event) -> Option<Self> {
        match event {
            Event::AttemptEnded(ended) => Some(Self::EndAttempt(ended)),
            Event::AttemptProgressed(progressed) => Some(Self::ReportProgress(progressed)),
            Event::AttemptRequested(_)
            | Event::AttemptCancelRequested(_)
            | Event::AttemptStalled(_)
            | Event::AttemptAbandoned(_) => None,
        }
    }

    /// Sequence of the request that it names.
    pub(crate) fn request(&self) -> u64 {
        match self {
            Self::EndAttempt(ended) => ended.request,
            Self::ReportProgress(progressed) => progressed.request,
        }
    }
}
