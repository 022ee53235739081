//! Decides what people are told of, and when it is said again.

use triad_event::Event as AnyEvent;
use triad_event::alerts::{
    AlertKind, AlertRaised, AlertResolved, Ask, DeliveryRequested, DeliveryScheduled, Phase,
};
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;

use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::{Alert, DeliveryState};
use crate::alerts::notification::Notification;
use crate::decision::Decision;
use crate::derive::retry_delay;
use crate::effect::Effect;
use crate::limits::check_reason;
use crate::ports::wakes::Wake;

/// Base of the delay before a delivery is made again: long enough for a receiver that restarts.
const RETRY_BASE: Millis = Millis(5_000);
/// Longest delay between two deliveries.
const RETRY_LONGEST: Millis = Millis(3_600_000);
/// The key of the hash that names alerts, so that its values coincide with no other use.
const CONTEXT: &[u8; 32] = b"triad 2026-11 the id of an alert";

/// Decides on what is asked of alerts, what is met, and what came of a delivery.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    match ask {
        Ask::Report(met) => {
            check_reason(&met.detail)?;
            if facts.state.standing.contains_key(&(met.alert, met.about)) {
                return Err(Refusal::ConditionStands);
            }
            Ok(Decision::recorded(StreamId::LOG, met))
        }
        Ask::End(ended) => {
            if !facts.state.standing.contains_key(&(ended.alert, ended.about)) {
                return Err(Refusal::NoCondition);
            }
            Ok(Decision::recorded(StreamId::LOG, ended))
        }
        Ask::EndDelivery(ended) => {
            let request = ended.request;
            if facts.state.requests.get(&request) != Some(&stream) {
                return Err(Refusal::NotADelivery { request });
            }
            Ok(Decision { cause: Some(request), ..Decision::recorded(stream, ended) })
        }
        Ask::Acknowledge(acknowledged) => {
            let alert = facts.state.open.get(&stream).ok_or(Refusal::AlertUnknown { alert: stream })?;
            if alert.phase == Phase::Acknowledged {
                return Err(Refusal::AlreadyAcknowledged);
            }
            check_reason(&acknowledged.reason)?;
            Ok(Decision::recorded(stream, acknowledged))
        }
    }
}

/// Decides on what is owed by alerts.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let open = |stream| facts.state.open.get(&stream);
    match reaction {
        Reaction::Raise { alert, about } => {
            let detail = facts.state.standing.get(&(alert, about))?.clone();
            Some((name(facts, alert, about), AlertRaised { alert, about, detail }.into()))
        }
        Reaction::Deliver { stream } => Some((stream, deliver(open(stream)?))),
        Reaction::Schedule { stream } => Some((stream, schedule(facts, open(stream)?))),
        Reaction::Resolve { stream } => {
            let (alert, _) = open(stream)?.condition;
            Some((stream, AlertResolved { alert }.into()))
        }
    }
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    let state = facts.state;
    let delivery = |stream| state.open.get(&stream).map(|alert| alert.delivery);
    match reaction {
        Reaction::Raise { alert, about } => {
            let condition = (alert, about);
            state.standing.contains_key(&condition) && !state.streams.contains_key(&condition)
        }
        Reaction::Deliver { stream } => delivery(stream) == Some(DeliveryState::Due),
        Reaction::Schedule { stream } => delivery(stream) == Some(DeliveryState::Failed),
        Reaction::Resolve { stream } => {
            state.open.get(&stream).is_some_and(|alert| !state.standing.contains_key(&alert.condition))
        }
    }
}

/// The moment of an alert has come: it is delivered again.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    Some(deliver(facts.state.open.get(&wake.stream)?))
}

/// What there is to perform for a request.
pub(crate) fn effect(facts: &Facts<'_>, request: u64) -> Option<Effect> {
    let stream = *facts.state.requests.get(&request)?;
    let alert = facts.state.open.get(&stream)?;
    let (kind, about) = alert.condition;
    let detail = facts.state.standing.get(&alert.condition).cloned().unwrap_or_default();
    Some(Effect::Notify(Notification {
        request,
        alert: stream,
        kind,
        about,
        detail,
        raised_at: alert.raised_at,
    }))
}

fn deliver(alert: &Alert) -> AnyEvent {
    DeliveryRequested { attempt: alert.deliveries + 1 }.into()
}

fn schedule(facts: &Facts<'_>, alert: &Alert) -> AnyEvent {
    let delay = retry_delay(&facts.place, RETRY_BASE, alert.deliveries, RETRY_LONGEST);
    DeliveryScheduled { attempt: alert.deliveries + 1, delay }.into()
}

/// The stream of an alert that is raised here.
fn name(facts: &Facts<'_>, alert: AlertKind, about: StreamId) -> StreamId {
    let mut material = [0; 41];
    material[..16].copy_from_slice(&facts.place.log.0);
    material[16..24].copy_from_slice(&facts.place.group.to_le_bytes());
    material[24] = alert.number();
    material[25..].copy_from_slice(&about.0);
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::keyed_hash(CONTEXT, &material).as_bytes()[..16]);
    StreamId(id)
}
