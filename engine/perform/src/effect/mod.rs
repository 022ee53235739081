//! Effects: one file for each way of touching the world.

pub mod leftovers;
mod environment;
pub mod notify;
pub mod process;
