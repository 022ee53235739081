//! What moderation may know of the rest of the world.

use super::state::State;

/// What moderation may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
}
