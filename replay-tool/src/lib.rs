//! Deciding a log again, offline: from each group's first record, compared frame by frame; and checking what a log
//! handed out.
//!
//! What is absent on purpose: the package that performs effects. Whoever runs this tool cannot start a process,
//! call a model or write a log with it, because that code is not in it.

pub mod attested;
pub mod frame;
pub mod payload;
pub mod receipt;
pub mod references;
pub mod replay;
