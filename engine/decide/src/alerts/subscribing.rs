//! Decides on subscriptions and on messages.

use triad_event::Event as AnyEvent;
use triad_event::alerts::{
    AlertEscalated, Ask, MessageEnded, MessageGivenUp, MessageMade, MessageRedelivered, MessageRepeated,
    SubscriptionRemoved, SubscriptionSet,
};
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

use super::facts::Facts;
use super::notification::{Letter, Notification, Told};
use super::refusal::Refusal;
use super::state::DeliveryState;
use super::telling::{SUBSCRIPTIONS_MAX, WAITING_MAX};
use crate::decision::Decision;
use crate::effect::Effect;
use crate::limits::{NAME_BYTES_MAX, check_reason};
use crate::ports::wakes::Wake;

/// Kinds that one subscription names.
pub(crate) const KINDS_MAX: usize = 1000;
/// Bytes of a filter: as many as an expression may have.
pub(crate) const FILTER_BYTES_MAX: usize = 8 * 1024;
/// Messages of one subscription within a minute, at most.
pub(crate) const PER_MINUTE_MAX: u32 = 600;
/// Alerts that one message names. Of further ones nobody else is told when nobody acknowledges them.
pub(crate) const ALERTS_MAX: usize = 100;
/// How long an alert may wait for somebody to acknowledge it, at most: thirty days.
const ESCALATION_MAX: Micros = Micros(30 * 86_400_000_000);
/// The key of the hash that names messages, so that its values coincide with no other use.
const CONTEXT: &[u8; 32] = b"triad 2026-12 the id of messages";

/// Decides on what is asked about subscriptions and messages; gives back what is about alerts.
pub(crate) fn decide(facts: &Facts<'_>, ask: Ask) -> Result<Result<Decision, Refusal>, Ask> {
    Ok(match ask {
        Ask::Subscribe(set) => subscribe(facts, *set),
        Ask::Unsubscribe(removed) => unsubscribe(facts, removed),
        Ask::Send(made) => send(facts, *made),
        Ask::EndMessage(ended) => end(facts, ended),
        Ask::Redeliver(asked) => redeliver(facts, asked),
        Ask::Report(_) | Ask::End(_) | Ask::EndDelivery(_) | Ask::Acknowledge(_) => return Err(ask),
    })
}

fn subscribe(facts: &Facts<'_>, set: SubscriptionSet) -> Result<Decision, Refusal> {
    check_reason(&set.reason)?;
    let escalation = set.escalation.as_ref();
    let channels = [Some(&set.channel), escalation.map(|escalation| &escalation.channel)];
    let is_name = |name: &String| (1..=NAME_BYTES_MAX).contains(&name.len());
    if !is_name(&set.name) || !channels.into_iter().flatten().all(is_name) {
        return Err(Refusal::NotAName);
    }
    if !(1..=KINDS_MAX).contains(&set.kinds.len())
        || !(1..=PER_MINUTE_MAX).contains(&set.per_minute)
        || set.filter.as_ref().is_some_and(|filter| filter.len() > FILTER_BYTES_MAX)
        || escalation.is_some_and(|one| one.after <= Micros(0) || one.after > ESCALATION_MAX)
    {
        return Err(Refusal::NotASubscription);
    }
    let subscriptions = &facts.state.telling.subscriptions;
    if subscriptions.len() == SUBSCRIPTIONS_MAX && !subscriptions.contains_key(&set.name) {
        return Err(Refusal::TooManySubscriptions);
    }
    Ok(Decision::recorded(StreamId::LOG, set))
}

fn unsubscribe(facts: &Facts<'_>, removed: SubscriptionRemoved) -> Result<Decision, Refusal> {
    check_reason(&removed.reason)?;
    if !facts.state.telling.subscriptions.contains_key(&removed.name) {
        return Err(Refusal::SubscriptionUnknown);
    }
    Ok(Decision::recorded(StreamId::LOG, removed))
}

/// A message tells of records that are there and that nothing of its subscription told of before.
fn send(facts: &Facts<'_>, made: MessageMade) -> Result<Decision, Refusal> {
    let telling = &facts.state.telling;
    let of = telling.subscriptions.get(&made.subscription).ok_or(Refusal::SubscriptionUnknown)?;
    let is_new = made.first >= of.next && made.first <= made.last && made.last < facts.place.group;
    let counts = made.events > 0 && u64::from(made.events) <= made.last - made.first.min(made.last) + 1;
    if made.channel != of.channel || !is_new || !counts || made.alerts.len() > ALERTS_MAX {
        return Err(Refusal::ToldAlready);
    }
    if telling.waiting() >= WAITING_MAX {
        return Err(Refusal::TooManyMessages);
    }
    Ok(Decision::recorded(StreamId::LOG, made))
}

fn end(facts: &Facts<'_>, ended: MessageEnded) -> Result<Decision, Refusal> {
    let request = ended.request;
    if facts.state.telling.requests.get(&request) != Some(&ended.message) {
        return Err(Refusal::NotADelivery { request });
    }
    Ok(Decision { cause: Some(request), ..Decision::recorded(StreamId::LOG, ended) })
}

fn redeliver(facts: &Facts<'_>, asked: MessageRedelivered) -> Result<Decision, Refusal> {
    check_reason(&asked.reason)?;
    let message = facts.state.telling.messages.get(&asked.message);
    match message.map(|message| message.delivery) {
        Some(DeliveryState::Over) => Ok(Decision::recorded(StreamId::LOG, asked)),
        Some(_) => Err(Refusal::NotGivenUp { message: asked.message }),
        None => Err(Refusal::MessageUnknown { message: asked.message }),
    }
}

/// A message is given up.
pub(crate) fn give_up(facts: &Facts<'_>, message: u64) -> Option<(StreamId, AnyEvent)> {
    let attempts = facts.state.telling.messages.get(&message)?.attempts;
    Some((StreamId::LOG, MessageGivenUp { message, attempts }.into()))
}

/// The moment of a message has come: it is sent again.
pub(crate) fn repeat(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let attempt = facts.state.telling.messages.get(&wake.about)?.attempts + 1;
    Some(MessageRepeated { message: wake.about, attempt }.into())
}

/// Nobody has acknowledged an alert in time.
pub(crate) fn escalate(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let telling = &facts.state.telling;
    let mut of_alert = telling.escalating.range((wake.stream, String::new())..);
    let is_it = |(_, one): &(&(StreamId, String), &super::telling::Escalating)| one.message == wake.about;
    let ((_, subscription), escalating) = of_alert.find(is_it)?;
    let channel = escalating.channel.clone();
    let alert = facts.state.open.get(&wake.stream)?;
    let (kind, about) = alert.condition;
    let detail = facts.state.standing.get(&alert.condition).cloned().unwrap_or_default();
    let subscription = subscription.clone();
    Some(AlertEscalated { alert: kind, about, detail, subscription, channel }.into())
}

/// What there is to send for a request.
pub(crate) fn effect(facts: &Facts<'_>, request: u64) -> Option<Effect> {
    let telling = &facts.state.telling;
    let sequence = *telling.requests.get(&request)?;
    let message = telling.messages.get(&sequence)?.clone();
    let mut material = [0; 24];
    material[..16].copy_from_slice(&facts.place.log.0);
    material[16..].copy_from_slice(&sequence.to_le_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::keyed_hash(CONTEXT, &material).as_bytes()[..16]);
    let super::telling::Message { subscription, channel, first, last, events, .. } = message;
    let letter = Letter { message: sequence, id: StreamId(id), subscription, channel, first, last, events };
    Some(Effect::Notify(Notification { request, told: Told::Letter(letter) }))
}
