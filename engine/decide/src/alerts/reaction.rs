//! What alerts decide in their turn.

use triad_event::alerts::AlertKind;
use triad_event::ids::StreamId;

use crate::image::choices;

/// What alerts decide in their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A condition stands of which there is no alert.
    Raise { alert: AlertKind, about: StreamId },
    /// An alert is delivered for the first time.
    Deliver { stream: StreamId },
    /// A delivery did not succeed and another one will be made.
    Schedule { stream: StreamId },
    /// The condition of an alert stands no longer.
    Resolve { stream: StreamId },
    /// The condition of an alert stands again, before that was resolved.
    Return { stream: StreamId },
    /// A message was not taken, and is sent no more by itself.
    GiveUp { message: u64 },
}

choices! {
    Reaction {
        0 Raise { alert, about },
        1 Deliver { stream },
        2 Schedule { stream },
        3 Resolve { stream },
        4 Return { stream },
        5 GiveUp { message },
    }
}

impl Reaction {
    /// The stream that it concerns: that of the alert, once there is one.
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Raise { .. } | Self::GiveUp { .. } => Some(StreamId::LOG),
            Self::Deliver { stream }
            | Self::Schedule { stream }
            | Self::Resolve { stream }
            | Self::Return { stream } => Some(*stream),
        }
    }
}
