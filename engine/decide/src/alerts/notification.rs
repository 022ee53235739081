//! What people are told of an alert.

use triad_event::alerts::AlertKind;
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

/// An alert that people are to be told of. Telling them twice is recognised by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Sequence of its request.
    pub request: u64,
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
