//! Decides which definitions become workflows.
//!
//! [`check`] is the door's half: it turns what a client proposed into definitions and content that is to be
//! sealed, and lists every fault at once. The other half runs again inside the core on what the input holds, so
//! that no recorded definition was ever taken on trust.

mod content;
mod cycles;
mod decide;
mod definition;
mod digest;
mod fault;
mod input;
mod pieces;
mod proposal;
mod refusal;
mod state;

pub(crate) use decide::{Facts, accept, decide, expire};
pub(crate) use definition::is_id;
pub(crate) use digest::Chain;
pub use fault::{Fault, Faults, Field, Problem};
pub use input::{Input, Submission};
pub use pieces::pieces;
pub use proposal::{Bounds, Checked, Proposal, ProposedTask, check};
pub use refusal::Refusal;
pub(crate) use state::{Pending, State, Upload};

#[cfg(test)]
mod tests;
