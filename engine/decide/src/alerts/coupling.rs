//! What alerts ask of others: nothing.

use super::facts::Facts;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts { state: &world.alerts, settings: &world.ports.settings, place: *place }
}
