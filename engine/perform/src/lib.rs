//! The shell around the pure core, and the machine that it runs on.
//!
//! ```text
//!   ask() ----mailbox---> +---------------- loop thread ----------------+
//!   outcomes of effects ->| drives the shell: see [`shell`]             |--submit--> storage thread
//!   timers -------------->| carries out what the shell says             |               | sync
//!                         +---------------------------------------------+               |
//!   replies <------------------- sent when their block is durable <-----------------------+
//!   effects <------------------- started when their request is durable <------------------+
//! ```
//!
//! [`shell`] is everything that can be simulated: it has no clock, no thread and no file of its own. Beside it stands
//! what reads clocks, waits, runs and writes. A failed or unknown commit ends the engine; what became durable is found
//! out by the next opening. What is absent on purpose: no decision is made here. An effect is performed exactly as its
//! request says.

pub mod content;
pub mod effect;
pub mod evaluate;
pub mod findings;
pub mod guard;
pub mod mailbox;
pub mod shell;
pub mod start;

mod clock;
mod filled;
pub mod hardware;
mod left;
mod moderate;
mod performer;
mod poison_file;
mod processes;
mod run;
mod shortage;
mod snapshot_file;
mod verify;

pub use effect::notify::Notify;
pub use effect::run_as::{RunAs, RunAsError};
pub use effect::site::{Site, SiteOptions};
pub use hardware::KeyInHardware;
pub use mailbox::{Engine, Status};
pub use performer::Configuration;
pub use shell::message::{Answer, AskError, Asker};
pub use shell::recover::{self, RecoverError};
pub use start::{Running, StartError, StartOptions, start};
