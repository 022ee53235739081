//! Decides the one lifecycle of tasks, and the end of the workflow that they make up.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;
pub(crate) mod tasks;

pub use crate::plan::Plan;
pub use refusal::Refusal;
pub use state::{Output, Task, TaskState, Workflow};
pub use triad_event::dag::Ask;

#[cfg(test)]
mod tests;
