//! Decides on schedules: that each moment is handled once and in their order, whoever finds out which moments those are, and that
//! there are only so many. No calendar is known here; the moments of schedules that follow runs are named here.

mod circle;
pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod follows;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod runs;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::schedules::Ask;

#[cfg(test)]
mod tests;
