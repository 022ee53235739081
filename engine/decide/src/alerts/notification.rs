//! What people are told.

use triad_event::alerts::AlertKind;
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

/// Something that people are to be told. Telling them twice is recognised by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Sequence of its request.
    pub request: u64,
    /// What.
    pub told: Told,
}

/// What people are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// An alert, in a log where there never was a subscription.
    Alert(Alarm),
    /// What a subscription names.
    Letter(Letter),
}

/// An alert by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// The id of the alert, the same in every delivery.
    pub alert: StreamId,
    /// What is the matter.
    pub kind: AlertKind,
    /// The stream or the data subject that it is about, by the same bytes; all zero for the installation.
    pub about: StreamId,
    /// What was met, in words.
    pub detail: String,
    /// When it was raised.
    pub raised_at: Micros,
}

/// A message to a channel, about records that are in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Sequence of the record that made it.
    pub message: u64,
    /// Its id, the same whenever it is sent, and of no other message of any log.
    pub id: StreamId,
    /// The name of the subscription.
    pub subscription: String,
    /// The name of the channel.
    pub channel: String,
    /// The first event.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// How many there are.
    pub events: u32,
}
