//! The persisted index of idempotency keys: a reader of the durable log that lags as the script says.

use std::collections::{BTreeMap, VecDeque};
use triad_event::intake::{Earlier, Event as IntakeEvent};
use triad_event::{Event, Recorded};

/// The index.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Sequence up to which it has read, inclusive.
    read_through: u64,
    known: BTreeMap<[u8; 32], Earlier>,
    /// What is durable and not read yet.
    unread: VecDeque<(u64, [u8; 32], Earlier)>,
    /// The key of the submission whose acceptance comes next.
    submitted: Option<[u8; 32]>,
}

impl Index {
    /// A record became durable.
    pub(crate) fn offer(&mut self, record: &Recorded<Event>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only acceptances name a key")]
        match &record.event {
            Event::Intake(IntakeEvent::WorkflowSubmitted(submitted)) => {
                self.submitted = submitted.asked.idempotency_key;
            }
            Event::Intake(IntakeEvent::WorkflowAccepted(accepted)) => {
                let workflow = record.stream.into();
                let earlier = Earlier { workflow, digest: accepted.digest, elapsed: record.elapsed };
                self.unread.extend(self.submitted.take().map(|key| (record.sequence, key, earlier)));
            }
            _ => {}
        }
    }

    /// It reads on. It never reads beyond what is durable, nor back.
    pub(crate) fn read(&mut self, through: u64, durable_next: u64) {
        self.read_through = through.min(durable_next.saturating_sub(1)).max(self.read_through);
        let through = self.read_through;
        while let Some((_, key, earlier)) = self.unread.pop_front_if(|(sequence, _, _)| *sequence <= through)
        {
            self.known.insert(key, earlier);
        }
    }

    /// What it knows of a key, and how far it has read.
    pub(crate) fn look_up(&self, key: &[u8; 32]) -> (Option<Earlier>, u64) {
        (self.known.get(key).cloned(), self.read_through)
    }

    /// Whether there is something that it has not read.
    pub(crate) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }
}
