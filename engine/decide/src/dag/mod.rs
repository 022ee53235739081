//! Decides the one lifecycle of tasks, and the end of the workflow that they make up.

pub(crate) mod coupling;
mod deadlines;
pub(crate) mod decide;
mod ends;
mod evolve;
pub(crate) mod facts;
pub(crate) mod fans;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;
mod stood;
mod task;
pub(crate) mod tasks;
pub(crate) mod workflow;

pub use crate::plan::Plan;
pub use refusal::Refusal;
pub use task::{Seen, Task, TaskState};
pub use triad_event::dag::Ask;
pub use workflow::{Output, Workflow};

#[cfg(test)]
mod tests;
