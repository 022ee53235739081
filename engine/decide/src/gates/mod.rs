//! Decides on tasks that wait for time, a signal or people: when they begin to wait, and what ends that.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::gates::Ask;

#[cfg(test)]
mod tests;
