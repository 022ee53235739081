//! Decides on the rules of moderation.

use triad_event::Event as AnyEvent;
use triad_event::ids::StreamId;
use triad_event::moderation::Ask;

use super::facts::Facts;
use super::refusal::Refusal;
use crate::decision::Decision;
use crate::limits::{MODERATION_BYTES_MAX, check_reason};

/// Decides on what is asked. Everything is recorded in the log's own stream. Whether the document can be read is checked at the
/// door.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let event: AnyEvent = match ask {
        Ask::SetRules(set) => {
            check_reason(&set.reason)?;
            if set.document.len() > MODERATION_BYTES_MAX {
                return Err(Refusal::RulesTooLong);
            }
            (*set).into()
        }
        Ask::RemoveRules(_) if facts.state.rules.is_none() => return Err(Refusal::NoRules),
        Ask::RemoveRules(removed) => {
            check_reason(&removed.reason)?;
            removed.into()
        }
    };
    Ok(Decision::recorded(stream, event))
}
