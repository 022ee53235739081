//! Who is told of which events, and the messages that channels are sent: what the records say of both.
//!
//! Which events a subscription names is found by whoever drives the core, behind the durable log; here stands how far it came,
//! so that nothing is told twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::alerts::{
    Delivery, Escalation, Event, MessageEnded, MessageGivenUp, MessageMade, MessageRedelivered,
    MessageRepeated, SubscriptionSet,
};
use triad_event::governance::WakeReason;
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

use super::reaction::Reaction;
use super::state::{DELIVERIES_MAX, DeliveryState};
use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::effects::Acting;
use crate::ports::wakes::Wake;

/// Subscriptions that there may be: each is asked about each event.
pub(crate) const SUBSCRIPTIONS_MAX: usize = 100;
/// Messages that wait for somebody to take them. Beyond this, whoever finds events gathers them.
pub(crate) const WAITING_MAX: usize = 1000;
/// Messages that were given up which are kept to be sent once more. Of more the oldest are forgotten; the log has them.
pub(crate) const GIVEN_UP_MAX: usize = 1000;
/// Before a message is sent for the second time. Each further time the wait is twice as long.
const RETRY_FIRST_US: i64 = 5_000_000;
/// But never longer than this.
const RETRY_LONGEST_US: i64 = 3_600_000_000;

/// A subscription, as far as decisions depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) channel: String,
    /// The first record that it has not told of.
    pub(crate) next: u64,
    pub(crate) escalation: Option<(String, Micros)>,
}

/// A message that a channel has not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) subscription: String,
    pub(crate) channel: String,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) events: u32,
    /// How often it was tried since it was made, or asked for once more.
    pub(crate) attempts: u32,
    /// `Over` when it was given up.
    pub(crate) delivery: DeliveryState,
}

/// A moment at which others are told of an alert, unless somebody has acknowledged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Escalating {
    pub(crate) due: Micros,
    /// The message about the alert, by which the moment is known.
    pub(crate) message: u64,
    /// Who is told then.
    pub(crate) channel: String,
}

/// What is remembered of subscriptions and messages. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telling {
    /// Whether there ever was a subscription. From then on alerts are told by messages, and alone by them.
    pub(crate) is_used: bool,
    pub(crate) subscriptions: Arc<BTreeMap<String, Subscription>>,
    /// By the sequence of the record that made each.
    pub(crate) messages: Arc<BTreeMap<u64, Message>>,
    /// The message of each request that is under way.
    pub(crate) requests: Arc<BTreeMap<u64, u64>>,
    /// By alert and subscription.
    pub(crate) escalating: Arc<BTreeMap<(StreamId, String), Escalating>>,
}

structs! {
    Subscription { channel, next, escalation }
    Message { subscription, channel, first, last, events, attempts, delivery }
    Escalating { due, message, channel }
    Telling { is_used, subscriptions, messages, requests, escalating }
}

impl Telling {
    /// Messages that wait, or are under way.
    pub(crate) fn waiting(&self) -> usize {
        self.messages.values().filter(|message| message.delivery != DeliveryState::Over).count()
    }

