//! What can be asked about data subjects, and what can come of an erasure.

use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::sealed::ContentClass;
use triad_event::subjects::{Erased, Event, Standing, Subject};

/// What can be asked about data subjects, and what can come of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Its content is to be erased.
    RequestErasure {
        /// The data subject, with what the vault knows of it.
        subject: Subject,
        /// When content was last accepted for it, as the vault has it.
        last_accepted: Option<Micros>,
        /// Why.
        reason: String,
    },
    /// Its key is destroyed: the outcome of the effect that a request calls for.
    EndErasure(Erased),
    /// A legal hold is to be placed on it.
    PlaceHold {
        /// The data subject.
        subject: DataSubjectId,
        /// What the vault knows of it.
        standing: Standing,
        /// Sequence of the newest durable record when the vault was asked.
        looked_up_through: u64,
        /// The name of the hold.
        hold: String,
        /// Why.
        reason: String,
    },
    /// A legal hold is to be released.
    ReleaseHold {
        /// The data subject.
        subject: DataSubjectId,
        /// The name of the hold.
        hold: String,
        /// Why.
        reason: String,
    },
    /// Somebody is about to be given content in the clear.
    RecordRead {
        /// The workflow whose content it is.
        workflow: WorkflowId,
        /// Its data subject.
        subject: DataSubjectId,
        /// The task.
        task: u32,
        /// What of it.
        class: ContentClass,
    },
}

impl Input {
    /// The input that the first event of a group states.
    pub(crate) fn restated(event: Event) -> Self {
        match event {
            Event::ErasureRequested(requested) => Self::RequestErasure {
                subject: requested.subject,
                last_accepted: requested.last_accepted,
                reason: requested.reason,
            },
            Event::ErasureRefused(refused) => Self::RequestErasure {
                subject: refused.subject,
                last_accepted: refused.last_accepted,
                reason: refused.reason,
            },
            Event::Erased(erased) => Self::EndErasure(erased),
            Event::HoldPlaced(placed) => Self::PlaceHold {
                subject: placed.subject,
                standing: placed.standing,
                looked_up_through: placed.looked_up_through,
                hold: placed.hold,
                reason: placed.reason,
            },
            Event::HoldReleased(released) => {
                Self::ReleaseHold { subject: released.subject, hold: released.hold, reason: released.reason }
            }
            Event::PayloadRead(read) => Self::RecordRead {
                workflow: read.workflow,
                subject: read.subject,
                task: read.task,
                class: read.class,
            },
        }
    }
}
