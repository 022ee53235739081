//! What healing may know of the rest of the world.

use super::state::State;
use crate::access::roles::Roles;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::ports::accounts::Accounts;
use crate::ports::settings::Settings;

/// What healing may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) settings: &'a Settings,
    /// Whose workflows are.
    pub(crate) accounts: &'a Accounts,
    pub(crate) tasks: Tasks<'a>,
    /// Who has which role.
    pub(crate) roles: Roles<'a>,
    /// When, and who asks.
    pub(crate) place: Place,
}