    /// `open` says of an alert whether nobody has acknowledged it yet.
    pub(crate) fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        open: impl Fn(StreamId) -> bool,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        if record.stream != StreamId::LOG {
            return Err(FoldError::Stream);
        }
        match event {
            Event::SubscriptionSet(set) => self.set(record, set, ports),
            Event::SubscriptionRemoved(removed) => self.remove(&removed.name, ports)?,
            Event::MessageMade(made) => self.make(record, made, open, ports)?,
            Event::MessageRepeated(MessageRepeated { message, .. })
            | Event::MessageRedelivered(MessageRedelivered { message, .. }) => {
                self.repeat(record, *message, ports)?
            }
            Event::MessageEnded(ended) => self.end(record, ended, ports)?,
            Event::MessageGivenUp(MessageGivenUp { message, .. }) => self.give_up(*message)?,
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
            | Event::AlertEscalated(_) => {}
        }
        Ok(())
    }

    fn set(&mut self, record: &Recorded<AnyEvent>, set: &SubscriptionSet, ports: &mut Ports) {
        self.is_used = true;
        if set.escalation.is_none() {
            self.calm(ports, |_, subscription| subscription == set.name);
        }
        let subscriptions = Arc::make_mut(&mut self.subscriptions);
        let before = subscriptions.get(&set.name).map(|before| before.next);
        let next = before.unwrap_or(set.from.unwrap_or(record.sequence).min(record.sequence));
        let escalation = set.escalation.clone().map(|Escalation { channel, after }| (channel, after));
        subscriptions
            .insert(set.name.clone(), Subscription { channel: set.channel.clone(), next, escalation });
    }

    fn remove(&mut self, name: &str, ports: &mut Ports) -> Result<(), FoldError> {
        Arc::make_mut(&mut self.subscriptions).remove(name).ok_or(FoldError::Grammar)?;
        let messages = Arc::make_mut(&mut self.messages);
        let gone: Vec<(u64, Message)> =
            messages.extract_if(.., |_, message| message.subscription == name).collect();
        for (id, message) in gone {
            match message.delivery {
                DeliveryState::Requested { request } => {
                    Arc::make_mut(&mut self.requests).remove(&request);
                    ports.effects.settle(request);
                }
                DeliveryState::Waiting { due } => ports.wakes.remove(&message_wake(due, id)),
                DeliveryState::Due | DeliveryState::Failed | DeliveryState::Over => {}
            }
        }
        self.calm(ports, |_, subscription| subscription == name);
        Ok(())
    }

    fn make(
        &mut self,
        record: &Recorded<AnyEvent>,
        made: &MessageMade,
        open: impl Fn(StreamId) -> bool,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let MessageMade { subscription, channel, first, last, events, alerts } = made.clone();
        let of = Arc::make_mut(&mut self.subscriptions).get_mut(&subscription).ok_or(FoldError::Grammar)?;
        of.next = last + 1;
        if let Some((to, after)) = of.escalation.clone() {
            let due = record.elapsed.later(after);
            for alert in alerts.into_iter().filter(|alert| open(*alert)) {
                let escalating = Escalating { due, message: record.sequence, channel: to.clone() };
                ports.wakes.insert(escalation_wake(&escalating, alert));
                let key = (alert, subscription.clone());
                let before = Arc::make_mut(&mut self.escalating).insert(key, escalating);
                before.into_iter().for_each(|before| ports.wakes.remove(&escalation_wake(&before, alert)));
            }
        }
        self.begin(record, Message::new(subscription, channel, first, last, events), ports);
        Ok(())
    }

    /// Others are told of an alert, by a message of its own.
    pub(crate) fn escalate(
        &mut self,
        record: &Recorded<AnyEvent>,
        (subscription, channel): (&str, &str),
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let key = (record.stream, subscription.to_owned());
        let escalating = Arc::make_mut(&mut self.escalating).remove(&key).ok_or(FoldError::Grammar)?;
        ports.wakes.remove(&escalation_wake(&escalating, record.stream));
        let at = record.sequence;
        self.begin(record, Message::new(subscription.to_owned(), channel.to_owned(), at, at, 1), ports);
        Ok(())
    }

    /// Nobody else is told of an alert: somebody has acknowledged it, or it is over.
    pub(crate) fn calm_alert(&mut self, alert: StreamId, ports: &mut Ports) {
        if !self.escalating.is_empty() {
            self.calm(ports, |of, _| of == alert);
        }
    }

    fn calm(&mut self, ports: &mut Ports, is_calm: impl Fn(StreamId, &str) -> bool) {
        let escalating = Arc::make_mut(&mut self.escalating);
        let calm = escalating.extract_if(.., |(alert, subscription), _| is_calm(*alert, subscription));
        calm.for_each(|((alert, _), one)| ports.wakes.remove(&escalation_wake(&one, alert)));
    }

    fn begin(&mut self, record: &Recorded<AnyEvent>, message: Message, ports: &mut Ports) {
        Arc::make_mut(&mut self.messages).insert(record.sequence, message);
        self.request(record.sequence, record.sequence, ports);
    }

    fn repeat(&mut self, record: &Recorded<AnyEvent>, id: u64, ports: &mut Ports) -> Result<(), FoldError> {
        let message = Arc::make_mut(&mut self.messages).get_mut(&id).ok_or(FoldError::Grammar)?;
        match message.delivery {
            DeliveryState::Waiting { due } => ports.wakes.remove(&message_wake(due, id)),
            DeliveryState::Over => message.attempts = 0,
            DeliveryState::Due | DeliveryState::Failed | DeliveryState::Requested { .. } => {
                return Err(FoldError::Grammar);
            }
        }
        self.request(record.sequence, id, ports);
        Ok(())
    }

    fn request(&mut self, request: u64, id: u64, ports: &mut Ports) {
        if let Some(message) = Arc::make_mut(&mut self.messages).get_mut(&id) {
            message.attempts += 1;
            message.delivery = DeliveryState::Requested { request };
        }
        Arc::make_mut(&mut self.requests).insert(request, id);
        ports.effects.request(request, Acting::Alerts, StreamId::LOG);
    }

    fn end(
        &mut self,
        record: &Recorded<AnyEvent>,
        ended: &MessageEnded,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let id = Arc::make_mut(&mut self.requests).remove(&ended.request).ok_or(FoldError::Grammar)?;
        ports.effects.settle(ended.request);
        let messages = Arc::make_mut(&mut self.messages);
        let message = messages.get_mut(&id).filter(|_| id == ended.message).ok_or(FoldError::Grammar)?;
        match ended.delivery {
            Delivery::Accepted => drop(messages.remove(&id)),
            Delivery::Refused | Delivery::Unreachable if message.attempts < DELIVERIES_MAX => {
                let due = record.elapsed.later(retry_wait(message.attempts));
                message.delivery = DeliveryState::Waiting { due };
                ports.wakes.insert(message_wake(due, id));
            }
            Delivery::Refused | Delivery::Unreachable | Delivery::NotConfigured => {
                message.delivery = DeliveryState::Failed;
                ports.reactions.push(Reaction::GiveUp { message: id }, record.sequence);
            }
        }
        Ok(())
    }

    fn give_up(&mut self, id: u64) -> Result<(), FoldError> {
        let messages = Arc::make_mut(&mut self.messages);
        messages.get_mut(&id).ok_or(FoldError::Grammar)?.delivery = DeliveryState::Over;
        let is_over = |message: &Message| message.delivery == DeliveryState::Over;
        if messages.values().filter(|message| is_over(message)).count() > GIVEN_UP_MAX
            && let Some(oldest) = messages.iter().find(|(_, message)| is_over(message)).map(|(id, _)| *id)
        {
            messages.remove(&oldest);
        }
        Ok(())
    }
}

