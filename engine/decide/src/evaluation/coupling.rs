//! What evaluations ask of others: of the dag what tasks are and what they gave.

use super::facts::Facts;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, _: &Place) -> Facts<'a> {
    Facts { state: &world.evaluation, ports: &world.ports, tasks: Tasks::new(&world.dag) }
}
