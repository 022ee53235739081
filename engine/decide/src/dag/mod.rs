//! Decides the one lifecycle of tasks, and the end of the workflow that they make up.

mod decide;
mod input;
mod plan;
mod refusal;
mod state;

pub(crate) use decide::{Facts, decide, finish, settle, skip, stop};
pub use input::Input;
pub use plan::Plan;
pub(crate) use plan::{Lists, Spec, Texts, length};
pub use refusal::Refusal;
pub(crate) use state::State;
pub use state::{Task, TaskState, Workflow};

#[cfg(test)]
mod tests;
