//! What healing asks of others: of the dag what tasks are, of access who has which role.

use super::facts::Facts;
use crate::access::roles::Roles;
use crate::dag::tasks::Tasks;
use crate::place::Place;
use crate::world::World;

pub(crate) fn facts<'a>(world: &'a World, place: &Place) -> Facts<'a> {
    Facts {
        state: &world.healing,
        settings: &world.ports.settings,
        accounts: &world.ports.accounts,
        tasks: Tasks::new(&world.dag),
        roles: Roles::new(&world.access),
        place: *place,
    }
}
