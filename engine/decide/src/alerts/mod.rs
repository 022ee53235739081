//! Decides what people are told of: one alert for each condition that stands, delivered, acknowledged, escalated, resolved; and
//! the messages that channels are sent for subscriptions, until they are taken or given up.
//!
//! Other domains never call this one. It hears what they record, and raises and resolves by itself.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
mod notification;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;
mod subscribing;
pub(crate) mod telling;

pub use notification::{Alarm, Letter, Notification, Told};
pub use refusal::Refusal;
pub use triad_event::alerts::Ask;

#[cfg(test)]
mod tests;
