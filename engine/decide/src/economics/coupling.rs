//! What economics asks of others: of the dag what a task was thought to take, what electricity cost, and of execution whom
//! budgets hold back.

use super::affording::Affording;
use super::facts::Facts;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::prices::costs::Costs;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts {
        state: &world.economics,
        ports: &world.ports,
        tasks: Tasks::new(&world.dag),
        costs: Costs::new(&world.prices),
        affording: affording(world, place),
        held_back: &world.execution.held_back,
        place: *place,
    }
}

pub(crate) fn affording<'a>(world: &'a World, place: &Place) -> Affording<'a> {
    let (tasks, costs) = (Tasks::new(&world.dag), Costs::new(&world.prices));
    Affording { ports: &world.ports, tasks, costs, at: place.at }
}
