//! What governance asks of others.

use super::facts::Facts;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts {
        state: &world.governance,
        ports: &world.ports,
        elapsed: place.elapsed,
        last_sequence: world.next_sequence().checked_sub(1),
        next_wake: world.next_wake(),
    }
}
