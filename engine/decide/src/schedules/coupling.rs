//! What schedules ask of others: which streams are taken, for whom content may be accepted, and which definitions there are.

use super::facts::Facts;
use crate::place::Place;
use crate::subjects::admission::Admission;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, _: &Place) -> Facts<'a> {
    Facts {
        state: &world.schedules,
        streams: &world.ports.streams,
        admission: Admission::new(&world.subjects, &world.ports.uses),
        definitions: &world.definitions.definitions,
    }
}
