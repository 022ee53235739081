//! The server as its clients see it, over real connections.

mod content;
mod contract;
mod harness;
mod nasty;
mod openapi;
mod receipts;
mod runs;
mod schema;
mod principals;
mod subjects;
mod watching;
