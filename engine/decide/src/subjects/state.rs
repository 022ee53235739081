//! What is remembered of data subjects: those in use, those under hold, those whose key is to be destroyed, and
//! what became of others lately.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use triad_event::ids::DataSubjectId;
use triad_event::quantity::Micros;
use triad_event::subjects::{Erased, Event, HoldPlaced, HoldReleased, Phase, Subject};
use triad_event::{Event as AnyEvent, Recorded};

use super::Reads;
use crate::dag::length;
use crate::evolve::Because;
use crate::limits::{ERASED_KEPT_MAX, LEFT_KEPT_MAX};
use crate::recent::Recent;
use crate::shared::SharedMap;

/// A data subject whose content workflows or uploads that are alive use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) slot: u64,
    /// How many.
    pub(crate) workflows: u32,
    /// When one that has ended accepted content last.
    pub(crate) last_accepted: Option<Micros>,
}

/// An erasure that was requested and has not ended: an effect that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Erasing {
    /// Sequence of the request.
    pub(crate) request: u64,
    pub(crate) slot: u64,
}

/// What is remembered of data subjects.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) used: SharedMap<DataSubjectId, Use>,
    /// The names of the holds on each. Shared until written.
    pub(crate) holds: Arc<BTreeMap<DataSubjectId, BTreeSet<String>>>,
    /// How many holds there are in all.
    pub(crate) holds_total: u64,
    /// Shared until written.
    pub(crate) erasing: Arc<BTreeMap<DataSubjectId, Erasing>>,
    /// Erased lately.
    pub(crate) erased: Recent<DataSubjectId, (), ERASED_KEPT_MAX>,
    /// No longer in use since lately, with the moment at which content was last accepted.
    pub(crate) left: Recent<DataSubjectId, Micros, LEFT_KEPT_MAX>,
    /// Shared until written.
    pub(crate) reads: Arc<Reads>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            used: SharedMap::new(),
            holds: Arc::default(),
            holds_total: 0,
            erasing: Arc::default(),
            erased: Recent::new(),
            left: Recent::new(),
            reads: Arc::default(),
        }
    }

    /// How many holds are on a data subject.
    pub(crate) fn holds_on(&self, subject: DataSubjectId) -> u32 {
        self.holds.get(&subject).map_or(0, |holds| length(holds.len()))
    }

    /// Where a data subject stands, as far as is remembered.
    pub(crate) fn phase(&self, subject: DataSubjectId) -> Phase {
        if self.erasing.contains_key(&subject) {
            Phase::Erasing
        } else if self.erased.get(&subject).is_some() {
            Phase::Erased
        } else if self.holds.contains_key(&subject) {
            Phase::Held
        } else {
            Phase::Free
        }
    }

    /// The erasure of one request, if it has not ended.
    pub(crate) fn erasure(&self, request: u64) -> Option<(DataSubjectId, Erasing)> {
        let mut under_way = self.erasing.iter();
        under_way
            .find(|(_, erasing)| erasing.request == request)
            .map(|(subject, erasing)| (*subject, *erasing))
    }

    /// A record of this domain.
    pub(crate) fn evolve(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Result<(), Because> {
        let subject = event.subject();
        Phase::after(Some(self.phase(subject)), event).ok_or(Because::Grammar)?;
        match event {
            Event::ErasureRequested(requested) => {
                if self.used.get(&subject).is_some() {
                    return Err(Because::Grammar);
                }
                let erasing = Erasing { request: record.sequence, slot: requested.subject.slot };
                Arc::make_mut(&mut self.erasing).insert(subject, erasing);
            }
            Event::Erased(erased) => self.end(record, erased)?,
            Event::HoldPlaced(placed) => self.place(placed)?,
            Event::HoldReleased(released) => self.release(released)?,
            Event::PayloadRead(read) => {
                Arc::make_mut(&mut self.reads).note(record.at, record.principal, read.workflow);
            }
            Event::ErasureRefused(_) => {}
        }
        Ok(())
    }

    fn end(&mut self, record: &Recorded<AnyEvent>, erased: &Erased) -> Result<(), Because> {
        let erasing = Arc::make_mut(&mut self.erasing).remove(&erased.subject);
        let expected = Some(Erasing { request: erased.request, slot: erased.slot });
        if erasing != expected {
            return Err(Because::UnknownErasure);
        }
        self.erased.insert(erased.subject, record.sequence, ());
        Ok(())
    }

    fn place(&mut self, placed: &HoldPlaced) -> Result<(), Because> {
        let holds = Arc::make_mut(&mut self.holds).entry(placed.subject).or_default();
        let is_new = holds.insert(placed.hold.clone());
        if !is_new || length(holds.len()) != placed.holds {
            return Err(Because::Grammar);
        }
        self.holds_total += 1;
        Ok(())
    }

    fn release(&mut self, released: &HoldReleased) -> Result<(), Because> {
        let all = Arc::make_mut(&mut self.holds);
        let holds = all.get_mut(&released.subject).ok_or(Because::Grammar)?;
        let was_there = holds.remove(&released.hold);
        if !was_there || length(holds.len()) != released.holds {
            return Err(Because::Grammar);
        }
        if holds.is_empty() {
            all.remove(&released.subject);
        }
        self.holds_total -= 1;
        Ok(())
    }

    /// A workflow or an upload begins to use the content of a data subject.
    pub(crate) fn begin_use(&mut self, subject: &Subject) -> Result<(), Because> {
        if matches!(self.phase(subject.id), Phase::Erasing | Phase::Erased) {
            return Err(Because::Subject);
        }
        match self.used.get_mut(&subject.id) {
            Some(used) if used.slot != subject.slot => return Err(Because::Subject),
            Some(used) => used.workflows += 1,
            None => {
                let used = Use { slot: subject.slot, workflows: 1, last_accepted: None };
                self.used.insert(subject.id, used);
            }
        }
        Ok(())
    }

    /// A workflow or an upload has ended that used the content of a data subject.
    pub(crate) fn end_use(&mut self, subject: DataSubjectId, last_accepted: Option<Micros>, sequence: u64) {
        let Some(used) = self.used.get_mut(&subject) else { return };
        used.workflows -= 1;
        used.last_accepted = used.last_accepted.max(last_accepted);
        if used.workflows > 0 {
            return;
        }
        let last_accepted = used.last_accepted;
        self.used.remove(&subject);
        if let Some(last_accepted) = last_accepted {
            self.left.insert(subject, sequence, last_accepted);
        }
    }
}
