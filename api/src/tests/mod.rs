//! The server as its clients see it, over real connections.

mod content;
mod harness;
mod nasty;
mod receipts;
mod runs;
mod subjects;
mod watching;
