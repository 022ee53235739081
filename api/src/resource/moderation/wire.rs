//! Rules of moderation as JSON.

use crate::output::hex;
use crate::wire::moment::Moment;
use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::moderation::ModerationRules;
use triad_event::ids::PrincipalId;
use triad_moderation::Rules;
use triad_projections::view::moderation_book::{self, ModerationBook};

/// The rules that hold steps.
#[derive(Serialize, JsonSchema)]
pub(super) struct Moderation {
    /// Whether any step can be held.
    is_active: bool,
    /// What the rules are; none where there are none.
    digest: Option<String>,
    /// In the order in which they are written: the first that matches holds.
    rules: Vec<ModerationRule>,
    /// Their document, in TOML; none where there are none.
    document: Option<String>,
    /// When rules were set and removed, by whom and why, the newest first; at most a hundred.
    changes: Vec<ModerationChange>,
}

/// Rules that were set, or removed.
#[derive(Serialize, JsonSchema)]
struct ModerationChange {
    changed: Moment,
    /// Who; none when nobody had to say who they are.
    by: Option<String>,
    reason: String,
    /// What the rules were from then on; none when they were removed.
    digest: Option<String>,
    /// How many.
    count: u32,
}

/// A rule of moderation.
#[derive(Serialize, JsonSchema)]
struct ModerationRule {
    id: String,
    /// Why it holds.
    reason: String,
}

impl Moderation {
    pub(super) fn of(known: Option<&ModerationRules>, book: &ModerationBook) -> Self {
        let read = known.and_then(|rules| Rules::read(&rules.document).ok());
        let rule =
            |(id, reason): (&str, &str)| ModerationRule { id: id.to_owned(), reason: reason.to_owned() };
        Self {
            is_active: known.is_some(),
            digest: known.map(|rules| hex(&rules.digest)),
            rules: read.iter().flat_map(|rules| rules.all().map(rule)).collect(),
            document: known.map(|rules| rules.document.clone()),
            changes: book.changes.iter().rev().map(ModerationChange::of).collect(),
        }
    }
}

impl ModerationChange {
    fn of(change: &moderation_book::ModerationChange) -> Self {
        let principal = Some(change.principal).filter(|principal| *principal != PrincipalId::ZERO);
        Self {
            changed: change.changed.into(),
            by: principal.map(|principal| principal.to_string()),
            reason: change.reason.clone(),
            digest: change.rules.as_ref().map(|rules| hex(&rules.digest)),
            count: change.rules.as_ref().map_or(0, |rules| rules.count),
        }
    }
}
