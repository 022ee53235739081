//! The pure core of TRIAD: inputs become events, events become the world, and what is owed follows from the
//! world.
//!
//! ```text
//!             input + time                      one group of records
//! outside ---------------------> step ---------------------------------------> log
//!                                 |   decide(&World, Input)  -> first event
//!                                 |   evolve(&mut World, ..)    it happened
//!                                 |   react: what follows       -> more events, until nothing is owed
//!                                 v
//! outside <---- due(&World): effects that are owed, and when to wake
//! ```
//!
//! What is absent on purpose: no clock, no chance, no disk, no network, no thread, no text format. Whatever a
//! decision depends on is in the input, which is recorded as the first event of its group, or in the world,
//! which is a fold of the records. So the same records give the same world, and the first event of a group
//! gives the same group again.
//!
//! Read [`group`] first: it is the whole loop.

pub mod group;
pub mod input;

mod decide;
mod evolve;
mod react;

pub mod due;

pub mod world;

pub mod dag;
pub mod execution;
pub mod governance;
pub mod intake;
pub mod subjects;

pub mod refusal;
pub mod snapshot;

mod derive;
pub mod limits;
mod owed;
mod recent;
mod shared;
mod wakes;

pub use due::{Due, Effect, Erasure, Wakeup, Work, due, effect, erasure, next_wake};
pub use evolve::{Because, Illegal, evolve};
pub use group::{Group, Stamp, Unreplayable, replay, step};
pub use input::Input;
pub use refusal::{Accepted, Refusal};
pub use world::World;

/// Version of this core. Decisions are reproduced by the version that made them: it changes when any decision
/// changes.
pub const DECIDE_VERSION: u32 = 1;

#[cfg(test)]
mod tests;
