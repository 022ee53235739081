//! The server as its clients see it, over real connections.

mod access;
mod bulk;
mod content;
mod contract;
mod found;
mod gates;
mod follows;
mod harness;
mod ledger;
mod nasty;
mod polite;
mod openapi;
mod operators;
mod receipts;
mod retries;
mod runs;
mod schedules;
mod schema;
mod prices;
mod principals;
pub(crate) mod python;
mod subjects;
mod tokens;
mod watching;
mod workflows;
mod written;
