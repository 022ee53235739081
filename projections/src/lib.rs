//! What readers see of a log: one view per question, each a fold of recorded events and of nothing else.
//!
//! - [`run_list`]: which workflows are there; [`run_graph`]: how does one stand; [`timeline`]: what happened
//!   in it, in order; [`attempt_history`]: how did a task go, attempt by attempt; [`subjects`]: what became
//!   of a data subject; [`engine_state`]: how does the engine itself stand;
//! - [`run`]: the views of one workflow together, the unit in which they are kept;
//! - [`lookups`]: what the shell of the engine asks about finished things;
//! - [`host`]: keeps all of it, up to date and across restarts, in a database of its own; [`views`]: reads
//!   it.
//!
//! What is absent on purpose: nothing here decides, knows a clock, or sees the deciding core. The views are
//! pure; only `host` and `views` know a disk. Everything can be thrown away and folded again from the log,
//! and is when it cannot be trusted.

pub mod projection;

pub mod run_list;

pub mod run_graph;

pub mod timeline;

pub mod attempt_history;

pub mod subjects;

pub mod engine_state;

pub mod run;

pub mod lookups;

pub mod host;
pub mod views;

mod stored;
mod subject;
mod task_pages;

pub use host::{Applied, ApplyError, Host, Opening};
pub use projection::{Moment, Projection, ViewError, as_of};
pub use run::Run;
pub use views::{Answer, ReadError, Views};

#[cfg(test)]
mod tests;
