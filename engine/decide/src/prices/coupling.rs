//! What prices ask of others: of the dag what tasks bid and when they must have ended, and of execution how far runs are.

use super::facts::Facts;
use crate::dag::tasks::Tasks;
use crate::execution::attempts::Attempts;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts {
        state: &world.prices,
        settings: &world.ports.settings,
        durations: &world.ports.durations,
        tasks: Tasks::new(&world.dag),
        attempts: Attempts::new(&world.execution),
        place: *place,
    }
}
