//! What the records say of alerts.

use super::Book;
use crate::simulation::violation::{Verdict, broken, hold};
use std::collections::{BTreeMap, BTreeSet};
use triad_event::alerts::{AlertKind, Event, Phase};
use triad_event::ids::StreamId;
use triad_event::{Event as AnyEvent, Recorded};

/// The alerts of the log.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    open: BTreeMap<StreamId, Line>,
    standing: BTreeSet<(AlertKind, StreamId)>,
    resolved: BTreeSet<StreamId>,
}

/// An alert whose condition stands.
#[derive(Debug)]
struct Line {
    condition: (AlertKind, StreamId),
    phase: Phase,
    next_ordinal: u64,
    /// The delivery that is under way.
    requested: Option<u64>,
}

impl Book {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is of no condition and no subscription is of an alert"
    )]
    pub(super) fn take_alert(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        if event.is_of_subscriptions() {
            return self.invariant_ordinals_of_the_log_are_contiguous(record);
        }
        match event {
            Event::ConditionReported(_) | Event::ConditionEnded(_) => {
                self.invariant_ordinals_of_the_log_are_contiguous(record)
            }
            Event::AlertRaised(raised) => self.alerts.raise(record, (raised.alert, raised.about)),
            // What is left is of an alert.
            _ => self.alerts.go_on(record, event),
        }
    }
}

impl Alerts {
    /// One whose condition stands.
    pub(crate) fn some_open(&self) -> Option<StreamId> {
        self.open.last_key_value().map(|(alert, _)| *alert)
    }

    /// One whose condition stands no longer.
    pub(crate) fn some_resolved(&self) -> Option<StreamId> {
        self.resolved.first().copied()
    }

    fn raise(&mut self, record: &Recorded<AnyEvent>, condition: (AlertKind, StreamId)) -> Verdict {
        hold("invariant_a_condition_has_one_alert", self.standing.insert(condition), || {
            format!("record {} raises {condition:?} a second time", record.sequence)
        })?;
        let is_new = record.ordinal == 0
            && !self.open.contains_key(&record.stream)
            && !self.resolved.contains(&record.stream);
        hold("invariant_a_closed_stream_stays_closed", is_new, || {
            format!("record {} raises an alert in the stream {}", record.sequence, record.stream)
        })?;
        let line = Line { condition, phase: Phase::Raised, next_ordinal: 1, requested: None };
        self.open.insert(record.stream, line);
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others begin and end no delivery")]
    fn go_on(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let Some(line) = self.open.get_mut(&record.stream) else {
            let what = format!("record {} is of {}, where no alert is open", record.sequence, record.stream);
            return Err(broken("invariant_a_closed_stream_stays_closed", what));
        };
        hold("invariant_stream_ordinals_are_contiguous", line.next_ordinal == record.ordinal, || {
            format!("record {} has ordinal {}, not {}", record.sequence, record.ordinal, line.next_ordinal)
        })?;
        line.next_ordinal += 1;
        let Some(phase) = Phase::after(Some(line.phase), event) else {
            let what = format!("record {} follows {:?}: {event:?}", record.sequence, line.phase);
            return Err(broken("invariant_alerts_obey_their_grammar", what));
        };
        line.phase = phase;
        let was = line.requested;
        line.requested = match event {
            Event::DeliveryRequested(_) => Some(record.sequence),
            Event::DeliveryEnded(_) => None,
            _ => was,
        };
        let ends_its_own = match event {
            Event::DeliveryRequested(_) => was.is_none(),
            Event::DeliveryEnded(ended) => was == Some(ended.request),
            _ => true,
        };
        hold("invariant_an_alert_is_delivered_by_one_at_a_time", ends_its_own, || {
            format!("record {} while {was:?} is under way: {event:?}", record.sequence)
        })?;
        if phase == Phase::Resolved {
            self.standing.remove(&line.condition);
            self.resolved.insert(record.stream);
            self.open.remove(&record.stream);
        }
        Ok(())
    }
}
