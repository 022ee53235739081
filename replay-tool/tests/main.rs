//! The replay tool over logs that were handed out, in one program.

mod payload;
mod receipts;
mod references;
