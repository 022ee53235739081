//! What must people know? The alerts whose condition stands, and the newest of those that were.

use triad_event::alerts::{self, AlertKind, AlertRaised, Delivery, Phase};
use triad_event::ids::StreamId;
use triad_event::{Event, Recorded, governance};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{stored, vocabulary};
use crate::views::{Answer, Views};

/// Resolved alerts that are kept: enough for a person to see what happened lately. The log holds all.
const RESOLVED_MAX: usize = 1000;

vocabulary! { AlertKind, Delivery, Phase }

stored! {
    /// The alerts, in the order in which they were raised.
    #[derive(Default)]
    pub struct AlertInbox {
        /// All that stand, and the newest that were resolved.
        pub alerts: Vec<Entry>,
    }
}

stored! {
    /// An alert.
    pub struct Entry {
        /// Its id, which is that of its stream.
        pub id: StreamId,
        /// What is the matter.
        pub kind: AlertKind,
        /// What it is about; all zero for the installation.
        pub about: StreamId,
        /// What was met, in words.
        pub detail: String,
        /// Where it stands.
        pub phase: Phase,
        /// When it was raised.
        pub raised: Moment,
        /// When somebody acknowledged it.
        pub acknowledged: Option<Moment>,
        /// What they said.
        pub reason: Option<String>,
        /// When its condition ended.
        pub resolved: Option<Moment>,
        /// How often it was delivered.
        pub deliveries: u32,
        /// How the last delivery ended.
        pub delivery: Option<Delivery>,
        /// The newest message about it.
        pub message: Option<u64>,
        /// When its condition ended, while it is not resolved.
        pub subsided: Option<Moment>,
        /// How often its condition has returned before it was resolved.
        pub returns: u32,
        /// When others were told, since nobody had acknowledged it.
        pub escalated: Option<Moment>,
    }
}

impl AlertInbox {
    fn raise(&mut self, record: &Recorded<Event>, raised: &AlertRaised) {
        self.alerts.push(Entry {
            id: record.stream,
            kind: raised.alert,
            about: raised.about,
            detail: raised.detail.clone(),
            phase: Phase::Raised,
            raised: Moment::of(record),
            acknowledged: None,
            reason: None,
            resolved: None,
            deliveries: 0,
            delivery: None,
            message: None,
            subsided: None,
            returns: 0,
            escalated: None,
        });
    }

    /// How an alert was told, by the newest message about it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are of no message, or say nothing of how it fares"
    )]
    fn hear_of_message(&mut self, record: &Recorded<Event>, event: &alerts::Event) {
        let mut tell = |message: u64, told: &dyn Fn(&mut Entry)| {
            self.alerts.iter_mut().filter(|entry| entry.message == Some(message)).for_each(told);
        };
        match event {
            alerts::Event::MessageMade(made) => {
                for entry in self.alerts.iter_mut().filter(|entry| made.alerts.contains(&entry.id)) {
                    entry.message = Some(record.sequence);
                    entry.deliveries += 1;
                }
            }
            alerts::Event::MessageRepeated(repeated) => {
                tell(repeated.message, &|entry| entry.deliveries += 1)
            }
            alerts::Event::MessageRedelivered(asked) => tell(asked.message, &|entry| entry.deliveries += 1),
            alerts::Event::MessageEnded(ended) => {
                tell(ended.message, &|entry| entry.delivery = Some(ended.delivery));
            }
            _ => {}
        }
    }

    /// Forgets the oldest that was resolved when there are too many.
    fn forget(&mut self) {
        let is_resolved = |entry: &Entry| entry.resolved.is_some();
        if self.alerts.iter().filter(|entry| is_resolved(entry)).count() > RESOLVED_MAX
            && let Some(oldest) = self.alerts.iter().position(is_resolved)
        {
            self.alerts.remove(oldest);
        }
    }
}

impl Follows<alerts::Event> for AlertInbox {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is of no alert was heard before")]
    fn follow(&mut self, record: &Recorded<Event>, event: &alerts::Event) -> Result<(), ViewError> {
        if let alerts::Event::ConditionReported(_) | alerts::Event::ConditionEnded(_) = event {
            return Ok(());
        }
        if event.is_of_subscriptions() {
            self.hear_of_message(record, event);
            return Ok(());
        }
        let found = self.alerts.iter_mut().find(|entry| entry.id == record.stream);
        let before = found.as_ref().map(|entry| entry.phase);
        let forbidden = || ViewError::forbidden(record, "its alert", before);
        let phase = Phase::after(before, event).ok_or_else(forbidden)?;
        if let alerts::Event::AlertRaised(raised) = event {
            self.raise(record, raised);
            return Ok(());
        }
        let entry = found.ok_or_else(forbidden)?;
        entry.phase = phase;
        match event {
            alerts::Event::DeliveryRequested(requested) => entry.deliveries = requested.attempt,
            alerts::Event::DeliveryEnded(ended) => entry.delivery = Some(ended.delivery),
            alerts::Event::AlertAcknowledged(acknowledged) => {
                entry.acknowledged = Some(Moment::of(record));
                entry.reason = Some(acknowledged.reason.clone());
            }
            alerts::Event::AlertResolved(_) => {
                entry.resolved = Some(Moment::of(record));
                self.forget();
            }
            alerts::Event::AlertSubsided(_) => entry.subsided = Some(Moment::of(record)),
            alerts::Event::AlertReturned(returned) => {
                entry.subsided = None;
                entry.returns = returned.returns;
                entry.detail = returned.detail.clone();
            }
            alerts::Event::AlertEscalated(_) => {
                entry.escalated = Some(Moment::of(record));
                entry.message = Some(record.sequence);
                entry.deliveries += 1;
            }
            // What is left is of no alert, or says nothing of it.
            _ => {}
        }
        Ok(())
    }
}

/// The stream of an alert can be set aside and closed: then it is over, whatever becomes of its condition.
impl Follows<governance::Event> for AlertInbox {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        let governance::Event::StreamClosed(_) = event else { return Ok(()) };
        if let Some(entry) = self.alerts.iter_mut().find(|entry| entry.id == record.stream) {
            entry.phase = Phase::Resolved;
            entry.resolved = Some(Moment::of(record));
            self.forget();
        }
        Ok(())
    }
}

impl View for AlertInbox {
    const NAME: &'static str = "alert_inbox";
    const FOLD: u32 = 3;
    type Kept = One<Self>;
}

impl<T: Holds<AlertInbox>> Views<T> {
    /// What must people know?
    pub fn alert_inbox(&self) -> Answer<AlertInbox> {
        self.look(|kept: &One<AlertInbox>| kept.0.clone())
    }
}
