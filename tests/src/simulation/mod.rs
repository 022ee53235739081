//! A deterministic simulation of the engine: one thread, one seed, every fault that the design names, every invariant held
//! after every step.
//!
//! ```text
//!   seed -> swarm -> driver --actions--> stage: clocks, disk, files, vault, index, outside world
//!                      ^                   |  process: the shell that ships, over the faulty twin
//!                      +------- news ------+  book: the durable records read by the grammars alone
//! ```
//!
//! The shell, with recovery and everything that it attaches, the pure core, the log writer and the replay tool are the
//! product's own. What is modelled is the world outside: programs, the vault's keys, files, clocks, clients. Chance ends at
//! the actions: a run is a script, and a script is a run.

pub mod action;
pub mod boundaries;
pub mod chance;
pub mod disturbances;
pub mod doom;
pub mod failure;
pub mod fault;
pub mod listed;
pub mod names;
pub mod options;
pub mod plant;
pub mod probe;
mod refused;
pub mod run;
pub mod scenario;
pub mod script;
pub mod setup;
pub mod stage;
pub mod swarm;
pub mod violation;

mod agenda;
mod asking;
mod book;
mod branching;
mod clients;
mod definitions;
mod driver;
mod effects;
mod evaluator;
mod generations;
mod healing;
mod index;
mod intents;
mod judge;
mod keepers;
mod lives;
mod market;
mod operators;
mod passing;
mod people;
mod performing;
mod price_asks;
mod process;
mod rules_text;
mod schedule_asks;
mod schedules;
mod snapshots;
mod transcript;
mod vault;
mod verdicts;
mod whole;
mod worth;

pub use options::{Failed, Options, Report};
pub use run::run;
pub use swarm::Swarm;
pub use violation::Violation;
