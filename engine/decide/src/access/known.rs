//! What decisions on keys and on sessions share: the key that is meant, and that it is done.

use triad_event::Event;
use triad_event::ids::{PrincipalId, StreamId};

use super::facts::Facts;
use super::refusal::Refusal;
use super::state::Key;
use crate::decision::Decision;

/// It is done, and recorded.
pub(super) fn recorded(event: impl Into<Event>) -> Result<Decision, Refusal> {
    Ok(Decision::recorded(StreamId::LOG, event))
}

/// A key that was issued and not revoked.
pub(super) fn key<'a>(facts: &Facts<'a>, key: PrincipalId) -> Result<&'a Key, Refusal> {
    match facts.state.keys.get(&key) {
        Some(known) => Ok(known),
        None if facts.state.revoked.get(&key).is_some() => Err(Refusal::KeyRevoked { key }),
        None => Err(Refusal::KeyUnknown { key }),
    }
}
