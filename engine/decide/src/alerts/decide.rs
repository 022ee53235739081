//! Decides what people are told of, and when it is said again.

use triad_event::Event as AnyEvent;
use triad_event::alerts::{
    AlertKind, AlertRaised, AlertResolved, AlertReturned, AlertSubsided, Ask, DeliveryRequested,
    DeliveryScheduled, Phase,
};
use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;

use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::{Alert, DeliveryState};
use super::subscribing;
use crate::alerts::notification::{Alarm, Notification, Told};
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
    let ask = match subscribing::decide(facts, ask) {
        Ok(decided) => return decided,
        Err(of_alerts) => of_alerts,
    };
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
        Ask::Subscribe(_) | Ask::Unsubscribe(_) | Ask::Send(_) | Ask::EndMessage(_) | Ask::Redeliver(_) => {
            unreachable!("it was decided above")
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
        Reaction::Resolve { stream } => Some((stream, resolve(facts, open(stream)?))),
        Reaction::Return { stream } => {
            let Alert { condition, returns, .. } = open(stream)?;
            let detail = facts.state.standing.get(condition)?.clone();
            Some((stream, AlertReturned { alert: condition.0, returns: returns + 1, detail }.into()))
        }
        Reaction::GiveUp { message } => subscribing::give_up(facts, message),
    }
}

/// What flaps reaches a person once: where people are told by subscriptions, an alert is resolved when its condition has ended
/// for a while. What somebody acknowledged and nobody can mend is over with that.
fn resolve(facts: &Facts<'_>, open: &Alert) -> AnyEvent {
    let (alert, _) = open.condition;
    let quiet = facts.settings.span(Setting::AlertQuiet);
    let is_over = alert == AlertKind::NotHealed && open.phase == Phase::Acknowledged;
    if !facts.state.telling.is_used || quiet == Millis(0) || is_over {
        return AlertResolved { alert }.into();
    }
    AlertSubsided { alert, due: facts.place.elapsed.after(quiet) }.into()
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
            let ended =
                |alert: &Alert| !state.standing.contains_key(&alert.condition) && alert.quiet_until.is_none();
            state.open.get(&stream).is_some_and(ended)
        }
        Reaction::Return { stream } => {
            let back =
                |alert: &Alert| state.standing.contains_key(&alert.condition) && alert.quiet_until.is_some();
            state.open.get(&stream).is_some_and(back)
        }
        Reaction::GiveUp { message } => {
            state.telling.messages.get(&message).is_some_and(|one| one.delivery == DeliveryState::Failed)
        }
    }
}

/// The moment of an alert or a message has come: it is sent again, others are told, or it is over.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other moments are of other domains")]
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    match wake.reason {
        WakeReason::MessageRetry => subscribing::repeat(facts, wake),
        WakeReason::Escalation => subscribing::escalate(facts, wake),
        WakeReason::AlertQuiet => {
            let (alert, _) = facts.state.open.get(&wake.stream)?.condition;
            Some(AlertResolved { alert }.into())
        }
        _ => Some(deliver(facts.state.open.get(&wake.stream)?)),
    }
}

/// What there is to perform for a request.
pub(crate) fn effect(facts: &Facts<'_>, request: u64) -> Option<Effect> {
    let Some(&stream) = facts.state.requests.get(&request) else {
        return subscribing::effect(facts, request);
    };
    let alert = facts.state.open.get(&stream)?;
    let (kind, about) = alert.condition;
    let detail = facts.state.standing.get(&alert.condition).cloned().unwrap_or_default();
    let told = Told::Alert(Alarm { alert: stream, kind, about, detail, raised_at: alert.raised_at });
    Some(Effect::Notify(Notification { request, told }))
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
