//! Alerts: what people must know, who was told, and what became of it.

use crate::header::Outcome;
use crate::ids::StreamId;
use crate::quantity::Micros;

events! {
    /// Alerts: what people must know, who was told, and what became of it. An alert is a stream. There is one for each
    /// condition, by its kind and what it is about, for as long as the condition stands.
    alerts;

    /// The engine met a condition that people must know of, outside of what it decides. Recorded once while it stands.
    ConditionReported = 601 "condition_reported", by Input, keeps Permanent, ends None, says "{alert}[: {detail}]" {
        /// What is the matter.
        alert: AlertKind,
        /// The stream or the data subject that it is about, by the same bytes; all zero for the installation.
        about: StreamId,
        /// What was met, in words.
        detail: String,
    }

    /// A condition that was reported stands no longer.
    ConditionEnded = 602 "condition_ended", by Input, keeps Permanent, ends None, says "no longer: {alert}" {
        /// What was the matter.
        alert: AlertKind,
        /// What it was about.
        about: StreamId,
    }

    /// A condition stands of which there was no alert. Its stream begins with this record.
    AlertRaised = 603 "alert_raised", by Decision, keeps Stream, ends None, says "an alert is raised: {alert}[, {detail}]" {
        /// What is the matter.
        alert: AlertKind,
        /// The stream or the data subject that it is about, by the same bytes; all zero for the installation.
        about: StreamId,
        /// What was met, in words.
        detail: String,
    }

    /// The alert is to be delivered. Every delivery of it bears the same id, that of the stream.
    DeliveryRequested = 604 "delivery_requested", by Decision, keeps Stream, ends None,
        says "delivery {attempt} begins" {
        /// The number of the delivery, from 1.
        attempt: u32,
    }

    /// A delivery ended.
    DeliveryEnded = 605 "delivery_ended", by Input, keeps Stream, ends (delivery),
        says "the delivery ended: {delivery}[, status {status}]" {
        /// Sequence of its request.
        request: u64,
        /// How.
        delivery: Delivery,
        /// The HTTP status of the answer; none when there was no answer.
        status: Option<u16>,
    }

    /// A delivery did not succeed and is made again. The delay is already drawn.
    DeliveryScheduled = 606 "delivery_scheduled", by Decision, keeps Stream, ends None,
        says "delivery {attempt} follows" {
        /// The number of the delivery to come.
        attempt: u32,
        /// How long after this record it is due.
        delay: Micros,
    }

    /// A person has seen the alert.
    AlertAcknowledged = 607 "alert_acknowledged", by Input, keeps Stream, ends None, says "acknowledged[: {reason}]" {
        /// What they say of it.
        reason: String,
    }

    /// The condition stands no longer. Nothing more is delivered.
    AlertResolved = 608 "alert_resolved", by Decision, keeps Stream, ends Success and closes, says "resolved: {alert}" {
        /// What was the matter.
        alert: AlertKind,
    }
}

asks! {
    /// What can be asked of alerts, and what can come of a delivery.
    alerts;
    /// The engine met a condition.
    Report(ConditionReported) in ConditionReported;
    /// It stands no longer.
    End(ConditionEnded) in ConditionEnded;
    /// A delivery ended.
    EndDelivery(DeliveryEnded) in DeliveryEnded => request;
    /// A person has seen the alert.
    Acknowledge(AlertAcknowledged) in AlertAcknowledged;
}

tagged! {
    /// What an alert is about.
    AlertKind {
        /// The core panicked on a stream, which is set aside until somebody releases or closes it.
        StreamQuarantined = 1,
        /// The wall clock stepped, and nobody has accepted that yet.
        ClockStepped = 2,
        /// A key that is to be destroyed could not be. It is tried again.
        ErasureFailed = 3,
        /// The vault could not seal or read content.
        VaultDegraded = 4,
        /// The machine is short of something that processes take. What waits for it is tried again.
        MachineShort = 5,
        /// Prices could not be taken from the feed that the server fetches. What was published before stays.
        PriceFeedFailed = 6,
        /// A budget is used up, or holds a task back.
        BudgetExhausted = 7,
        /// A task failed that was to be healed by itself, and nothing does.
        NotHealed = 8,
    }
}

tagged! {
    /// How a delivery ended.
    Delivery {
        /// The receiver took it.
        Accepted = 1,
        /// The receiver answered, and not with success.
        Refused = 2,
        /// There was no answer.
        Unreachable = 3,
        /// This process knows no receiver, so none is tried again.
        NotConfigured = 4,
    }
}

impl Delivery {
    /// The outcome class of a delivery that ended so.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Accepted => Outcome::Success,
            Self::Refused | Self::Unreachable => Outcome::Failure,
            Self::NotConfigured => Outcome::None,
        }
    }
}

tagged! {
    /// Where an alert stands.
    Phase {
        /// Nobody has acknowledged it.
        Raised = 0,
        /// A person has seen it, and its condition stands.
        Acknowledged = 1,
        /// Its condition stands no longer.
        Resolved = 2,
    }
}

impl Phase {
    /// The phase of an alert after an event of its stream; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (event, before) {
            (Event::AlertRaised(_), None) => Some(Self::Raised),
            (Event::AlertAcknowledged(_), Some(Self::Raised)) => Some(Self::Acknowledged),
            (Event::AlertResolved(_), Some(Self::Raised | Self::Acknowledged)) => Some(Self::Resolved),
            (
                Event::DeliveryRequested(_) | Event::DeliveryEnded(_) | Event::DeliveryScheduled(_),
                Some(phase @ (Self::Raised | Self::Acknowledged)),
            ) => Some(phase),
            (
                Event::ConditionReported(_)
                | Event::ConditionEnded(_)
                | Event::AlertRaised(_)
                | Event::DeliveryRequested(_)
                | Event::DeliveryEnded(_)
                | Event::DeliveryScheduled(_)
                | Event::AlertAcknowledged(_)
                | Event::AlertResolved(_),
                _,
            ) => None,
        }
    }
}
