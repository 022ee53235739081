//! What every command needs that asks a running server: calls, streams of events, text from elsewhere.

mod api;
pub(crate) mod events;
pub(crate) mod text;

pub(crate) use api::{Api, CallError, Opened};
