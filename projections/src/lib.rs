//! What readers see of a log: one view per question, each a fold of recorded events and of nothing else.
//!
//! - [`view`]: the table of views, one row each, and below it one file a question;
//! - [`host`]: keeps whatever stands in the table, up to date and across restarts, in a database of its own;
//!   [`views`]: reads it;
//! - [`fold`] and [`row`]: what a view and a row of the database are.
//!
//! What is absent on purpose: nothing here decides, knows a clock, or sees the deciding core. The views are
//! pure; only `host` knows a disk. Everything can be thrown away and folded again from the log, and is when it cannot be
//! trusted.

pub mod row;
pub mod fold;

pub mod view;

pub mod host;
mod read_error;
pub mod views;

pub use fold::{Moment, ViewError};
pub use host::{Applied, ApplyError, Opening};
pub use read_error::ReadError;
pub use view::run::Run;
pub use view::{
    attempt_history, data_subject, engine_state, ledger, negentropy, run_graph, run_list, timeline,
};
pub use views::Answer;

/// The one writer of the views.
pub type Host = host::Host<view::AllViews>;

/// What readers of the views hold.
pub type Views = views::Views<view::AllViews>;

#[cfg(test)]
mod tests;
