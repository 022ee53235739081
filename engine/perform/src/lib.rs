//! The shell around the pure core: everything that reads a clock, waits, runs or writes.
//!
//! ```text
//!   ask() ----mailbox---> +------------------ loop thread ------------------+
//!   outcomes of effects ->| stamp time, step(world), append to open block   |--submit--> storage thread
//!   timers -------------->| hold replies and effects with that block        |               | sync
//!                         +-------------------------------------------------+               |
//!   replies <------------------- fired when their block is durable <------------------------+
//!   effects <------------------- started when their request is durable <--------------------+
//! ```
//!
//! Nothing leaks before it is durable: neither a reply (a refusal and a read included) nor an effect. A failed
//! or unknown commit ends the engine; what became durable is found out by the next opening. What is absent on
//! purpose: no decision is made here. An effect is performed exactly as its request says.

pub mod clock;
pub mod content;
pub mod effect;
pub mod mailbox;
pub mod start;

mod flight;
pub mod hardware;
mod performer;
mod poison;
pub mod recover;
mod run;
mod snapshot_file;

pub use hardware::KeyInHardware;
pub use mailbox::{Answer, AskError, Asker, Engine};
pub use recover::RecoverError;
pub use start::{Running, StartError, StartOptions, start};
