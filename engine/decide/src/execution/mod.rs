//! Decides when attempts start, and what becomes of them until they end.

mod decide;
mod input;
mod queue;
mod refusal;
mod state;

pub(crate) use decide::{Facts, abandon, decide, offer, request, stall, stop};
pub use input::Input;
pub(crate) use queue::{Line, Queue};
pub use refusal::Refusal;
pub(crate) use state::{Attempt, State};

#[cfg(test)]
mod tests;
