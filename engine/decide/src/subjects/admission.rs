//! For whom content may be accepted: what this domain tells others.

use triad_event::ids::DataSubjectId;
use triad_event::subjects::{Phase, Standing, Subject};

use super::refusal::Refusal;
use super::state::State;
use crate::ports::uses::Uses;

/// For whom content may be accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admission<'a> {
    state: &'a State,
    uses: &'a Uses,
}

impl<'a> Admission<'a> {
    pub(crate) fn new(state: &'a State, uses: &'a Uses) -> Self {
        Self { state, uses }
    }

    /// Whether content may be accepted for a data subject.
    pub(crate) fn admit(&self, subject: &Subject) -> Result<(), Refusal> {
        let id = subject.id;
        refuse_gone(self.state, id)?;
        refuse_erased(self.state, id, subject.standing, subject.looked_up_through)?;
        match self.uses.get(id) {
            Some(used) if used.slot != subject.slot => {
                Err(Refusal::OtherSlot { subject: id, expected: used.slot, given: subject.slot })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Whose key is to be destroyed, or was lately, takes part in nothing any more.
pub(super) fn refuse_gone(state: &State, subject: DataSubjectId) -> Result<(), Refusal> {
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
pub(super) fn refuse_erased(
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

pub(super) fn refuse_older(given: u64, needed: u64) -> Result<(), Refusal> {
    if given < needed { Err(Refusal::LookupTooOld { given, needed }) } else { Ok(()) }
}
