//! Has the expressions of tasks evaluated, and takes what they come to. It evaluates nothing itself.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::evaluation::Ask;

#[cfg(test)]
mod tests;
