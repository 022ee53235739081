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
//! outside <---- effects(&World), next_wake: what is owed, and when to wake
//! ```
//!
//! What is absent on purpose: no clock, no chance, no disk, no network, no thread, no text format. Whatever a
//! decision depends on is in the input, which is recorded as the first event of its group, or in the world,
//! which is a fold of the records. So the same records give the same world, and the first event of a group
//! gives the same group again.
//!
//! Read [`group`] first: it is the whole loop.

mod image;

pub mod group;
pub mod input;

mod domains;

mod dispatch;

mod fold;

pub mod effect;

pub mod world;

pub mod access;
pub mod alerts;
pub mod bulk;
pub mod dag;
pub mod definitions;
pub mod economics;
pub mod evaluation;
pub mod execution;
pub mod gates;
pub mod governance;
pub mod healing;
pub mod intake;
pub mod moderation;
pub mod prices;
pub mod schedules;
pub mod subjects;

mod ports;

pub mod refusal;
pub mod snapshot;

mod ascending;
mod decision;
mod derive;
mod fold_error;
pub mod limits;
mod once;
mod place;
mod plan;
mod recent;
mod shared;
mod words_image;

pub use dispatch::{effect, effects};
pub use effect::{Effect, Ended, Entry, Evaluation, Given, KeyDestruction, Performance, Taken, Work};
pub use fold::evolve;
pub use fold_error::{FoldError, Illegal};
pub use group::{Group, Stamp, Unreplayable, replay, step};
pub use input::Input;
pub use ports::settings::Settings;
pub use ports::wakes::Wakeup;
pub use refusal::{Accepted, Refusal};
pub use world::{Past, World};

/// Version of this core: it changes when any decision changes. A log that is checked in is decided again by a test, which
/// fails when one did. A log of an earlier version is folded as it is, and can be decided anew to see what would be
/// otherwise.
pub const DECIDE_VERSION: u32 = 4;

#[cfg(test)]
mod tests;
