//! What evaluations ask of others: of the dag what tasks are, what they gave, and when they must have ended.

use super::facts::Facts;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    let tasks = Tasks::new(&world.dag);
    Facts { state: &world.evaluation, ports: &world.ports, tasks, place: *place }
}
