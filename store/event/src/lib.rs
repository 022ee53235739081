//! The vocabulary of TRIAD: what can be true of a log, a workflow, a task, an attempt, and in which bytes it
//! is said.
//!
//! One struct per event, one number per struct, nested by domain. No I/O, no clock, no chance. What is absent
//! on purpose: this package knows nothing of frames, hashes or disks, and nothing that decides.
//!
//! - [`log`], [`governance`], [`intake`], [`dag`], [`execution`], [`subjects`], [`alerts`]: the events by domain,
//!   each with what can be asked of it and its phase grammar; [`Domain`]: the table of them;
//! - [`event`]: the record around an event, and what is declared of its kind; [`kind`]: kinds by number;
//! - [`words`]: events in words for people; [`plain`]: which characters people see as they are;
//! - [`sealed`]: what records say of content that lies in the vault;
//! - [`codec`]: the only place where events meet bytes;
//! - [`catalogue`]: the documents generated from all of this.

#[macro_use]
mod declare_types;

#[macro_use]
mod declare_parts;

#[macro_use]
mod declare;

pub mod event;

mod domain;
pub use domain::*;

pub mod kind;
pub mod words;

pub mod plain;

pub mod apart;
pub mod header;
pub mod ids;
pub mod quantity;
pub mod sealed;

pub mod codec;

pub mod catalogue;
pub mod shape;
pub mod value;

pub use event::{Event, Recorded};
pub use header::{ClockState, Outcome, Source};
pub use kind::Kind;
pub use sealed::Sealed;

#[cfg(test)]
mod tests;
