//! What became of a data subject? What holds it, who asked that it be erased, when it was, how often it was read.
//!
//! Only data subjects of which something was recorded beyond their use are here: one that workflows merely use has
//! no record of its own.

use triad_event::ids::{DataSubjectId, StreamId};
use triad_event::quantity::Micros;
use triad_event::subjects::{self, HoldPlaced, HoldReleased, Obstacle, Phase};
use triad_event::{Event, Recorded};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{ByKey, Keyed, Named, View};
use crate::host::table::Holds;
use crate::read_error::ReadError;
use crate::row::{stored, vocabulary};
use crate::views::{Answer, Views};

vocabulary! { Obstacle, Phase }

stored! {
    /// A data subject.
    pub struct DataSubject {
        /// Its id.
        pub id: DataSubjectId,
        /// Where it stands.
        pub phase: Phase,
        /// The legal holds on it, by name.
        pub holds: Vec<Hold>,
        /// When its erasure was requested, unless that was refused.
        pub requested: Option<Moment>,
        /// When its key was destroyed.
        pub erased: Option<Moment>,
        /// The last erasure that was refused, and why.
        pub refused: Option<(Moment, Obstacle)>,
        /// How many were refused.
        pub refusals: u64,
        /// When its content was last read in the clear.
        pub read: Option<Moment>,
        /// How many reads are recorded.
        pub reads: u64,
        /// How many records name it.
        pub records: u64,
        /// The newest of them.
        pub last: Moment,
    }
}

stored! {
    /// A legal hold.
    pub struct Hold {
        /// Its name.
        pub name: String,
        /// Since when.
        pub since: Moment,
        /// Why.
        pub reason: String,
    }
}

/// Nothing recorded yet. Never shown: the first record replaces what has no meaning before it.
impl Default for DataSubject {
    fn default() -> Self {
        Self {
            id: DataSubjectId::ZERO,
            phase: Phase::Free,
            holds: Vec::new(),
            requested: None,
            erased: None,
            refused: None,
            refusals: 0,
            read: None,
            reads: 0,
            records: 0,
            last: Moment { sequence: 0, at: Micros::ZERO },
        }
    }
}

impl DataSubject {
    fn forbidden(&self, record: &Recorded<Event>) -> ViewError {
        let before = (self.records > 0).then_some(self.phase);
        ViewError::forbidden(record, "its data subject", before)
    }

    fn place(&mut self, record: &Recorded<Event>, placed: &HoldPlaced) -> Result<(), ViewError> {
        let found = self.holds.binary_search_by(|hold| hold.name.cmp(&placed.asked.hold));
        let place = found.map_or_else(Ok, |_| Err(self.forbidden(record)))?;
        ViewError::unless_equal(record, "holds", placed.holds, self.holds.len() as u64 + 1)?;
        let hold = Hold {
            name: placed.asked.hold.clone(),
            since: Moment::of(record),
            reason: placed.asked.reason.clone(),
        };
        self.holds.insert(place, hold);
        Ok(())
    }

    fn release(&mut self, record: &Recorded<Event>, released: &HoldReleased) -> Result<(), ViewError> {
        let found = self.holds.binary_search_by(|hold| hold.name.cmp(&released.asked.hold));
        let place = found.map_err(|_| self.forbidden(record))?;
        ViewError::unless_equal(record, "holds", u64::from(released.holds) + 1, self.holds.len() as u64)?;
        self.holds.remove(place);
        Ok(())
    }
}

impl Follows<subjects::Event> for DataSubject {
    fn follow(&mut self, record: &Recorded<Event>, event: &subjects::Event) -> Result<(), ViewError> {
        if record.stream != StreamId::LOG {
            return Err(ViewError::misplaced(record));
        }
        let before = (self.records > 0).then_some(self.phase);
        let phase = Phase::after(before, event).ok_or_else(|| self.forbidden(record))?;
        let moment = Moment::of(record);
        match event {
            subjects::Event::ErasureRequested(_) => self.requested = Some(moment),
            subjects::Event::ErasureRefused(refused) => {
                self.refused = Some((moment, refused.obstacle));
                self.refusals += 1;
            }
            subjects::Event::Erased(_) => self.erased = Some(moment),
            subjects::Event::HoldPlaced(placed) => self.place(record, placed)?,
            subjects::Event::HoldReleased(released) => self.release(record, released)?,
            subjects::Event::PayloadRead(_) => {
                self.read = Some(moment);
                self.reads += 1;
            }
        }
        self.id = event.subject();
        self.phase = phase;
        self.last = moment;
        self.records += 1;
        Ok(())
    }
}

impl View for DataSubject {
    const NAME: &'static str = "data_subject";
    const FOLD: u32 = 1;
    type Kept = ByKey<Self>;
}

impl Keyed for DataSubject {
    type Key = DataSubjectId;
}

impl Named<subjects::Event> for DataSubject {
    fn key(event: &subjects::Event) -> DataSubjectId {
        event.subject()
    }
}

impl<T: Holds<DataSubject>> Views<T> {
    /// What became of a data subject? None when nothing was recorded of it beyond its use.
    pub fn data_subject(&self, id: DataSubjectId) -> Result<Answer<Option<DataSubject>>, ReadError> {
        self.by_key::<DataSubject>(&id)
    }
}
