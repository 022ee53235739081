//! Decides when attempts start, and what becomes of them until they end.

pub(crate) mod attempt;
pub(crate) mod attempts;
pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod held_back;
mod lives;
mod queue;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;
mod suspension;
pub(crate) mod turn;

pub use refusal::Refusal;
pub use triad_event::execution::Ask;

#[cfg(test)]
mod tests;
