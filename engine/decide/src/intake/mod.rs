//! Decides which definitions become workflows.
//!
//! [`check`] is the door's half: it turns what a client proposed into definitions and content that is to be
//! sealed, and lists every fault at once. The other half runs again inside the core on what the input holds, so
//! that no recorded definition was ever taken on trust.

mod bounds;
mod content;
pub(crate) mod coupling;
mod cycles;
pub(crate) mod decide;
mod definition;
pub(crate) mod digest;
pub(crate) mod facts;
pub(crate) mod fault;
mod flow;
mod groups;
mod pieces;
mod proposal;
pub(crate) mod reaction;
pub(crate) mod refusal;
mod rules;
pub(crate) mod state;
pub mod template;
mod terms;

pub use bounds::Bounds;
pub use content::Content;
pub use fault::{Fault, Faults, Field, Problem};
pub use pieces::pieces;
pub use proposal::{Checked, Expressions, Proposal, ProposedTask, Wants, check};
pub use refusal::Refusal;
pub use triad_event::intake::{Ask, Submission};

#[cfg(test)]
mod tests;
