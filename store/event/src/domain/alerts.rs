//! Alerts: what people must know, who was told, and what became of it.

use crate::header::Outcome;
use crate::ids::StreamId;
use crate::quantity::Micros;

events! {
    /// Alerts: what people must know, who was told, and what became of it. An alert is a stream. There is one for each
    /// condition, by its kind and what it is about, for as long as the condition stands. Subscriptions, and the messages that
    /// channels are sent for them, are in the log's own stream.
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

    /// The condition stands no longer. Unless it returns by then, the alert is resolved.
    AlertSubsided = 609 "alert_subsided", by Decision, keeps Stream, ends None, says "no longer, for now: {alert}" {
        /// What was the matter.
        alert: AlertKind,
        /// When it is resolved, in the time that has passed for this log.
        due: Micros,
    }

    /// The condition stands again. It is the same alert, and whoever was told of it is not told again.
    AlertReturned = 610 "alert_returned", by Decision, keeps Stream, ends None,
        says "it is back, the time number {returns}: {alert}[, {detail}]" {
        /// What is the matter.
        alert: AlertKind,
        /// How often it has returned, from 1.
        returns: u32,
        /// What was met, in words.
        detail: String,
    }

    /// Nobody has acknowledged the alert in time: others are told.
    AlertEscalated (boxed) = 611 "alert_escalated", by Decision, keeps Stream, ends None,
        says "nobody has acknowledged it, so {channel} is told: {alert}[, {detail}]" {
        /// What is the matter.
        alert: AlertKind,
        /// The stream or the data subject that it is about, by the same bytes; all zero for the installation.
        about: StreamId,
        /// What was met, in words.
        detail: String,
        /// The subscription that asks for it.
        subscription: String,
        /// The channel that is sent a message.
        channel: String,
    }

    /// A channel is sent messages of events from here on. One of that name that was set before is replaced, and goes on with the
    /// events that it has not told of.
    SubscriptionSet (boxed) = 612 "subscription_set", by Input, keeps Permanent, ends None,
        says "{channel} is told of events, as the subscription {name} says[: {reason}]" {
        /// The name of the subscription.
        name: String,
        /// The name of the channel. Where it leads stays with the server.
        channel: String,
        /// Names of the kinds of events.
        kinds: Vec<String>,
        /// What must hold of an event besides, in CEL.
        filter: Option<String>,
        /// Who is told of alerts that nobody acknowledges; nobody when there is none.
        escalation: Option<Escalation>,
        /// Messages within one minute. What is more comes in one message, with its number.
        per_minute: u32,
        /// The first record that it may tell of, when it is an earlier one.
        from: Option<u64>,
        /// Why.
        reason: String,
    }

    /// Nothing more is sent for a subscription, and nothing that waited.
    SubscriptionRemoved = 613 "subscription_removed", by Input, keeps Permanent, ends None,
        says "the subscription {name} is removed[: {reason}]" {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    }

    /// Events were found that a subscription names: its channel is sent a message. All before the last of them is told, or was
    /// not named.
    MessageMade (boxed) = 614 "message_made", by Input, keeps Permanent, ends None,
        says "{channel} is sent a message of {events} events, for the subscription {subscription}" {
        /// The name of the subscription.
        subscription: String,
        /// The channel.
        channel: String,
        /// The first event.
        first: u64,
        /// The last.
        last: u64,
        /// How many there are, from the first to the last.
        events: u32,
        /// The alerts that were raised by them.
        alerts: Vec<StreamId>,
    }

    /// A message is sent again, since it was not taken.
    MessageRepeated = 615 "message_repeated", by Decision, keeps Permanent, ends None,
        says "message {message} is sent, the time number {attempt}" {
        /// Sequence of the record that made it.
        message: u64,
        /// The number of the attempt, from 1.
        attempt: u32,
    }

    /// An attempt to send a message ended.
    MessageEnded = 616 "message_ended", by Input, keeps Permanent, ends (delivery),
        says "message {message}: {delivery}[, status {status}]" {
        /// Sequence of the record that asks for it: the message's own, or that of a repetition.
        request: u64,
        /// Sequence of the record that made the message.
        message: u64,
        /// How.
        delivery: Delivery,
        /// The status of the answer, of HTTP or SMTP; none when there was no answer.
        status: Option<u16>,
    }

    /// A message is not sent any more by itself.
    MessageGivenUp = 617 "message_given_up", by Decision, keeps Permanent, ends Failure,
        says "message {message} is given up after {attempts} attempts" {
        /// Sequence of the record that made it.
        message: u64,
        /// How often it was tried.
        attempts: u32,
    }

    /// Somebody asks that a message that was given up is sent once more. It bears the same id.
    MessageRedelivered = 618 "message_redelivered", by Input, keeps Permanent, ends None,
        says "message {message} is to be sent once more[: {reason}]" {
        /// Sequence of the record that made it.
        message: u64,
        /// Why.
        reason: String,
    }
}

