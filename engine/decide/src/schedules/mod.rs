//! Decides on schedules: that each moment is handled once and in their order, whoever finds out which moments those are, and that
//! there are only so many. No calendar is known here.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::schedules::Ask;

#[cfg(test)]
mod tests;
