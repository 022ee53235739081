//! Data subjects and settings as JSON.

use super::workflow::moment;
use crate::clock;
use serde_json::{Value, json};
use triad_decide::governance::Settings;
use triad_event::governance::Setting;
use triad_event::ids::DataSubjectId;
use triad_event::subjects::{Obstacle, Phase};
use triad_projections::subjects::{DataSubject, Hold};
use triad_vault::Subject;

/// A data subject: what the vault has of it, and what is recorded of it. None when neither knows it.
pub(crate) fn subject(
    id: DataSubjectId,
    vault: Subject,
    recorded: Option<&DataSubject>,
    is_used: bool,
) -> Option<Value> {
    let (slot, last_accepted) = match vault {
        Subject::Unknown => (None, None),
        Subject::Known { slot, last_accepted_us } => (Some(slot), Some(clock::show(last_accepted_us))),
        Subject::Erased { slot } => (Some(slot), None),
    };
    if slot.is_none() && recorded.is_none() && !is_used {
        return None;
    }
    let erased = matches!(vault, Subject::Erased { .. });
    let phase = recorded.map_or(if erased { Phase::Erased } else { Phase::Free }, |recorded| recorded.phase);
    let holds = recorded.map_or(&[][..], |recorded| &recorded.holds);
    let at = |of: fn(&DataSubject) -> Option<triad_projections::Moment>| recorded.and_then(of).map(moment);
    let refused = recorded.and_then(|recorded| recorded.refused);
    Some(json!({
        "subject_id": id.to_string(),
        "state": state(phase),
        "slot": slot,
        "last_accepted": last_accepted,
        "holds": holds.iter().map(hold).collect::<Vec<_>>(),
        "erasure_requested": at(|recorded| recorded.requested),
        "erased": at(|recorded| recorded.erased),
        "last_refusal": refused.map(|(at, why)| json!({ "at": moment(at), "because": obstacle(why) })),
        "refusals": recorded.map_or(0, |recorded| recorded.refusals),
        "last_read": at(|recorded| recorded.read),
        "reads": recorded.map_or(0, |recorded| recorded.reads),
    }))
}

fn hold(hold: &Hold) -> Value {
    json!({ "name": hold.name, "since": moment(hold.since), "reason": hold.reason })
}

fn state(phase: Phase) -> &'static str {
    match phase {
        Phase::Free => "FREE",
        Phase::Held => "HELD",
        Phase::Erasing => "ERASING",
        Phase::Erased => "ERASED",
    }
}

fn obstacle(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::LegalHold => "LEGAL_HOLD",
        Obstacle::Retention => "RETENTION",
        Obstacle::InUse => "IN_USE",
    }
}

/// A setting: what it is now, what it was made with, and what it may be.
pub(crate) fn setting(setting: Setting, settings: &Settings) -> Value {
    let (least, greatest) = setting.bounds();
    json!({
        "name": setting.name(),
        "value": settings.value(setting),
        "unit": setting.unit(),
        "default": setting.default_value(),
        "least": least,
        "greatest": greatest,
        "doc": setting.doc().trim(),
    })
}
