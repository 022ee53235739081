//! How a process life ends and the next begins.

use super::action::{Fate, Written};
use super::passing::Passing;
use super::probe::Probe;
use super::process::Process;
use super::stage::{Doing, News, OPERATOR, Stage};
use super::violation::{Verdict, Violation};
use super::{judge, whole};
use fixtures::genesis::NODE;
use std::collections::BTreeSet;
use triad_decide::{Effect, Input, dag, effects};
use triad_event::Source;
use triad_event::dag::WorkflowResumed;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::log::TailDropped;
use triad_perform::shell::Beginning;
use triad_perform::shell::message::Message;
use triad_perform::shell::recover::Recovered;
use triad_perform::{AskError, Asker};

/// The ticket of whoever waits for no answer.
const NOBODY: u64 = u64::MAX;
/// Bytes that a torn write left behind.
const TORN_BYTES: u64 = 321;

impl Stage {
    /// The process dies. Nobody hears anything more from it.
    pub(super) fn crash(&mut self, is_torn: bool) -> Verdict {
        self.silence(|| AskError::Unknown("the connection was lost".to_owned()))?;
        let after_sequence = self.persisted.0.next_sequence() - 1;
        let dropped = TailDropped { after_sequence, dropped_bytes: TORN_BYTES };
        self.next_life(is_torn.then_some(dropped))
    }

    /// The core panics on something that is asked of a workflow. Nobody hears anything.
    pub(super) fn panic(&mut self, workflow: WorkflowId) -> Verdict {
        self.process.shell.planted().panic_next();
        let resume = dag::Ask::Resume(WorkflowResumed { reason: String::new() });
        let input = Input::of(workflow, resume);
        let (attachments, by) = (Vec::new(), Asker { principal: OPERATOR, source: Source::Operator });
        self.tell(Message::Ask { input, attachments, by, reply: NOBODY })
    }

    /// The loop ends because a commit failed: what is still in flight fails as well, and what waits for no commit was never
    /// recorded.
    pub(super) fn fail(&mut self) -> Verdict {
        while self.process.in_flight() > 0 {
            self.complete(Fate::Failed)?;
        }
        self.silence(|| AskError::Stopped)?;
        self.next_life(None)
    }

    /// Whoever still waits hears the same.
    fn silence(&mut self, why: impl Fn() -> AskError) -> Verdict {
        let waiting: Vec<u64> = self.waiting.keys().copied().collect();
        waiting.into_iter().try_for_each(|ticket| self.answered(ticket, Err(why())))
    }

    /// The process makes durable what was decided, answers, and ends.
    pub(super) fn restart(&mut self) -> Verdict {
        self.tell(Message::Stop)?;
        self.land_all()?;
        if !self.has_failed() {
            self.process.shell.keep_the_end();
            self.judge(Doing::Taking)?;
            self.snapshot_written(Written::Whole)?;
            self.land_all()?;
        }
        if self.has_failed() { self.fail() } else { self.next_life(None) }
    }

    fn land_all(&mut self) -> Verdict {
        while self.process.in_flight() > 0 {
            self.complete(Fate::Durable)?;
        }
        Ok(())
    }

    /// What is on disk becomes the world of a new life, which must be the world that was persisted.
    pub(super) fn next_life(&mut self, dropped: Option<TailDropped>) -> Verdict {
        if self.process.shell.has_open_block() {
            self.probes.count(Probe::OpenBlockLost);
        }
        if self.process.in_flight() > 0 {
            self.probes.count(Probe::FlightLost);
        }
        let unacknowledged = std::mem::take(&mut self.persisted.1);
        if !unacknowledged.is_empty() {
            self.probes.count(Probe::UnacknowledgedFound);
        }
        self.take_records(unacknowledged)?;
        if !self.book.ended_well {
            self.outside.cut_off(&self.began);
        }
        self.vault.forget_undurable();
        self.outside.invariant_what_was_acknowledged_is_on_disk(&self.disk)?;
        self.outside.invariant_what_failed_is_not_in_the_log(&self.book, &mut self.probes)?;
        let recovered = self.recover()?;
        judge::invariant_the_recovered_world_is_the_world_that_was(&recovered.world, &self.persisted.0)?;
        let planted = *self.process.shell.planted();
        self.process = Process::new(self.disk.clone(), recovered, &self.setup, (self.boot, self.clocks))?;
        *self.process.shell.planted() = planted;
        self.be_born(dropped)
    }

    /// A life has a process and begins.
    pub(super) fn be_born(&mut self, dropped: Option<TailDropped>) -> Verdict {
        self.snapshot = None;
        self.passing = Passing::default();
        self.began.clear();
        self.lives += 1;
        if let Some(transcript) = &mut self.transcript {
            transcript.reborn(self.lives, self.persisted.0.next_sequence());
        }
        self.begin(dropped)?;
        self.news.push(News::Reborn);
        Ok(())
    }

    /// The first records of a life.
    fn begin(&mut self, dropped: Option<TailDropped>) -> Verdict {
        let poisoned = self.poison.poisoned();
        let told: BTreeSet<StreamId> = poisoned.iter().map(|one| one.quarantined).collect();
        let is_running = effects(self.world()).any(
            |effect| matches!(effect, Effect::Perform(one) if told.contains(&StreamId::from(one.workflow))),
        );
        let is_paused = std::mem::take(&mut self.starts_paused);
        let beginning = Beginning { dropped, build_digest: [0; 32], node: NODE, is_paused, poisoned };
        let begun = self.process.shell.begin(beginning, self.clocks);
        told.into_iter().for_each(|stream| self.poison.forget(stream));
        if is_running {
            self.probes.count(Probe::QuarantineWithAttempts);
        }
        self.hear(begun)
    }

    /// The world as a new process finds it.
    fn recover(&mut self) -> Result<Recovered, Box<Violation>> {
        let recovered = whole::recovered(&self.disk, &self.files)?;
        let used = u64::from(recovered.snapshot.is_some());
        (used..self.files.take_read()).for_each(|_| self.probes.count(Probe::SnapshotPassedOver));
        self.probes.count(if used > 0 { Probe::SnapshotUsed } else { Probe::WholeLogFolded });
        Ok(recovered)
    }

    /// The whole log is held against everything that was seen of it.
    pub(crate) fn conclude(&mut self) -> Result<Vec<u8>, Box<Violation>> {
        let file = whole::copied(&self.disk)?;
        let again = whole::invariant_the_log_verifies_and_decides_again(&file, &self.outside)?;
        judge::invariant_the_recovered_world_is_the_world_that_was(&again, &self.persisted.0)?;
        // Without a snapshot it would be the full fold once more.
        if !self.files.is_empty() {
            whole::invariant_a_snapshot_and_its_tail_equal_the_full_fold(&self.recover()?.world, &again)?;
        }
        Ok(file)
    }
}
