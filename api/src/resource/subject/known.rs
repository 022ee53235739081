//! What the vault knows of a data subject, asked before the engine is.

use crate::http::state::{AppState, blocking};
use crate::wire::problem::Problem;
use std::convert::Infallible;
use triad_decide::{Refusal, subjects};
use triad_event::ids::DataSubjectId;
use triad_event::quantity::Micros;
use triad_event::subjects::{Standing, Subject};
use triad_vault::{NoKey, Vault, VaultError};

/// The slot of whoever has no content: no vault has so many, so that nothing can be sealed under it.
pub(crate) const NO_SLOT: u64 = u64::MAX;

/// A data subject, with what the vault knows of it.
#[derive(Debug, Clone)]
pub(crate) struct KnownSubject {
    pub(crate) subject: Subject,
    /// When content was last accepted for it.
    pub(crate) last_accepted: Option<Micros>,
}

/// Why content was not sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    NoKey(#[from] NoKey),
}

impl AppState {
    /// What the vault knows of a data subject. Whoever asks takes no slot: only what is sealed does.
    pub(super) async fn know(&self, id: DataSubjectId) -> Result<KnownSubject, Problem> {
        let (vault, looked_up_through) = (self.vault.clone(), self.newest_durable());
        let look = move || -> Result<KnownSubject, SealError> {
            find(&vault, id, looked_up_through, || Ok(vault.slot_of(id.0)?.unwrap_or(NO_SLOT)))
        };
        let known = blocking(move || Ok::<_, Infallible>(look())).await?;
        known.map_err(|error| self.unsealed(id, error))
    }

    /// The same without a slot, for what needs none.
    pub(super) async fn know_standing(&self, id: DataSubjectId) -> Result<Subject, Problem> {
        self.know_again(&Subject { id, slot: NO_SLOT, standing: Standing::New, looked_up_through: 0 }).await
    }

    /// The same data subject with what the vault knows of it now; what was sealed under its slot stays.
    pub(crate) async fn know_again(&self, before: &Subject) -> Result<Subject, Problem> {
        let (looked_up_through, id) = (self.newest_durable(), before.id);
        let standing = self.in_vault(move |vault| vault.subject(id.0)).await?;
        Ok(Subject { standing: standing_of(standing), looked_up_through, ..before.clone() })
    }

    /// Content that was sealed for a data subject goes into no record: it was refused, or is known from before.
    pub(crate) async fn give_back(&self, subject: &Subject) -> Result<(), Problem> {
        let id = subject.id.0;
        match subject.standing == Standing::New && subject.slot != NO_SLOT {
            true => self.in_vault(move |vault| vault.give_back(id)).await,
            false => Ok(()),
        }
    }

    /// Sequence of the newest durable record. Taken before the vault is asked: what it says then is at least as new.
    pub(crate) fn newest_durable(&self) -> u64 {
        self.durable().next_sequence.saturating_sub(1)
    }

    /// Why content of a data subject was not sealed, for whoever sent it.
    pub(crate) fn unsealed(&self, id: DataSubjectId, error: SealError) -> Problem {
        match error {
            SealError::NoKey(NoKey::Erased { .. }) => {
                Refusal::from(subjects::Refusal::SubjectErased { subject: id }).into()
            }
            SealError::NoKey(error) => self.vault_failed(&error),
            SealError::Vault(error) => self.vault_failed(&error),
        }
    }
}

/// What a vault knows of a data subject for which content is sealed now, on a thread that may block. A new one gets its slot.
pub(crate) fn know(
    vault: &Vault,
    id: DataSubjectId,
    looked_up_through: u64,
) -> Result<KnownSubject, SealError> {
    find(vault, id, looked_up_through, || Ok(vault.slot_for(id.0)??))
}

fn find(
    vault: &Vault,
    id: DataSubjectId,
    looked_up_through: u64,
    slot_of_new: impl FnOnce() -> Result<u64, SealError>,
) -> Result<KnownSubject, SealError> {
    let (slot, last_accepted, standing) = match vault.subject(id.0)? {
        triad_vault::Subject::Known { slot, last_accepted_us } => {
            (slot, Some(Micros(last_accepted_us)), Standing::Known)
        }
        triad_vault::Subject::Erased { slot } => (slot, None, Standing::Erased),
        triad_vault::Subject::Unknown => (slot_of_new()?, None, Standing::New),
    };
    Ok(KnownSubject { subject: Subject { id, slot, standing, looked_up_through }, last_accepted })
}

fn standing_of(found: triad_vault::Subject) -> Standing {
    match found {
        triad_vault::Subject::Unknown => Standing::New,
        triad_vault::Subject::Known { .. } => Standing::Known,
        triad_vault::Subject::Erased { .. } => Standing::Erased,
    }
}
