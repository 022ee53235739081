//! Decides how decisions are made: settings, pauses, the engine's lives, the clock, quarantine, timers.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use state::Life;
pub use triad_event::governance::Ask;

#[cfg(test)]
mod tests;
