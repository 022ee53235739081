//! Success that is verified before it counts: what an output must be, beyond a process that ended well.
//!
//! A [`Verification`] is a list of checks, all of which must hold (docs/verification.md). At the door [`Verification::read`]
//! says whether one is well written, so that nothing of it can be wrong later. When a process has ended, [`ask`] has its output
//! checked, once, by a process of its own that can be ended, because schemas, patterns and components are others' programs.
//! The [`Verdict`] is for the caller to record: nothing checks it again.
//!
//! Commands that check ([`Command`]) are read here and run elsewhere; how each ended is handed in with the output. Nothing here
//! knows a log, a record or an event.

pub mod limits;
mod fault;
mod words;
mod decimal;
mod exact;
mod verdict;
mod subject;
mod size;
mod exit_codes;
mod command;
mod pattern;
mod equals;
mod schema_shape;
mod schema;
mod component;
mod fuelled;
mod check;
mod written;
mod frame;
mod apart;

pub use apart::{VERB, ask, run, serve};
pub use check::Kind;
pub use command::Command;
pub use fault::{Fault, Step};
pub use subject::{CheckerEnded, Subject};
pub use verdict::{Cause, Failure, Verdict};
pub use written::Verification;
