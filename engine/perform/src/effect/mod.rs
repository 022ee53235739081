//! Effects: one file for each way of touching the world.

pub mod notify;
pub mod process;
pub mod run_as;
pub mod site;
pub(crate) mod adopted;
mod control_group;
mod environment;
mod guarded;
mod leftovers;
mod memory;
mod meter;
mod record;
mod working_directory;
