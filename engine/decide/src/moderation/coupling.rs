//! What moderation asks of others: nothing.

use super::facts::Facts;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, _: &Place) -> Facts<'a> {
    Facts { state: &world.moderation }
}
