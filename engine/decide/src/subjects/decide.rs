//! Decides on what is asked about data subjects, and what came of an erasure.

use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, StreamId};
use triad_event::quantity::Micros;
use triad_event::subjects::{
    Ask, Erased, ErasureRefused, ErasureRequested, HoldPlaced, HoldReleased, Obstacle, PayloadRead,
    PlaceHold, ReleaseHold, RequestErasure, Standing,
};

use super::admission::{refuse_erased, refuse_gone, refuse_older};
use super::facts::Facts;
use super::refusal::Refusal;
use crate::decision::Decision;
use crate::effect::{Effect, KeyDestruction};
use crate::image::length;
use crate::limits::{HOLDS_MAX, check_reason, is_id};
use crate::refusal::Accepted;

/// Decides on what is asked. Everything is recorded in the log's own stream.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    match ask {
        Ask::RequestErasure(asked) => request(facts, asked),
        Ask::EndErasure(erased) => end(facts, erased),
        Ask::PlaceHold(asked) => place(facts, asked),
        Ask::ReleaseHold(asked) => release(facts, asked),
        Ask::RecordRead(read) => record_read(facts, read),
    }
}

/// What there is to perform for a request.
pub(crate) fn effect(facts: &Facts<'_>, request: u64) -> Option<Effect> {
    let (subject, slot) = facts.state.erasure(request)?;
    Some(Effect::DestroyKey(KeyDestruction { request, subject, slot }))
}

/// What stands against an erasure goes into the log, whoever asks; what makes no sense does not.
fn request(facts: &Facts<'_>, asked: RequestErasure) -> Result<Decision, Refusal> {
    check_reason(&asked.reason)?;
    let (state, left) = (facts.state, &facts.ports.uses.left);
    let subject = &asked.subject;
    refuse_gone(state, subject.id)?;
    refuse_erased(state, subject.id, subject.standing, subject.looked_up_through)?;
    refuse_older(subject.looked_up_through, left.horizon)?;
    let left = left.get(&subject.id).copied();
    if let Err((obstacle, refusal)) = stands_against(facts, subject.id, asked.last_accepted.max(left)) {
        return Ok(Decision::refused(StreamId::LOG, ErasureRefused { asked, obstacle }, refusal));
    }
    if subject.standing == Standing::New && left.is_none() {
        return Err(Refusal::SubjectUnknown { subject: subject.id });
    }
    Ok(Decision::recorded(StreamId::LOG, ErasureRequested { asked }))
}

fn stands_against(
    facts: &Facts<'_>,
    subject: DataSubjectId,
    last_accepted: Option<Micros>,
) -> Result<(), (Obstacle, Refusal)> {
    let holds = facts.state.holds_on(subject);
    if holds > 0 {
        return Err((Obstacle::LegalHold, Refusal::LegalHold { subject, holds }));
    }
    if let Some(used) = facts.ports.uses.get(subject) {
        return Err((Obstacle::InUse, Refusal::InUse { subject, workflows: used.streams }));
    }
    let until = last_accepted.map(|last| last.after(facts.ports.settings.span(Setting::RetentionMin)));
    match until.filter(|until| facts.place.at < *until) {
        Some(until) => Err((Obstacle::Retention, Refusal::Retention { subject, until })),
        None => Ok(()),
    }
}

fn end(facts: &Facts<'_>, erased: Erased) -> Result<Decision, Refusal> {
    let Erased { request, subject: given, slot } = erased;
    let (subject, expected) = facts.state.erasure(request).ok_or(Refusal::OtherErasure { request, given })?;
    if subject != given {
        return Err(Refusal::OtherErasure { request, given });
    }
    if expected != slot {
        return Err(Refusal::OtherSlot { subject, expected, given: slot });
    }
    Ok(Decision { cause: Some(request), ..Decision::recorded(StreamId::LOG, erased) })
}

fn place(facts: &Facts<'_>, asked: PlaceHold) -> Result<Decision, Refusal> {
    let (state, subject) = (facts.state, asked.subject);
    refuse_gone(state, subject)?;
    refuse_erased(state, subject, asked.standing, asked.looked_up_through)?;
    if !is_id(&asked.hold) {
        return Err(Refusal::HoldNotNamed);
    }
    if state.holds.get(&subject).is_some_and(|holds| holds.contains(&asked.hold)) {
        return Err(Refusal::HoldExists { subject });
    }
    if state.holds_total >= HOLDS_MAX as u64 {
        return Err(Refusal::TooManyHolds { max: HOLDS_MAX });
    }
    check_reason(&asked.reason)?;
    let holds = state.holds_on(subject) + 1;
    Ok(Decision::recorded(StreamId::LOG, HoldPlaced { asked, holds }))
}

fn release(facts: &Facts<'_>, asked: ReleaseHold) -> Result<Decision, Refusal> {
    let subject = asked.subject;
    let holds = facts.state.holds.get(&subject).filter(|holds| holds.contains(&asked.hold));
    let holds = length(holds.ok_or(Refusal::HoldUnknown { subject })?.len()) - 1;
    check_reason(&asked.reason)?;
    Ok(Decision::recorded(StreamId::LOG, HoldReleased { asked, holds }))
}

fn record_read(facts: &Facts<'_>, read: PayloadRead) -> Result<Decision, Refusal> {
    refuse_gone(facts.state, read.subject)?;
    if facts.state.reads.holds(facts.place.elapsed, &(facts.place.principal, read.workflow)) {
        return Ok(Decision::nothing(Accepted::Recorded));
    }
    Ok(Decision::recorded(StreamId::LOG, read))
}
