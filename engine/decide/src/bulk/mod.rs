//! Decides on bulk actions: that one is begun, which workflows its pages hold, what came of them, and that it ends. What is
//! done to each workflow is asked of that workflow, as if somebody did it by hand.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::bulk::Ask;

#[cfg(test)]
mod tests;