impl Message {
    fn new(subscription: String, channel: String, first: u64, last: u64, events: u32) -> Self {
        Self { subscription, channel, first, last, events, attempts: 0, delivery: DeliveryState::Due }
    }
}

/// How long it is until a message is sent again, after so many attempts.
fn retry_wait(attempts: u32) -> Micros {
    let doublings = attempts.saturating_sub(1).min(20);
    Micros((RETRY_FIRST_US << doublings).min(RETRY_LONGEST_US))
}

pub(crate) fn message_wake(due: Micros, message: u64) -> Wake {
    Wake { due, reason: WakeReason::MessageRetry, stream: StreamId::LOG, about: message }
}

pub(crate) fn escalation_wake(escalating: &Escalating, alert: StreamId) -> Wake {
    Wake { due: escalating.due, reason: WakeReason::Escalation, stream: alert, about: escalating.message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_sent_again_later_each_time_and_hourly_in_the_end() {
        let waits: Vec<i64> =
            (1..=DELIVERIES_MAX).map(|attempts| retry_wait(attempts).0 / 1_000_000).collect();
        assert_eq!(waits[..4], [5, 10, 20, 40]);
        assert_eq!(waits[9..], [2560, 3600, 3600, 3600, 3600, 3600, 3600]);
    }
}
