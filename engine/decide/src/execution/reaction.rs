//! What execution decides in its turn.

use triad_event::execution::CancelReason;
use triad_event::ids::{StreamId, WorkflowId};

use crate::image::choices;

/// What execution decides in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A task that could run is taken over: it does, or it waits for a place.
    Offer { workflow: WorkflowId, task: u32 },
    /// An attempt is asked to stop.
    Stop { workflow: WorkflowId, request: u64, reason: CancelReason },
    /// Free places go to queued tasks.
    Admit,
    /// The same, once one of them was asked about its price again and waits: there may be many such.
    AdmitInTurn,
}

choices! {
    Reaction { 0 Offer { workflow, task }, 1 Stop { workflow, request, reason }, 2 Admit, 3 AdmitInTurn }
}

impl Reaction {
    /// The stream that it concerns; none when that is seen when its turn comes.
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Offer { workflow, .. } | Self::Stop { workflow, .. } => Some((*workflow).into()),
            Self::Admit | Self::AdmitInTurn => None,
        }
    }
}
