//! Data subjects as JSON.

use crate::clock;
use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::ids::DataSubjectId;
use triad_event::subjects::{Obstacle, Phase};
use triad_projections::data_subject::{DataSubject, Hold};

words! {
    Phase as SubjectState:
    Free = "FREE",
    Held = "HELD",
    Erasing = "ERASING",
    Erased = "ERASED",
}

words! {
    Obstacle as Obstacle:
    LegalHold = "LEGAL_HOLD",
    Retention = "RETENTION",
    InUse = "IN_USE",
}

/// A data subject, whose content is erased together: what the vault has of it, and what is recorded of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Subject {
    subject_id: String,
    state: Word<Phase>,
    /// Where its key lies; none while it has none.
    slot: Option<u64>,
    /// When content was last accepted for it.
    last_accepted: Option<String>,
    holds: Vec<LegalHold>,
    erasure_requested: Option<Moment>,
    erased: Option<Moment>,
    last_refusal: Option<Refused>,
    /// How many erasures were refused.
    refusals: u64,
    last_read: Option<Moment>,
    /// How many reads of its content are recorded.
    reads: u64,
}

/// A legal hold: as long as it stands nothing of the data subject is erased.
#[derive(Serialize, JsonSchema)]
struct LegalHold {
    name: String,
    since: Moment,
    reason: String,
}

/// A refused erasure.
#[derive(Serialize, JsonSchema)]
struct Refused {
    at: Moment,
    because: Word<Obstacle>,
}

impl Subject {
    /// None when neither the vault nor the log knows it.
    pub(super) fn of(
        id: DataSubjectId,
        vault: triad_vault::Subject,
        recorded: Option<&DataSubject>,
        is_used: bool,
    ) -> Option<Self> {
        let (slot, last_accepted, state) = match vault {
            triad_vault::Subject::Unknown => (None, None, Phase::Free),
            triad_vault::Subject::Known { slot, last_accepted_us } => {
                (Some(slot), Some(clock::show(last_accepted_us)), Phase::Free)
            }
            triad_vault::Subject::Erased { slot } => (Some(slot), None, Phase::Erased),
        };
        if slot.is_none() && recorded.is_none() && !is_used {
            return None;
        }
        let at = |of: fn(&DataSubject) -> Option<triad_projections::Moment>| {
            recorded.and_then(of).map(Moment::from)
        };
        let refused = recorded.and_then(|recorded| recorded.refused);
        Some(Self {
            subject_id: id.to_string(),
            state: Word(recorded.map_or(state, |recorded| recorded.phase)),
            slot,
            last_accepted,
            holds: recorded.map_or(&[][..], |recorded| &recorded.holds).iter().map(LegalHold::from).collect(),
            erasure_requested: at(|recorded| recorded.requested),
            erased: at(|recorded| recorded.erased),
            last_refusal: refused.map(|(at, why)| Refused { at: at.into(), because: Word(why) }),
            refusals: recorded.map_or(0, |recorded| recorded.refusals),
            last_read: at(|recorded| recorded.read),
            reads: recorded.map_or(0, |recorded| recorded.reads),
        })
    }
}

impl From<&Hold> for LegalHold {
    fn from(hold: &Hold) -> Self {
        Self { name: hold.name.clone(), since: hold.since.into(), reason: hold.reason.clone() }
    }
}
