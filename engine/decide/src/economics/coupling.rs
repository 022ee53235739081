//! What economics asks of others: of the dag what a task was thought to take, and what electricity cost.

use super::facts::Facts;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::prices::costs::Costs;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, _: &Place) -> Facts<'a> {
    Facts {
        state: &world.economics,
        ports: &world.ports,
        tasks: Tasks::new(&world.dag),
        costs: Costs::new(&world.prices),
    }
}
