//! Decides what a run used, in energy and money, once its process has ended. Each charge is a posting of double-entry
//! accounts, and the accounts are a view: only of those that have a budget the sums are kept here, in a port, because attempts
//! wait for them.

pub(crate) mod affording;
pub(crate) mod charge;
pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;

pub use crate::ports::budgets::{Known, Used};
pub use refusal::Refusal;
pub use triad_event::economics::Ask;

#[cfg(test)]
mod tests;
