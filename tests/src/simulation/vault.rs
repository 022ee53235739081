//! The vault as a model: which keys there are, which were destroyed, and what the rows say that travel with commits. It
//! outlives processes, except for what no commit has carried yet. The real one is tested elsewhere.

use super::book::Book;
use std::collections::BTreeMap;
use triad_event::ids::DataSubjectId;
use triad_event::quantity::{Bytes, Micros};
use triad_event::subjects::{Standing, Subject};
use triad_event::{Event, Recorded, Sealed, execution, intake};

/// The vault.
#[derive(Debug, Default)]
pub(crate) struct Vault {
    /// What commits carried.
    rows: BTreeMap<DataSubjectId, Row>,
    /// Slots that were set aside in this life and are in no row yet.
    set_aside: BTreeMap<DataSubjectId, u64>,
    next_slot: u64,
    /// Whose keys are gone, and which record was to come next when they went.
    destroyed: BTreeMap<DataSubjectId, u64>,
    /// How many contents were sealed.
    sealed: u64,
}

/// A data subject that the vault knows.
#[derive(Debug, Clone, Copy)]
struct Row {
    slot: u64,
    last_accepted: Option<Micros>,
}

impl Vault {
    /// What it says of a data subject, now or as it was when a record was the newest durable one; of a new one with the
    /// slot that is set aside for it.
    pub(crate) fn subject(&mut self, id: DataSubjectId, asked: Option<u64>, newest: u64) -> Subject {
        let (standing, slot) = match self.rows.get(&id) {
            Some(row) => (Standing::Known, row.slot),
            None => (Standing::New, self.slot_for(id)),
        };
        let was_gone = |next: &u64| asked.is_none_or(|asked| *next <= asked + 1);
        let is_erased = self.destroyed.get(&id).is_some_and(was_gone);
        let standing = if is_erased { Standing::Erased } else { standing };
        let looked_up_through = asked.map_or(newest, |asked| asked.min(newest));
        Subject { id, slot, standing, looked_up_through }
    }

    fn slot_for(&mut self, id: DataSubjectId) -> u64 {
        *self.set_aside.entry(id).or_insert_with(|| {
            self.next_slot += 1;
            self.next_slot
        })
    }

    /// When content was last accepted for a data subject, as the rows have it.
    pub(crate) fn last_accepted(&self, id: DataSubjectId) -> Option<Micros> {
        self.rows.get(&id)?.last_accepted
    }

    /// Seals content of that length. Its address says whose it is, which a real one does not.
    pub(crate) fn seal(&mut self, subject: DataSubjectId, length: Bytes) -> Sealed {
        self.sealed += 1;
        let (mut address, mut commitment) = ([0; 32], [0xc0; 32]);
        address[..16].copy_from_slice(&subject.0);
        address[16..24].copy_from_slice(&self.sealed.to_be_bytes());
        commitment[..8].copy_from_slice(&self.sealed.to_be_bytes());
        Sealed { address, commitment, length }
    }

    /// Whether content can be opened under the key of a data subject.
    pub(crate) fn opens(&self, sealed: &Sealed, subject: DataSubjectId) -> bool {
        sealed.address[..16] == subject.0 && !self.is_destroyed(subject)
    }

    /// Destroys a key, if it is there. Says whether it was gone before.
    pub(crate) fn destroy(&mut self, subject: DataSubjectId, next_sequence: u64) -> bool {
        self.destroyed.insert(subject, next_sequence).is_some()
    }

    /// Whether a key is gone.
    pub(crate) fn is_destroyed(&self, subject: DataSubjectId) -> bool {
        self.destroyed.contains_key(&subject)
    }

    /// A record became durable, and with it what its commit carried.
    pub(crate) fn take(&mut self, record: &Recorded<Event>, book: &Book) {
        match &record.event {
            Event::Intake(intake::Event::ChunkStaged(chunk)) => {
                let has_content = chunk.tasks.iter().any(|task| task.input.is_some());
                self.accept(&chunk.subject, has_content.then_some(record.at));
            }
            Event::Intake(intake::Event::WorkflowSubmitted(submitted)) => {
                let has_content = submitted.asked.tasks.iter().any(|task| task.input.is_some());
                self.accept(&submitted.asked.subject, has_content.then_some(record.at));
            }
            Event::Execution(execution::Event::AttemptEnded(ended)) => {
                let has_content = ended.stdout.kept.is_some() || ended.stderr.kept.is_some();
                let subject = book.subjects.of_stream(record.stream);
                if let Some(row) = self.rows.get_mut(&subject).filter(|_| has_content) {
                    row.last_accepted = Some(record.at);
                }
            }
            Event::Log(_)
            | Event::Governance(_)
            | Event::Intake(_)
            | Event::Dag(_)
            | Event::Execution(_)
            | Event::Subjects(_) => {}
        }
    }

    fn accept(&mut self, subject: &Subject, at: Option<Micros>) {
        self.set_aside.remove(&subject.id);
        let row = self.rows.entry(subject.id).or_insert(Row { slot: subject.slot, last_accepted: None });
        row.last_accepted = row.last_accepted.max(at);
    }

    /// The process is gone, and with it what no commit had carried: its slots are given away again.
    pub(crate) fn forget_undurable(&mut self) {
        self.set_aside.clear();
        self.next_slot = self.rows.values().map(|row| row.slot).max().unwrap_or(0);
    }
}
