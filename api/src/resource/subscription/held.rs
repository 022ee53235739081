//! Events of one subscription that wait for their message, and how far it has looked.

use triad_event::ids::StreamId;

/// Alerts that one message names: as many as the core takes.
const ALERTS_MAX: usize = 100;

/// How far a subscription has looked, and what it has found that was not told yet. Nothing of this needs to be kept: a server
/// that is started again looks once more at all that was not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Looked {
    /// The record in which it was set.
    pub(super) set: u64,
    /// The next record to look at.
    pub(super) next: u64,
    /// Events that each may have a message, the oldest first.
    pub(super) singles: Vec<Held>,
    /// Events that are told of together, since there were too many.
    pub(super) held: Option<Held>,
}

/// Events for one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) events: u32,
    pub(super) alerts: Vec<StreamId>,
}

impl Held {
    /// One event, and the alert that it raised.
    pub(super) fn of(sequence: u64, alert: Option<StreamId>) -> Self {
        Self { first: sequence, last: sequence, events: 1, alerts: alert.into_iter().collect() }
    }
}

impl Looked {
    /// One that has found nothing yet.
    pub(super) fn from(set: u64, next: u64) -> Self {
        Self { set, next, singles: Vec::new(), held: None }
    }

    /// Holds one more.
    pub(super) fn hold(&mut self, one: Held) {
        let Some(held) = &mut self.held else {
            self.held = Some(one);
            return;
        };
        held.last = one.last;
        held.events = held.events.saturating_add(one.events);
        let room = ALERTS_MAX - held.alerts.len();
        held.alerts.extend(one.alerts.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_message_that_says_how_many() {
        let mut looked = Looked::from(1, 2);
        for sequence in 2..100_002 {
            looked.hold(Held::of(sequence, Some(StreamId([7; 16]))));
        }
        let held = looked.held.expect("it holds");
        assert_eq!(
            (held.first, held.last, held.events, held.alerts.len()),
            (2, 100_001, 100_000, ALERTS_MAX)
        );
    }
}
