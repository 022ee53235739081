//! What every command needs that asks a running server: calls, streams of events, text from elsewhere.

mod api;
mod distrust;
pub(crate) mod events;
pub(crate) mod file;
pub(crate) mod text;
mod trust;

pub(crate) use api::{Api, CallError, Opened};
pub(crate) use trust::trust;
