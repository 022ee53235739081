//! Data subjects: whose content is erased together, what keeps it from being erased, and who read it.

use crate::ids::{DataSubjectId, WorkflowId};
use crate::quantity::Micros;
use crate::sealed::ContentClass;

events! {
    /// Data subjects: whose content is erased together, what keeps it from being erased, and who read it. All
    /// records are of the log's own stream, because the streams of the workflows that used the content may be
    /// closed for ever.
    subjects;

    /// Somebody asked that the content of a data subject be erased, and nothing stood against it. From here on
    /// nothing is accepted for it, and its key is to be destroyed.
    ErasureRequested = 501 version 2 "erasure_requested", by Input, keeps Permanent, ends None,
        says "the content of data subject {subject} is to be erased[: {reason}]" {
        /// What was asked.
        asked: RequestErasure,
    }

    /// Somebody asked that the content of a data subject be erased, and that was refused.
    ErasureRefused = 502 version 2 "erasure_refused", by Input, keeps Permanent, ends Refused,
        says "the content of data subject {subject} is not erased: {obstacle}" {
        /// What was asked.
        asked: RequestErasure,
        /// Why it was refused.
        obstacle: Obstacle,
    }

    /// The key of a data subject is destroyed: what was sealed under it can be read by nobody any more.
    /// Recorded once, however often it was destroyed.
    Erased = 503 "erased", by Input, keeps Permanent, ends Success,
        says "the key of data subject {subject} is destroyed" {
        /// Sequence of the request.
        request: u64,
        /// The data subject.
        subject: DataSubjectId,
        /// The slot in which its key was.
        slot: u64,
    }

    /// A legal hold was placed on a data subject: its content is not erased until every hold is released.
    HoldPlaced = 504 version 2 "hold_placed", by Input, keeps Permanent, ends None,
        says "legal hold {hold} was placed on data subject {subject}[: {reason}]" {
        /// What was asked.
        asked: PlaceHold,
        /// How many holds are on it now.
        holds: u32,
    }

    /// A legal hold was released.
    HoldReleased = 505 version 2 "hold_released", by Input, keeps Permanent, ends None,
        says "legal hold {hold} on data subject {subject} was released[: {reason}]" {
        /// What was asked.
        asked: ReleaseHold,
        /// How many holds are left.
        holds: u32,
    }

    /// Somebody was given content in the clear, or asked for it. Recorded once per reader, workflow and minute;
    /// the reader is the principal of the record.
    PayloadRead = 506 "payload_read", by Input, keeps Permanent, ends None,
        says "{class} of workflow {workflow} was read" {
        /// The workflow whose content it is; of the text of a definition, its data subject by the same bytes.
        workflow: WorkflowId,
        /// Its data subject.
        subject: DataSubjectId,
        /// The task whose content was read first in that minute.
        task: u32,
        /// What of it was.
        class: ContentClass,
    }
}

asks! {
    /// What can be asked about data subjects, and what can come of an erasure.
    subjects;
    /// Its content is to be erased.
    RequestErasure(RequestErasure) in ErasureRequested.asked, ErasureRefused.asked;
    /// Its key is destroyed: the outcome of the effect that a request calls for.
    EndErasure(Erased) in Erased => request;
    /// A legal hold is to be placed on it.
    PlaceHold(PlaceHold) in HoldPlaced.asked;
    /// A legal hold is to be released.
    ReleaseHold(ReleaseHold) in HoldReleased.asked;
    /// Somebody is about to be given content in the clear.
    RecordRead(PayloadRead) in PayloadRead;
}

structure! {
    /// That the content of a data subject is to be erased.
    RequestErasure {
        /// The data subject.
        subject: Subject,
        /// When content was last accepted for it, as the vault has it.
        last_accepted: Option<Micros>,
        /// Why.
        reason: String,
    }
}

structure! {
    /// That a legal hold is to be placed on a data subject.
    PlaceHold {
        /// The data subject.
        subject: DataSubjectId,
        /// What the vault knew of it.
        standing: Standing,
        /// Sequence of the newest durable record when the vault was asked.
        looked_up_through: u64,
        /// The name of the hold, unique for the data subject.
        hold: String,
        /// Why.
        reason: String,
    }
}

structure! {
    /// That a legal hold is to be released.
    ReleaseHold {
        /// The data subject.
        subject: DataSubjectId,
        /// The name of the hold.
        hold: String,
        /// Why.
        reason: String,
    }
}

structure! {
    /// A data subject, with what the vault knew of it.
    Subject {
        /// The data subject.
        id: DataSubjectId,
        /// The slot of its key in the vault; of a new one, the slot that was set aside for it.
        slot: u64,
        /// What the vault knew of it.
        standing: Standing,
        /// Sequence of the newest durable record when the vault was asked.
        looked_up_through: u64,
    }
}

impl Subject {
    /// A workflow by itself, whose id was drawn a moment ago, so that the vault cannot know it yet.
    pub fn of(workflow: WorkflowId, slot: u64, looked_up_through: u64) -> Self {
        Self { id: workflow.into(), slot, standing: Standing::New, looked_up_through }
    }
}

tagged! {
    /// What the vault knows of a data subject.
    Standing {
        /// Nothing yet.
        New = 1,
        /// It has a key.
        Known = 2,
        /// It had a key, which is destroyed.
        Erased = 3,
    }
}

tagged! {
    /// What stands against an erasure.
    Obstacle {
        /// A legal hold.
        LegalHold = 1,
        /// Content was accepted for it more recently than the retention rule allows.
        Retention = 2,
        /// A workflow that has not ended uses its content.
        InUse = 3,
    }
}

tagged! {
    /// Where a data subject stands.
    Phase {
        /// It can be erased, as far as this domain knows.
        Free = 0,
        /// It is under legal hold.
        Held = 1,
        /// Its erasure was requested; its key is to be destroyed.
        Erasing = 2,
        /// Its key is destroyed.
        Erased = 3,
    }
}

impl Phase {
    /// The phase of a data subject after an event that names it; `None` when the grammar forbids it. One of
    /// which nothing is recorded stands like one that is free.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        let before = match before {
            None => Self::Free,
            Some(before) => before,
        };
        match (event, before) {
            (Event::ErasureRequested(_), Self::Free) => Some(Self::Erasing),
            (Event::ErasureRefused(_), Self::Free | Self::Held) => Some(before),
            (Event::Erased(_), Self::Erasing) => Some(Self::Erased),
            (Event::HoldPlaced(_), Self::Free | Self::Held) => Some(Self::Held),
            (Event::HoldReleased(released), Self::Held) => {
                Some(if released.holds == 0 { Self::Free } else { Self::Held })
            }
            // That somebody asked for what is erased is worth knowing too.
            (Event::PayloadRead(_), Self::Free | Self::Held | Self::Erased) => Some(before),
            (
                Event::ErasureRequested(_)
                | Event::ErasureRefused(_)
                | Event::Erased(_)
                | Event::HoldPlaced(_)
                | Event::HoldReleased(_)
                | Event::PayloadRead(_),
                _,
            ) => None,
        }
    }
}

impl Event {
    /// The data subject that it names.
    pub const fn subject(&self) -> DataSubjectId {
        match self {
            Self::ErasureRequested(event) => event.asked.subject.id,
            Self::ErasureRefused(event) => event.asked.subject.id,
            Self::Erased(event) => event.subject,
            Self::HoldPlaced(event) => event.asked.subject,
            Self::HoldReleased(event) => event.asked.subject,
            Self::PayloadRead(event) => event.subject,
        }
    }
}
