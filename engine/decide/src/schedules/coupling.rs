//! What schedules ask of others: which streams are taken, and for whom content may be accepted.

use super::facts::Facts;
use crate::place::Place;
use crate::subjects::admission::Admission;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, _: &Place) -> Facts<'a> {
    let admission = Admission::new(&world.subjects, &world.ports.uses);
    Facts { state: &world.schedules, streams: &world.ports.streams, admission }
}
