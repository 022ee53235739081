//! What execution asks of others.

use super::facts::Facts;
use crate::dag::tasks::Tasks;
use crate::economics::coupling::affording;
use crate::healing;
use crate::healing::treatment::Treatment;
use crate::place::Place;
use crate::prices;
use crate::prices::again::Again;
use crate::world::World;

/// The facts for a decision that is recorded at a place.
pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts {
        state: &world.execution,
        ports: &world.ports,
        tasks: Tasks::new(&world.dag),
        affording: affording(world, place),
        again: Again::new(prices::coupling::facts(world, place)),
        treatment: Treatment::new(healing::coupling::facts(world, place)),
        moderation: world.moderation.rules.as_ref(),
        is_running: world.governance.is_running(),
        place: *place,
    }
}
