//! What is decided on something that was asked.

use triad_event::Event;
use triad_event::ids::StreamId;

use crate::refusal::{Accepted, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The first event of the group; none when nothing is recorded.
    pub(crate) event: Option<(StreamId, Event)>,
    /// The record that led to it, when it was not the input alone.
    pub(crate) cause: Option<u64>,
    /// What is answered. A refusal that matters as evidence is recorded and answered.
    pub(crate) reply: Result<Accepted, Refusal>,
}

impl Decision {
    /// It is done, and recorded.
    pub(crate) fn recorded(stream: StreamId, event: impl Into<Event>) -> Self {
        Self { event: Some((stream, event.into())), cause: None, reply: Ok(Accepted::Recorded) }
    }

    /// It was done before, so nothing is recorded.
    pub(crate) fn nothing(accepted: Accepted) -> Self {
        Self { event: None, cause: None, reply: Ok(accepted) }
    }

    /// It is refused, and that is evidence.
    pub(crate) fn refused(stream: StreamId, event: impl Into<Event>, refusal: impl Into<Refusal>) -> Self {
        Self { reply: Err(refusal.into()), ..Self::recorded(stream, event) }
    }
}
