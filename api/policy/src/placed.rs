//! Where an action stands among rights and scopes.

use crate::action::{Right, Scope};
use std::collections::BTreeSet;

/// The rights and the scopes of an action.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub(crate) rights: BTreeSet<Right>,
    pub(crate) scopes: BTreeSet<Scope>,
}
