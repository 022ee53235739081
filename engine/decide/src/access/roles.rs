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

    /// The roles of a principal; none of one that is no credential, as all are where nobody has to show one.
    pub(crate) fn of(self, principal: PrincipalId) -> Option<&'a [String]> {
        let key = self.0.keys.get(&principal).map(|key| &key.grants);
        key.or_else(|| self.0.identities.get(&principal)).map(|grants| &*grants.roles)
    }
}
