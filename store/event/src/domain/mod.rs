//! The domains, in the order in which a workflow meets them.

pub mod log;

pub mod governance;

pub mod intake;

pub mod dag;

pub mod execution;

pub mod subjects;
