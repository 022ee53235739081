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
}

choices! {
    Reaction {
        0 Raise { alert, about },
        1 Deliver { stream },
        2 Schedule { stream },
        3 Resolve { stream },
    }
}

impl Reaction {
    /// The stream that it concerns: that of the alert, once there is one.
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Raise { .. } => Some(StreamId::LOG),
            Self::Deliver { stream } | Self::Schedule { stream } | Self::Resolve { stream } => Some(*stream),
        }
    }
}
