//! Who has which role: what access tells others.

use triad_event::ids::PrincipalId;

use super::state::State;

/// Who has which role.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roles<'a>(&'a State);

impl<'a> Roles<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self(state)
    }

    /// The roles of a principal; nothing is said of them where no credential is known at all. One that is unknown among others
    /// that are known has none.
    pub(crate) fn of(self, principal: PrincipalId) -> Option<&'a [String]> {
        let Self(state) = self;
        if state.keys.is_empty() && state.issuers.is_empty() {
            return None;
        }
        let key = state.keys.get(&principal).map(|key| &key.grants);
        let grants = key.or_else(|| state.identities.get(&principal));
        Some(grants.map_or(&[], |grants| &grants.roles))
    }
}
