//! What execution may know of the rest of the world.

use std::sync::Arc;

use super::state::State;
use crate::dag::tasks::Tasks;
use crate::economics::affording::Affording;
use crate::healing::treatment::Treatment;
use crate::moderation::ModerationRules;
use crate::place::Place;
use crate::ports::Ports;
use crate::prices::again::Again;

/// What execution may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) ports: &'a Ports,
    pub(crate) tasks: Tasks<'a>,
    /// Whether budgets have room.
    pub(crate) affording: Affording<'a>,
    /// Whether prices would still let go what they let go before.
    pub(crate) again: Again<'a>,
    /// What fixes change.
    pub(crate) treatment: Treatment<'a>,
    /// The rules that hold steps.
    pub(crate) moderation: Option<&'a Arc<ModerationRules>>,
    /// Whether the engine starts attempts.
    pub(crate) is_running: bool,
    /// Where the event will stand, for what is derived.
    pub(crate) place: Place,
}
