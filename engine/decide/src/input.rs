//! What wakes the core: something that is asked, and of which stream.

use triad_event::ids::StreamId;
use triad_event::{Ask, Domain, Event, Recorded};

/// Everything that can wake the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The stream that it is about. What comes of an effect goes to the stream of its request, whatever stands here.
    pub stream: StreamId,
    /// What is asked.
    pub ask: Ask,
}

impl Input {
    /// Something asked of a stream.
    pub fn of(stream: impl Into<StreamId>, ask: impl Into<Ask>) -> Self {
        Self { stream: stream.into(), ask: ask.into() }
    }

    /// Something asked of the installation as a whole, or what came of an effect.
    pub fn of_log(ask: impl Into<Ask>) -> Self {
        Self::of(StreamId::LOG, ask)
    }

    /// The input that a record states; none when it states none, because it follows from one or was written
    /// by the code that opens the log.
    pub fn restated(first: &Recorded<Event>) -> Option<Self> {
        let ask = first.event.clone().asked()?;
        // Closing is asked of the installation, since the stream in quarantine takes nothing.
        let stream = if ask.domain() == Domain::Governance { StreamId::LOG } else { first.stream };
        Some(Self { stream, ask })
    }
}

/// What is asked of these domains is asked of the installation, or is an outcome.
macro_rules! asked_of_the_log {
    ($($module:ident),+) => {$(
        impl From<triad_event::$module::Ask> for Input {
            fn from(ask: triad_event::$module::Ask) -> Self {
                Self::of_log(ask)
            }
        }
    )+};
}

asked_of_the_log! { governance, execution, subjects, alerts, access, evaluation, definitions, prices, economics }
