//! Decides what a run used, in energy and money, once its process has ended. Each charge is a posting of double-entry
//! accounts, and the accounts are a view: nothing here depends on what they add up to.

pub(crate) mod charge;
pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::economics::Ask;

#[cfg(test)]
mod tests;
