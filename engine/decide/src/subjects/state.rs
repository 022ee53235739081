//! What is remembered of data subjects: those under hold, those whose key is to be destroyed, and those whose key was
//! lately.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::Event as IntakeEvent;
use triad_event::subjects::{Erased, Event, HoldPlaced, HoldReleased, Phase};
use triad_event::{Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::length;
use crate::image::structs;
use crate::limits::{ERASED_KEPT_MAX, READS_KEPT_MAX};
use crate::once::Once;
use crate::ports::Ports;
use crate::ports::effects::Acting;
use crate::recent::Recent;

/// Who read what in the current minute, so that each is recorded once.
type Reads = Once<(PrincipalId, WorkflowId), 60_000_000, READS_KEPT_MAX>;

structs! {
    State { holds, holds_total, erasing, requests, erased, reads }
    Erasing { request, slot }
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
    /// The names of the holds on each. Shared until written.
    pub(crate) holds: Arc<BTreeMap<DataSubjectId, BTreeSet<String>>>,
    /// How many holds there are in all.
    pub(crate) holds_total: u64,
    /// Shared until written.
    pub(crate) erasing: Arc<BTreeMap<DataSubjectId, Erasing>>,
    /// Whose erasure a request is. Shared until written.
    requests: Arc<BTreeMap<u64, DataSubjectId>>,
    /// Erased lately.
    pub(crate) erased: Recent<DataSubjectId, (), ERASED_KEPT_MAX>,
    /// Shared until written.
    pub(crate) reads: Arc<Reads>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            holds: Arc::default(),
            holds_total: 0,
            erasing: Arc::default(),
            requests: Arc::default(),
            erased: Recent::new(),
            reads: Arc::default(),
        }
    }
}

impl State {
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

    /// The erasure of one request, if it has not ended: the data subject and the slot of its key.
    pub(crate) fn erasure(&self, request: u64) -> Option<(DataSubjectId, u64)> {
        let subject = *self.requests.get(&request)?;
        Some((subject, self.erasing.get(&subject)?.slot))
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Subjects(event) = &record.event {
            if record.stream != StreamId::LOG {
                return Err(FoldError::Stream);
            }
            return self.evolve(record, event, ports);
        }
        match subject_of_content(&record.event).map(|subject| self.phase(subject)) {
            Some(Phase::Erasing | Phase::Erased) => Err(FoldError::Subject),
            Some(Phase::Free | Phase::Held) | None => Ok(()),
        }
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let subject = event.subject();
        Phase::after(Some(self.phase(subject)), event).ok_or(FoldError::Grammar)?;
        match event {
            Event::ErasureRequested(requested) => {
                if ports.uses.get(subject).is_some() {
                    return Err(FoldError::Grammar);
                }
                let (request, slot) = (record.sequence, requested.asked.subject.slot);
                Arc::make_mut(&mut self.erasing).insert(subject, Erasing { request, slot });
                Arc::make_mut(&mut self.requests).insert(request, subject);
                ports.effects.request(request, Acting::Subjects, StreamId::LOG);
            }
            Event::Erased(erased) => self.end(record, erased, ports)?,
            Event::HoldPlaced(placed) => self.place(placed)?,
            Event::HoldReleased(released) => self.release(released)?,
            Event::PayloadRead(read) => {
                Arc::make_mut(&mut self.reads).note(record.elapsed, (record.principal, read.workflow));
            }
            Event::ErasureRefused(_) => {}
        }
        Ok(())
    }

    fn end(
        &mut self,
        record: &Recorded<AnyEvent>,
        erased: &Erased,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let erasing = Arc::make_mut(&mut self.erasing).remove(&erased.subject);
        let expected = Some(Erasing { request: erased.request, slot: erased.slot });
        if erasing != expected {
            return Err(FoldError::UnknownErasure);
        }
        Arc::make_mut(&mut self.requests).remove(&erased.request);
        self.erased.insert(erased.subject, record.sequence, ());
        ports.effects.settle(erased.request);
        Ok(())
    }

    fn place(&mut self, placed: &HoldPlaced) -> Result<(), FoldError> {
        let asked = &placed.asked;
        let holds = Arc::make_mut(&mut self.holds).entry(asked.subject).or_default();
        let is_new = holds.insert(asked.hold.clone());
        if !is_new || length(holds.len()) != placed.holds {
            return Err(FoldError::Grammar);
        }
        self.holds_total += 1;
        Ok(())
    }

    fn release(&mut self, released: &HoldReleased) -> Result<(), FoldError> {
        let all = Arc::make_mut(&mut self.holds);
        let asked = &released.asked;
        let holds = all.get_mut(&asked.subject).ok_or(FoldError::Grammar)?;
        let was_there = holds.remove(&asked.hold);
        if !was_there || length(holds.len()) != released.holds {
            return Err(FoldError::Grammar);
        }
        if holds.is_empty() {
            all.remove(&asked.subject);
        }
        self.holds_total -= 1;
        Ok(())
    }
}

/// Whose content came in by a record of another domain. Nothing comes in for whose key is to be destroyed, or was.
#[expect(clippy::wildcard_enum_match_arm, reason = "records of other domains bring none")]
fn subject_of_content(event: &AnyEvent) -> Option<DataSubjectId> {
    match event {
        AnyEvent::Intake(IntakeEvent::ChunkStaged(chunk)) => Some(chunk.subject.id),
        AnyEvent::Intake(IntakeEvent::WorkflowSubmitted(submitted)) => Some(submitted.asked.subject.id),
        AnyEvent::Access(event) => event.person().map(|person| person.subject.id),
        _ => None,
    }
}
