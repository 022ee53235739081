//! Who may give rights.

use triad_event::access::{Grants, Reach};

/// The role that may give rights, by convention of the policies that are shipped. Somebody must be left who has it.
pub const ADMINISTRATOR: &str = "admin";

/// Whether whoever has it can give rights in the whole installation.
pub fn administers(grants: &Grants) -> bool {
    grants.reach == Reach::Installation && grants.roles.iter().any(|role| role == ADMINISTRATOR)
}
