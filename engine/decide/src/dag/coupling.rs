//! What the dag asks of others: of healing what is done about tasks that failed.

use super::facts::Facts;
use crate::healing;
use crate::healing::treatment::Treatment;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    let treatment = Treatment::new(healing::coupling::facts(world, place));
    Facts { state: &world.dag, ports: &world.ports, treatment, place: *place }
}
