//! A deterministic simulation of the engine: one thread, one seed, every fault that the design names, every invariant held
//! after every step.
//!
//! ```text
//!   seed -> swarm -> driver --actions--> stage: clocks, disk, files, vault, index, outside world
//!                      ^                   |  life: the run loop over the pure core, LogWriter and the faulty twin
//!                      +------- news ------+  book: the durable records read by the grammars alone
//! ```
//!
//! The pure core, the log writer and the replay tool are the product's own. What is modelled is the shell around them
//! ([`life`], [`recovery`]) and the world outside. Chance ends at the actions: a run is a script, and a script is a run.

pub mod action;
pub mod boundaries;
pub mod chance;
pub mod disturbances;
pub mod failure;
pub mod fault;
pub mod listed;
pub mod names;
pub mod plant;
pub mod probe;
pub mod run;
pub mod scenario;
pub mod script;
pub mod stage;
pub mod swarm;
pub mod violation;

mod asking;
mod book;
mod clients;
mod clock;
mod definitions;
mod driver;
mod effects;
mod genesis;
mod index;
mod judge;
mod keepers;
mod life;
mod operators;
mod performer;
mod recovery;
mod transcript;
mod vault;
mod whole;

pub use plant::Plant;
pub use run::{Failed, Options, Report, run};
pub use swarm::Swarm;
pub use violation::Violation;
