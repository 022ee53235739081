//! Decides on inputs about data subjects.

use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, PrincipalId};
use triad_event::quantity::Micros;
use triad_event::subjects::{
    Erased, ErasureRefused, ErasureRequested, Event, HoldPlaced, HoldReleased, Obstacle, PayloadRead, Phase,
    Standing, Subject,
};

use super::{Input, Refusal, State};
use crate::governance::Settings;
use crate::intake::is_id;
use crate::limits::{HOLDS_MAX, REASON_BYTES_MAX};

/// What this room may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) settings: &'a Settings,
    /// Time of the input.
    pub(crate) at: Micros,
    /// Who asks.
    pub(crate) principal: PrincipalId,
    /// Sequence of the record that comes next.
    pub(crate) next_sequence: u64,
}

/// Decides on one input: what is recorded, if anything is, and the refusal that goes with it when that is recorded
/// as well.
pub(crate) fn decide(
    facts: &Facts<'_>,
    input: Input,
) -> Result<(Option<Event>, Result<(), Refusal>), Refusal> {
    let recorded = |event| (Some(event), Ok(()));
    match input {
        Input::RequestErasure { subject, last_accepted, reason } => {
            request(facts, subject, last_accepted, bounded(reason)?)
        }
        Input::EndErasure(erased) => end(facts, erased).map(recorded),
        Input::PlaceHold { subject, standing, looked_up_through, hold, reason } => {
            let holds = place(facts, subject, standing, looked_up_through, &hold)?;
            let reason = bounded(reason)?;
            let placed = HoldPlaced { subject, standing, looked_up_through, hold, holds, reason };
            Ok(recorded(Event::HoldPlaced(placed)))
        }
        Input::ReleaseHold { subject, hold, reason } => {
            let holds = facts.state.holds.get(&subject).filter(|holds| holds.contains(&hold));
            let holds = crate::dag::length(holds.ok_or(Refusal::HoldUnknown { subject })?.len()) - 1;
            let reason = bounded(reason)?;
            Ok(recorded(Event::HoldReleased(HoldReleased { subject, hold, holds, reason })))
        }
        Input::RecordRead { workflow, subject, task, class } => {
            refuse_gone(facts.state, subject)?;
            if facts.state.reads.holds(facts.at, facts.principal, workflow) {
                return Ok((None, Ok(())));
            }
            Ok(recorded(Event::PayloadRead(PayloadRead { workflow, subject, task, class })))
        }
    }
}

/// Whether content may be accepted for a data subject.
pub(crate) fn admit(state: &State, subject: &Subject) -> Result<(), Refusal> {
    let id = subject.id;
    refuse_gone(state, id)?;
    refuse_erased(state, id, subject.standing, subject.looked_up_through)?;
    match state.used.get(&id) {
        Some(used) if used.slot != subject.slot => {
            Err(Refusal::OtherSlot { subject: id, expected: used.slot, given: subject.slot })
        }
        Some(_) | None => Ok(()),
    }
}

/// What stands against an erasure goes into the log, whoever asks; what makes no sense does not.
fn request(
    facts: &Facts<'_>,
    subject: Subject,
    last_accepted: Option<Micros>,
    reason: String,
) -> Result<(Option<Event>, Result<(), Refusal>), Refusal> {
    let state = facts.state;
    refuse_gone(state, subject.id)?;
    refuse_erased(state, subject.id, subject.standing, subject.looked_up_through)?;
    refuse_older(subject.looked_up_through, state.left.horizon)?;
    let left = state.left.get(&subject.id).copied();
    if let Err((obstacle, refusal)) = stands_against(facts, subject.id, last_accepted.max(left)) {
        let refused = ErasureRefused { subject, last_accepted, reason, obstacle };
        return Ok((Some(Event::ErasureRefused(refused)), Err(refusal)));
    }
    if subject.standing == Standing::New && left.is_none() {
        return Err(Refusal::SubjectUnknown { subject: subject.id });
    }
    let requested = ErasureRequested { subject, last_accepted, reason };
    Ok((Some(Event::ErasureRequested(requested)), Ok(())))
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
    if let Some(used) = facts.state.used.get(&subject) {
        return Err((Obstacle::InUse, Refusal::InUse { subject, workflows: used.workflows }));
    }
    let until = last_accepted.map(|last| last.after(facts.settings.span(Setting::RetentionMin)));
    match until.filter(|until| facts.at < *until) {
        Some(until) => Err((Obstacle::Retention, Refusal::Retention { subject, until })),
        None => Ok(()),
    }
}

fn end(facts: &Facts<'_>, erased: Erased) -> Result<Event, Refusal> {
    let request = erased.request;
    let Some((subject, erasing)) = facts.state.erasure(request) else {
        let is_past = request < facts.next_sequence;
        return Err(if is_past {
            Refusal::ErasureOver { request }
        } else {
            Refusal::ErasureUnknown { request }
        });
    };
    if subject != erased.subject {
        return Err(Refusal::ErasureUnknown { request });
    }
    if erasing.slot != erased.slot {
        return Err(Refusal::OtherSlot { subject, expected: erasing.slot, given: erased.slot });
    }
    Ok(Event::Erased(erased))
}

/// How many holds there are then.
fn place(
    facts: &Facts<'_>,
    subject: DataSubjectId,
    standing: Standing,
    looked_up_through: u64,
    hold: &str,
) -> Result<u32, Refusal> {
    refuse_gone(facts.state, subject)?;
    refuse_erased(facts.state, subject, standing, looked_up_through)?;
    if !is_id(hold) {
        return Err(Refusal::HoldNotNamed);
    }
    if facts.state.holds.get(&subject).is_some_and(|holds| holds.contains(hold)) {
        return Err(Refusal::HoldExists { subject });
    }
    if facts.state.holds_total >= HOLDS_MAX as u64 {
        return Err(Refusal::TooManyHolds { max: HOLDS_MAX });
    }
    Ok(facts.state.holds_on(subject) + 1)
}

/// Whose key is to be destroyed, or was lately, takes part in nothing any more.
fn refuse_gone(state: &State, subject: DataSubjectId) -> Result<(), Refusal> {
    if subject == DataSubjectId::ZERO {
        return Err(Refusal::SubjectIdZero);
    }
    match state.phase(subject) {
        Phase::Erasing => Err(Refusal::ErasureUnderWay { subject }),
        Phase::Erased => Err(Refusal::SubjectErased { subject }),
        Phase::Free | Phase::Held => Ok(()),
    }
}

/// The vault knows of all erasures but the newest, and the world of those.
fn refuse_erased(
    state: &State,
    subject: DataSubjectId,
    standing: Standing,
    looked_up_through: u64,
) -> Result<(), Refusal> {
    if standing == Standing::Erased {
        return Err(Refusal::SubjectErased { subject });
    }
    refuse_older(looked_up_through, state.erased.horizon)
}

fn refuse_older(given: u64, needed: u64) -> Result<(), Refusal> {
    if given < needed { Err(Refusal::LookupTooOld { given, needed }) } else { Ok(()) }
}

/// A reason that people gave, if it is not too long.
fn bounded(reason: String) -> Result<String, Refusal> {
    if reason.len() > REASON_BYTES_MAX {
        return Err(Refusal::ReasonTooLong { max: REASON_BYTES_MAX });
    }
    Ok(reason)
}
