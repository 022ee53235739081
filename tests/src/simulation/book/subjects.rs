//! What the book reads of data subjects.

use super::Book;
use crate::simulation::violation::{Verdict, broken, hold};
use std::collections::BTreeSet;
use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::quantity::{Micros, Millis};
use triad_event::subjects::{ErasureRefused, ErasureRequested, Event, Obstacle, Phase, Standing, Subject};
use triad_event::{Event as AnyEvent, Recorded};

/// Microseconds in which a reader of a workflow is recorded once.
const MINUTE: i64 = 60_000_000;

impl Book {
    /// A stream begins or goes on with content of a data subject.
    pub(super) fn use_subject(
        &mut self,
        record: &Recorded<AnyEvent>,
        subject: &Subject,
        has_content: bool,
    ) -> Verdict {
        let subjects = &mut self.subjects;
        let phase = subjects.phases.get(&subject.id).copied();
        let is_gone = matches!(phase, Some(Phase::Erasing | Phase::Erased));
        hold("invariant_an_erased_subject_is_never_accepted_again", !is_gone, || {
            format!("record {} accepts content of {}, which is {phase:?}", record.sequence, subject.id)
        })?;
        if record.ordinal == 0 {
            if subject.id != DataSubjectId::from(WorkflowId::from(record.stream)) {
                subjects.owners.insert(record.stream, subject.id);
            }
            *subjects.used.entry(subject.id).or_default() += 1;
        }
        let is_same = subjects.of_stream(record.stream) == subject.id;
        hold("invariant_a_stream_has_one_data_subject", is_same, || {
            format!("record {} names {}", record.sequence, subject.id)
        })?;
        if has_content {
            subjects.accept_content(record.stream, record.at);
        }
        Ok(())
    }

    /// Content of a data subject is recorded that belongs to no workflow.
    pub(super) fn accept_once(&mut self, record: &Recorded<AnyEvent>, subject: &Subject) -> Verdict {
        let phase = self.subjects.phases.get(&subject.id).copied();
        let is_gone = matches!(phase, Some(Phase::Erasing | Phase::Erased));
        self.subjects.last_content.insert(subject.id, record.at);
        hold("invariant_an_erased_subject_is_never_accepted_again", !is_gone, || {
            format!("record {} accepts content of {}, which is {phase:?}", record.sequence, subject.id)
        })
    }

    pub(super) fn take_subject(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let subject = event.subject();
        let before = self.subjects.phases.get(&subject).copied();
        let Some(after) = Phase::after(before, event) else {
            let what = format!("record {} after {before:?}: {event:?}", record.sequence);
            return Err(broken("invariant_data_subjects_obey_their_grammar", what));
        };
        match event {
            Event::ErasureRequested(requested) => self.request_erasure(record, requested)?,
            Event::ErasureRefused(refused) => self.invariant_a_refusal_says_what_stands(record, refused)?,
            Event::Erased(erased) => {
                let asked = self.subjects.erasing.remove(&erased.request);
                hold("invariant_every_erasure_ends_once", asked == Some(subject), || {
                    format!("record {} ends erasure {}", record.sequence, erased.request)
                })?;
            }
            Event::HoldPlaced(placed) => {
                self.subjects.holds_total += 1;
                let holds = self.subjects.holds.entry(subject).or_default();
                let holds = holds.insert(placed.asked.hold.clone()) && holds.len() == placed.holds as usize;
                invariant_holds_are_counted(record, holds)?;
            }
            Event::HoldReleased(released) => {
                self.subjects.holds_total -= 1;
                let holds = self.subjects.holds.entry(subject).or_default();
                let holds = holds.remove(&released.asked.hold) && holds.len() == released.holds as usize;
                invariant_holds_are_counted(record, holds)?;
            }
            Event::PayloadRead(read) => {
                self.invariant_a_read_is_recorded_once_a_minute(record, read.workflow)?;
            }
        }
        self.subjects.phases.insert(subject, after);
        Ok(())
    }

    fn request_erasure(&mut self, record: &Recorded<AnyEvent>, requested: &ErasureRequested) -> Verdict {
        let subject = requested.asked.subject.id;
        let held = self.subjects.holds.get(&subject).map_or(0, BTreeSet::len);
        hold("invariant_no_erasure_under_hold", held == 0, || {
            format!("record {} erases {subject}, which is under {held} holds", record.sequence)
        })?;
        let used = self.subjects.used.get(&subject);
        hold("invariant_no_erasure_of_what_is_in_use", used.is_none(), || {
            format!("record {} erases {subject}, which {used:?} streams use", record.sequence)
        })?;
        let until = self.kept_until(subject, requested.asked.last_accepted);
        hold("invariant_no_erasure_before_the_retention_rule_allows", record.at >= until, || {
            format!("record {} of {} erases what is kept until {until}", record.sequence, record.at)
        })?;
        let is_known = requested.asked.subject.standing != Standing::Erased;
        let is_new = self.subjects.erasing.insert(record.sequence, subject).is_none();
        hold("invariant_every_erasure_ends_once", is_known && is_new, || {
            format!("record {} erases {subject} again", record.sequence)
        })
    }

    /// The first moment at which a data subject may be erased.
    fn kept_until(&self, subject: DataSubjectId, last_accepted: Option<Micros>) -> Micros {
        let span = Millis(self.setting(Setting::RetentionMin).unsigned_abs());
        let last = self.subjects.last_content.get(&subject).copied().max(last_accepted);
        last.map_or(Micros(i64::MIN), |last| last.after(span))
    }

    fn invariant_a_refusal_says_what_stands(
        &self,
        record: &Recorded<AnyEvent>,
        refused: &ErasureRefused,
    ) -> Verdict {
        let subject = refused.asked.subject.id;
        let stands = match refused.obstacle {
            Obstacle::LegalHold => self.subjects.holds.get(&subject).is_some_and(|holds| !holds.is_empty()),
            Obstacle::InUse => self.subjects.used.contains_key(&subject),
            Obstacle::Retention => record.at < self.kept_until(subject, refused.asked.last_accepted),
        };
        hold("invariant_a_refusal_says_what_stands", stands, || {
            format!("record {} refuses to erase {subject} for {:?}", record.sequence, refused.obstacle)
        })
    }

    fn invariant_a_read_is_recorded_once_a_minute(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
    ) -> Verdict {
        let minute = record.elapsed.0.div_euclid(MINUTE);
        if self.subjects.reads.0 != minute {
            self.subjects.reads = (minute, BTreeSet::new());
        }
        let is_new = self.subjects.reads.1.insert((record.principal, workflow));
        hold("invariant_a_read_is_recorded_once_a_minute", is_new, || {
            format!("record {} repeats a read of {workflow} by {}", record.sequence, record.principal)
        })
    }
}

fn invariant_holds_are_counted(record: &Recorded<AnyEvent>, holds: bool) -> Verdict {
    hold("invariant_holds_are_counted", holds, || format!("record {} counts otherwise", record.sequence))
}
