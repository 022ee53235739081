//! HTTP below the resources: connections, bodies, what is extracted from a request, and the state that handlers share.

pub(crate) mod announced;
pub(crate) mod answer;
pub(crate) mod body;
mod connection;
pub(crate) mod document;
pub(crate) mod extract;
pub(crate) mod fields;
mod handshake;
pub(crate) mod headers;
pub(crate) mod listener;
pub(crate) mod origin;
mod refusals;
pub(crate) mod state;
pub(crate) mod transport;
pub(crate) mod turns;
pub(crate) mod verdict;
