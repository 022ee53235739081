//! What the dag asks of others: nothing but what stands in the ports.

use super::facts::Facts;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts { state: &world.dag, ports: &world.ports, place: *place }
}
