//! Data subjects at work: whose content comes in, who asks that it be erased, held or shown, and what comes of destroying
//! keys.

use super::action::{Action, Request};
use super::agenda::Happens;
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::generations::SHARED;
use super::names::{subject_named, workflow_named};
use super::violation::Verdict;
use triad_decide::KeyDestruction;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};

/// Records that the vault was asked before, at most.
const STALE_RECORDS: u64 = 300;
/// Numbers of holds, and of readers.
const HOLDS: u64 = 3;
const READERS: u64 = 4;
/// Data subjects of which nobody has heard, in ten thousand.
const UNHEARD_OF: u64 = 500;

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.keepers.chance
}

impl Driver {
    /// Whose content a client hands in; none when the workflow is its own data subject.
    pub(crate) fn draw_subject(&mut self) -> Option<DataSubjectId> {
        if !self.strikes(Fault::SubjectShared, chance) {
            return None;
        }
        let number = self.keepers.chance.below(SHARED);
        Some(self.keepers.shared(number))
    }

    /// The newest durable record when the vault was asked, unless it is asked now.
    pub(crate) fn draw_asked(&mut self) -> Option<u64> {
        if !self.strikes(Fault::LookupStale, chance) {
            return None;
        }
        let newest = self.stage.book.next_sequence - 1;
        Some(newest.saturating_sub(self.keepers.chance.below(STALE_RECORDS)))
    }

    /// Something about content, if it is to happen now.
    pub(crate) fn keeper_acts(&mut self) -> Option<Verdict> {
        if self.strikes(Fault::Erase, chance) {
            let (subject, asked) = (self.some_subject(), self.draw_asked());
            return Some(self.ask(Request::Erase { subject, asked }));
        }
        if self.strikes(Fault::Hold, chance) {
            let (subject, hold) = (self.some_subject(), self.keepers.chance.below(HOLDS) as u8);
            let request = match self.keepers.chance.hits(5_000) {
                true => Request::Hold { subject, hold, asked: self.draw_asked() },
                false => Request::Lift { subject, hold },
            };
            return Some(self.ask(request));
        }
        if self.strikes(Fault::ReadContent, chance) {
            let workflow = self.some_closed().or_else(|| self.some_open())?;
            let reader = self.keepers.chance.below(READERS) as u8;
            return Some(self.ask(Request::Read { workflow, reader }));
        }
        None
    }

    fn some_subject(&mut self) -> DataSubjectId {
        if self.keepers.chance.hits(UNHEARD_OF) {
            return subject_named("nobody");
        }
        let workflow = match self.keepers.chance.below(8) {
            0 => self.some_open(),
            1..5 => self.some_closed(),
            _ => None,
        };
        let number = self.keepers.chance.below(SHARED);
        workflow.map_or_else(|| self.keepers.shared(number), DataSubjectId::from)
    }

    fn some_open(&mut self) -> Option<WorkflowId> {
        let from = self.anywhere();
        let courses = &self.stage.book.courses;
        let found = courses.range(from..).next().or_else(|| courses.first_key_value());
        found.map(|(stream, _)| (*stream).into())
    }

    fn some_closed(&mut self) -> Option<WorkflowId> {
        let from = self.anywhere();
        let closed = &self.stage.book.closed;
        let found = closed.range(from..).next().or_else(|| closed.first_key_value());
        found.map(|(stream, _)| (*stream).into())
    }

    fn anywhere(&mut self) -> StreamId {
        let number = self.keepers.chance.below(1 + self.stage.book.closed.len() as u64);
        workflow_named(&format!("w{number}")).into()
    }

    /// A key is to be destroyed.
    pub(crate) fn follow_erasure(&mut self, erasure: &KeyDestruction) {
        let request = erasure.request;
        if self.fails(request) {
            return;
        }
        let in_us = Self::around(&mut self.keepers.chance, self.swarm.work_us / 4);
        self.schedule(in_us, Happens::Destroys(request));
        if self.strikes(Fault::OutcomeForeign, chance) {
            self.schedule(in_us, Happens::Destroyed(request + 1_000_000_000));
        }
    }

    /// The key is destroyed, and the engine is told, if it is.
    pub(crate) fn destroy(&mut self, request: u64) -> Verdict {
        self.act(Action::Destroy(request))?;
        if self.strikes(Fault::DestroyedUnsaid, chance) {
            self.keepers.unsaid.push(request);
            return Ok(());
        }
        let in_us = Self::around(&mut self.keepers.chance, self.swarm.work_us / 8);
        self.schedule(in_us, Happens::Destroyed(request));
        if self.strikes(Fault::DestroyedTwice, chance) {
            self.schedule(in_us * 2, Happens::Destroyed(request));
        }
        if self.strikes(Fault::DestroyedLate, chance) {
            self.schedule(in_us * 100, Happens::Destroyed(request));
        }
        Ok(())
    }
}
