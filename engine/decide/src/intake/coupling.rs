//! What intake asks of others.

use super::facts::Facts;
use crate::place::Place;
use crate::subjects::admission::Admission;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts {
        state: &world.intake,
        ports: &world.ports,
        elapsed: place.elapsed,
        principal: place.principal,
        admission: Admission::new(&world.subjects, &world.ports.uses),
    }
}
