//! The vault as a model: which keys there are and which were destroyed. What it says of data subjects it reads from the
//! rows that travelled with commits, as the real one does, which is tested elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use triad_event::ids::DataSubjectId;
use triad_event::quantity::{Bytes, Micros};
use triad_event::subjects::{Standing, Subject};
use triad_event::{Event, Recorded, Sealed, intake, schedules, subjects};
use triad_log::LogRead;
use triad_log::twin::TwinReader;
use triad_vault::subject_key;

/// The slot of a workflow that has no content: nothing is ever sealed under it.
const NO_SLOT: u64 = 0;

/// The vault.
#[derive(Debug)]
pub(crate) struct Vault {
    /// Where the rows are.
    disk: TwinReader,
    /// Slots that were set aside in this life.
    set_aside: BTreeMap<DataSubjectId, u64>,
    next_slot: u64,
    /// The greatest slot of which a durable record tells.
    durable_slot: u64,
    /// Whose keys are gone.
    destroyed: BTreeSet<DataSubjectId>,
    /// The records that say so.
    erased: BTreeMap<DataSubjectId, u64>,
    /// How many contents were sealed.
    sealed: u64,
}

impl Vault {
    pub(crate) fn new(disk: TwinReader) -> Self {
        Self {
            disk,
            set_aside: BTreeMap::new(),
            next_slot: NO_SLOT,
            durable_slot: NO_SLOT,
            destroyed: BTreeSet::new(),
            erased: BTreeMap::new(),
            sealed: 0,
        }
    }

    /// What the row of a data subject says.
    pub(crate) fn row(&self, id: DataSubjectId) -> triad_vault::Subject {
        let row = self.disk.attachment(&subject_key(id.0)).ok().flatten();
        let decode = |row: triad_log::BlockBytes| triad_vault::Subject::decode(&row);
        row.map_or(Ok(triad_vault::Subject::Unknown), decode).expect("invariant: rows are well-formed")
    }

    /// What it says of a data subject, now or as it was when a record was the newest durable one; of a new one with the
    /// slot that is set aside for it. Beside it, when content was last accepted.
    pub(crate) fn subject(
        &mut self,
        id: DataSubjectId,
        asked: Option<u64>,
        newest: u64,
    ) -> (Subject, Option<Micros>) {
        let looked_up_through = asked.map_or(newest, |asked| asked.min(newest));
        let (slot, standing, last_accepted) = match self.row(id) {
            triad_vault::Subject::Unknown => (self.slot_for(id), Standing::New, None),
            triad_vault::Subject::Known { slot, last_accepted_us } => {
                (slot, Standing::Known, Some(Micros(last_accepted_us)))
            }
            triad_vault::Subject::Erased { slot } => {
                let was_erased = self.erased.get(&id).is_some_and(|at| *at <= looked_up_through);
                (slot, if was_erased { Standing::Erased } else { Standing::Known }, None)
            }
        };
        (Subject { id, slot, standing, looked_up_through }, last_accepted)
    }

    fn slot_for(&mut self, id: DataSubjectId) -> u64 {
        *self.set_aside.entry(id).or_insert_with(|| {
            self.next_slot += 1;
            self.next_slot
        })
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
    pub(crate) fn destroy(&mut self, subject: DataSubjectId) -> bool {
        !self.destroyed.insert(subject)
    }

    /// Whether a key is gone.
    pub(crate) fn is_destroyed(&self, subject: DataSubjectId) -> bool {
        self.destroyed.contains(&subject)
    }

    /// Whether a durable record says that a key is gone.
    pub(crate) fn is_said_to_be_erased(&self, subject: DataSubjectId) -> bool {
        self.erased.contains_key(&subject)
    }

    /// A record became durable.
    pub(crate) fn take(&mut self, record: &Recorded<Event>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "records of other domains name no slot")]
        let slot = match &record.event {
            Event::Intake(intake::Event::ChunkStaged(chunk)) => chunk.subject.slot,
            Event::Intake(intake::Event::WorkflowSubmitted(submitted)) => submitted.asked.subject.slot,
            Event::Schedules(schedules::Event::ScheduleSet(set)) => set.subject.slot,
            Event::Subjects(subjects::Event::Erased(erased)) => {
                self.erased.insert(erased.subject, record.sequence);
                erased.slot
            }
            _ => return,
        };
        self.durable_slot = self.durable_slot.max(slot);
    }

    /// The process is gone, and with it what no commit had carried: its slots are given away again.
    pub(crate) fn forget_undurable(&mut self) {
        self.set_aside.clear();
        self.next_slot = self.durable_slot;
    }
}
