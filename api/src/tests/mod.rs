//! The server as its clients see it, over real connections.

mod harness;
mod nasty;
mod receipts;
mod runs;
mod watching;
