//! What bulk actions ask of others: how long the log is, and which streams are taken.

use super::facts::Facts;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, _: &Place) -> Facts<'a> {
    Facts { state: &world.bulk, streams: &world.ports.streams, next_sequence: world.next_sequence() }
}