structure! {
    /// Who is told of alerts that nobody acknowledges.
    Escalation {
        /// The name of the channel.
        channel: String,
        /// How long after the message about the alert.
        after: Micros,
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
    /// A channel is to be told of events.
    Subscribe(SubscriptionSet, boxed) in SubscriptionSet;
    /// It is not to be any more.
    Unsubscribe(SubscriptionRemoved) in SubscriptionRemoved;
    /// Events were found that a subscription names.
    Send(MessageMade, boxed) in MessageMade;
    /// An attempt to send a message ended.
    EndMessage(MessageEnded) in MessageEnded => request;
    /// A message that was given up is to be sent once more.
    Redeliver(MessageRedelivered) in MessageRedelivered;
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

impl Event {
    /// Whether it is about a subscription or a message: those are in the log's own stream, and tell of others.
    pub const fn is_of_subscriptions(&self) -> bool {
        match self {
            Self::SubscriptionSet(_)
            | Self::SubscriptionRemoved(_)
            | Self::MessageMade(_)
            | Self::MessageRepeated(_)
            | Self::MessageEnded(_)
            | Self::MessageGivenUp(_)
            | Self::MessageRedelivered(_) => true,
            Self::ConditionReported(_)
            | Self::ConditionEnded(_)
            | Self::AlertRaised(_)
            | Self::DeliveryRequested(_)
            | Self::DeliveryEnded(_)
            | Self::DeliveryScheduled(_)
            | Self::AlertAcknowledged(_)
            | Self::AlertResolved(_)
            | Self::AlertSubsided(_)
            | Self::AlertReturned(_)
            | Self::AlertEscalated(_) => false,
        }
    }
}

impl Phase {
    /// The phase of an alert after an event of its stream; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (event, before) {
            (Event::AlertRaised(_), None) => Some(Self::Raised),
            (Event::AlertAcknowledged(_), Some(Self::Raised)) => Some(Self::Acknowledged),
            (Event::AlertResolved(_), Some(Self::Raised | Self::Acknowledged)) => Some(Self::Resolved),
            (Event::AlertEscalated(_), Some(Self::Raised)) => Some(Self::Raised),
            (
                Event::DeliveryRequested(_)
                | Event::DeliveryEnded(_)
                | Event::DeliveryScheduled(_)
                | Event::AlertSubsided(_)
                | Event::AlertReturned(_),
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
                | Event::AlertResolved(_)
                | Event::AlertSubsided(_)
                | Event::AlertReturned(_)
                | Event::AlertEscalated(_)
                | Event::SubscriptionSet(_)
                | Event::SubscriptionRemoved(_)
                | Event::MessageMade(_)
                | Event::MessageRepeated(_)
                | Event::MessageEnded(_)
                | Event::MessageGivenUp(_)
                | Event::MessageRedelivered(_),
                _,
            ) => None,
        }
    }
}
