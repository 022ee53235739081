//! Where a simulation takes place: the disk, the clocks, the files beside the log and the outside world, which outlive a
//! process, and the life that runs on them. It applies one action after another, and judges everything that comes of it.

use super::action::{Action, End, Fate, Written};
use super::book::Book;
use super::clock::Clocks;
use super::index::Index;
use super::judge::Outside;
use super::life::{Life, Output, SYSTEM};
use super::listed::Counts;
use super::plant::Plant;
use super::probe::Probe;
use super::recovery::{self, Poison, SnapshotFiles};
use super::transcript::Transcript;
use super::vault::Vault;
use super::violation::{Verdict, Violation};
use super::{genesis, judge, whole};
use std::collections::BTreeMap;
use triad_decide::limits::OUTPUT_BYTES_MAX;
use triad_decide::{KeyDestruction, Performance, World, execution, governance, snapshot};
use triad_event::execution::AttemptProgressed;
use triad_event::governance::SnapshotTaken;
use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::log::TailDropped;
use triad_event::quantity::{Bytes, Micros};
use triad_event::subjects::Erased;
use triad_event::{Recorded, Source};
use triad_log::storage::Outcome;
use triad_log::twin::TwinReader;
use triad_perform::{Answer, AskError};

/// Clients and operators, as the records name them.
pub(super) const CLIENT: PrincipalId = PrincipalId([7; 16]);
pub(super) const OPERATOR: PrincipalId = PrincipalId([8; 16]);
/// Bytes that a torn write left behind.
const TORN_BYTES: u64 = 321;

/// What a simulation is given.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The settings that the log begins with, where they are not the initial ones.
    pub settings: Vec<(triad_event::governance::Setting, i64)>,
    /// Records between two snapshots.
    pub snapshot_every: u64,
    /// The bug that is planted.
    pub plant: Plant,
}

/// What the driver or a script hears of.
#[derive(Debug)]
pub(crate) enum News {
    /// A question was answered.
    Answered(u64, Result<Answer, AskError>),
    /// An effect is performed.
    Began(Performance),
    /// An effect that runs was asked to stop.
    Stopping(u64),
    /// A key is to be destroyed.
    Destroying(KeyDestruction),
    /// A new life has begun.
    Reborn,
    /// A snapshot is being written.
    SnapshotBegun,
}

/// The stage.
pub struct Stage {
    pub(crate) life: Life,
    pub(crate) book: Book,
    pub(crate) clocks: Clocks,
    pub(crate) index: Index,
    pub(crate) news: Vec<News>,
    pub(crate) outside: Outside,
    pub(crate) vault: Vault,
    /// Keys that were to be destroyed in any life, by request.
    destroying: BTreeMap<u64, KeyDestruction>,
    /// What definitions say that come in, as the vault digests it.
    pub(crate) contents: BTreeMap<WorkflowId, blake3::Hasher>,
    pub(crate) lives: u64,
    /// Records decided, whether they became durable or not.
    pub(crate) events: u64,
    pub(crate) probes: Counts<Probe>,
    disk: TwinReader,
    files: SnapshotFiles,
    poison: Poison,
    /// The world that is being written as a snapshot, and where the last one was begun.
    snapshot: (Option<World>, u64),
    setup: Setup,
    tickets: u64,
    /// What happened, as lines, when somebody wants to read it.
    pub(crate) transcript: Option<Transcript>,
}

impl Stage {
    /// A new log on an empty disk, and the first life on it.
    pub fn new(setup: Setup, disk: TwinReader) -> Result<Self, Box<Violation>> {
        let clocks = Clocks { wall_us: fixtures::sample_log::FIRST_TIME_US, monotonic_us: 0 };
        genesis::write(&disk, &setup.settings);
        let world = recovery::fold(&disk, None)?;
        let mut stage = Self {
            life: recovery::open(disk.clone(), World::new(), clocks, setup.plant)?,
            book: Book::new(),
            clocks,
            index: Index::default(),
            news: Vec::new(),
            outside: Outside::default(),
            vault: Vault::default(),
            destroying: BTreeMap::new(),
            contents: BTreeMap::new(),
            lives: 0,
            events: world.next_sequence(),
            probes: Counts::default(),
            disk,
            files: SnapshotFiles::default(),
            poison: Poison::default(),
            snapshot: (None, 0),
            setup,
            tickets: 0,
            transcript: None,
        };
        let records = genesis::read(&stage.disk)?;
        stage.life.persisted = (world, records);
        stage.next_life(None)?;
        Ok(stage)
    }

    /// The disk, to copy the log from.
    pub fn disk(&self) -> &TwinReader {
        &self.disk
    }

    /// The ticket that the next question gets.
    pub(crate) fn next_ticket(&self) -> u64 {
        self.tickets
    }

    /// From here on somebody reads along.
    pub(crate) fn read_along(&mut self, transcript: Transcript) {
        self.life.is_read_along = true;
        self.transcript = Some(transcript);
    }

    /// Reads a line of a script and applies it.
    pub fn apply_line(&mut self, line: &str) -> Result<(), LineError> {
        let staged = |workflow| self.staged_ids(workflow);
        let action = super::script::parse(line, &self.life.world, staged)?;
        Ok(self.apply(action)?)
    }

    /// Something happens, and everything that comes of it is judged.
    pub(crate) fn apply(&mut self, action: Action) -> Verdict {
        if let Some(transcript) = &mut self.transcript {
            transcript.act(&action);
        }
        match action {
            Action::Wait(span) => self.pass(|clocks| clocks.pass(span)),
            Action::Jump(by) => self.pass(|clocks| clocks.jump(by)),
            Action::Turn => return self.turn(),
            Action::Commit(fate) => self.life.land(fate),
            Action::Crash { is_torn } => return self.crash(is_torn),
            Action::Restart => return self.restart(),
            Action::Panic(workflow) => {
                self.poison.note(workflow.into());
                return self.crash(false);
            }
            Action::Snapshot(written) => self.snapshot_written(written),
            Action::IndexReads(through) => self.index.read(through, self.book.next_sequence),
            Action::Stage(definition) => self.stage_chunk(definition),
            Action::Submit { definition, key } => self.submit(definition, key),
            Action::Ask { request, reason_bytes } => self.ask_for(request, reason_bytes),
            Action::End(end) => self.end(end),
            Action::Destroy(request) => self.destroy(request),
            Action::Destroyed(request) => self.end_erasure(request),
            Action::Progress { request, task, output } => {
                let progress = AttemptProgressed { request, task, output: Bytes(output) };
                self.life.take_progress(execution::Ask::ReportProgress(progress));
            }
        }
        self.judge()
    }

    /// An outcome arrives: from the performer, or from somewhere else when it names what the performer would not.
    fn end(&mut self, end: End) {
        let line = self.book.attempts.get(&end.request);
        let is_foreign = line.is_none_or(|line| line.task != end.task);
        let stream = line.map_or(StreamId::LOG, |line| line.stream);
        let subject = self.book.subjects.of_stream(stream);
        let stdout = (end.output > 0).then(|| self.vault.seal(subject, Bytes(end.output.into())));
        if is_foreign || end.output as usize > OUTPUT_BYTES_MAX {
            self.life.take_foreign(end.ended(stdout));
        } else {
            self.life.take_outcome(end.ended(stdout));
        }
    }

    fn pass(&mut self, change: impl FnOnce(&mut Clocks)) {
        change(&mut self.clocks);
        self.life.now = self.clocks;
    }

    fn turn(&mut self) -> Verdict {
        let goes_on = self.life.turn();
        if goes_on && self.snapshot.0.is_none() {
            let next = self.life.world.next_sequence();
            if next >= self.snapshot.1 + self.setup.snapshot_every {
                self.snapshot = (Some(self.life.world.clone()), next);
                self.news.push(News::SnapshotBegun);
            }
        }
        self.judge()?;
        if goes_on { Ok(()) } else { self.fail() }
    }

    fn snapshot_written(&mut self, written: Written) {
        let Some(world) = self.snapshot.0.take() else { return };
        if written == Written::Lost {
            return;
        }
        let bytes = snapshot::encode(&world);
        let (digest, size) = (*blake3::hash(&bytes).as_bytes(), Bytes(bytes.len() as u64));
        let through_sequence = world.next_sequence() - 1;
        self.files.keep(through_sequence, bytes);
        if written == Written::Damaged {
            self.files.damage_newest();
        }
        let taken = SnapshotTaken { through_sequence, digest, size };
        let input = governance::Ask::RecordSnapshot(taken).into();
        let _refused = self.life.step(input, SYSTEM, Source::Engine).is_err();
    }

    /// Where what is asked next will be answered.
    pub(super) fn take_ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets - 1
    }

    /// The vault destroys a key. The process may die before it says so.
    fn destroy(&mut self, request: u64) {
        let Some(erasure) = self.destroying.get(&request) else { return };
        if self.vault.destroy(erasure.subject, self.life.world.next_sequence()) {
            self.probes.count(Probe::DestroyedAgain);
        }
    }

    /// The outcome of an erasure arrives.
    fn end_erasure(&mut self, request: u64) {
        let nothing = KeyDestruction { request, subject: DataSubjectId::ZERO, slot: 0 };
        let KeyDestruction { subject, slot, .. } = self.destroying.get(&request).copied().unwrap_or(nothing);
        self.life.take_destroyed(Erased { request, subject, slot });
    }

    /// The process dies. Nobody hears anything more from it.
    fn crash(&mut self, is_torn: bool) -> Verdict {
        self.judge()?;
        let hung_up = || AskError::Unknown("the connection was lost".to_owned());
        self.silence(hung_up)?;
        let after_sequence = self.life.persisted.0.next_sequence() - 1;
        let dropped = TailDropped { after_sequence, dropped_bytes: TORN_BYTES };
        self.next_life(is_torn.then_some(dropped))
    }

    /// The loop ends because a commit failed: what is still in flight fails as well, and what waits for no commit was never
    /// recorded.
    fn fail(&mut self) -> Verdict {
        while !self.life.flights.is_empty() {
            self.life.land(Fate::Failed);
        }
        self.judge()?;
        self.silence(|| AskError::Stopped)?;
        self.next_life(None)
    }

    /// Whoever still waits hears the same.
    fn silence(&mut self, why: impl Fn() -> AskError) -> Verdict {
        let answers = self.life.unanswered();
        answers.into_iter().try_for_each(|ticket| self.answered(ticket, Err(why())))
    }

    /// The process makes durable what was decided, answers, and ends.
    fn restart(&mut self) -> Verdict {
        self.life.submit();
        while !self.life.flights.is_empty() {
            self.life.land(Fate::Durable);
        }
        self.judge()?;
        if self.life.failure.is_some() {
            return self.fail();
        }
        self.next_life(None)
    }

    /// What is on disk becomes the world of a new life, which must be the world that was persisted.
    fn next_life(&mut self, dropped: Option<TailDropped>) -> Verdict {
        let (before, unacknowledged) = std::mem::take(&mut self.life.persisted);
        self.life.count_losses();
        if self.lives > 0 && !unacknowledged.is_empty() {
            self.probes.count(Probe::UnacknowledgedFound);
        }
        self.take_records(unacknowledged)?;
        self.vault.forget_undurable();
        self.outside.invariant_what_was_acknowledged_is_on_disk(&self.disk)?;
        self.outside.invariant_what_failed_is_not_in_the_log(&self.book, &mut self.probes)?;
        let next = self.book.next_sequence;
        let trusted = self.files.newest_trusted(next, &self.book.snapshots, &mut self.probes);
        let world = recovery::fold(&self.disk, trusted)?;
        judge::invariant_the_recovered_world_is_the_world_that_was(&world, &before)?;
        let (plant, chances) = (self.setup.plant, self.life.chances);
        let born = recovery::open(self.disk.clone(), world, self.clocks, plant)?;
        self.probes.add(&self.life.probes);
        self.life = born;
        self.life.chances = chances;
        self.snapshot = (None, self.life.world.next_sequence());
        self.lives += 1;
        if let Some(transcript) = &mut self.transcript {
            transcript.reborn(self.lives, self.life.world.next_sequence());
            self.life.is_read_along = true;
        }
        self.life.begin(dropped, &mut self.poison);
        self.news.push(News::Reborn);
        self.judge()
    }

    /// Holds what came of an action against the rules, and passes it on.
    fn judge(&mut self) -> Verdict {
        let mut outputs = std::mem::take(&mut self.life.outputs);
        for output in outputs.drain(..) {
            match output {
                Output::Decided { count, records } => self.decided(count, &records),
                Output::Durable { records, chain } => {
                    self.outside.acknowledged(&records, chain);
                    self.take_records(records)?;
                    judge::check_commit(self)?;
                }
                Output::Answered { ticket, said } => self.answered(ticket, said)?,
                Output::Began(effect) => {
                    let probes = &mut self.probes;
                    self.outside.invariant_effects_start_as_they_are_recorded(&self.book, &effect, probes)?;
                    judge::invariant_the_input_of_an_effect_can_be_opened(&self.vault, &effect)?;
                    if let Some(transcript) = &mut self.transcript {
                        transcript.began(&effect);
                    }
                    self.news.push(News::Began(effect));
                }
                Output::Stopping(request) => {
                    if let Some(transcript) = &mut self.transcript {
                        transcript.stopping(request);
                    }
                    self.news.push(News::Stopping(request));
                }
                Output::Destroying(erasure) => {
                    judge::invariant_no_key_is_destroyed_before_its_request_is_durable(&self.book, &erasure)?;
                    if let Some(transcript) = &mut self.transcript {
                        transcript.destroying(&erasure);
                    }
                    self.destroying.insert(erasure.request, erasure);
                    self.news.push(News::Destroying(erasure));
                }
                Output::Refused(refusal) => {
                    if let Some(transcript) = &mut self.transcript {
                        transcript.refused(&refusal);
                    }
                }
            }
        }
        self.life.outputs = outputs;
        Ok(())
    }

    fn decided(&mut self, count: usize, records: &[Recorded<triad_event::Event>]) {
        self.events += count as u64;
        if let Some(transcript) = &mut self.transcript {
            transcript.decided(records);
        }
    }

    fn answered(&mut self, ticket: u64, said: Result<Answer, AskError>) -> Verdict {
        self.outside.judge_answer(&self.book, ticket, &said, &mut self.probes)?;
        if let Some(transcript) = &mut self.transcript {
            transcript.answered(&said);
        }
        self.news.push(News::Answered(ticket, said));
        Ok(())
    }

    fn take_records(&mut self, records: Vec<Recorded<triad_event::Event>>) -> Verdict {
        for record in &records {
            self.book.take(record)?;
            self.vault.take(record, &self.book);
            judge::invariant_what_is_said_to_be_erased_is(&self.vault, record)?;
            self.index.offer(record);
        }
        if let (Some(transcript), Some(last)) = (&mut self.transcript, records.last()) {
            transcript.durable(last.sequence);
        }
        Ok(())
    }

    /// Ids of the tasks that were staged for a workflow, for scripts that name them.
    fn staged_ids(&self, workflow: WorkflowId) -> Vec<String> {
        self.transcript.as_ref().map(|transcript| transcript.staged(workflow)).unwrap_or_default()
    }

    /// Nobody waits for the news.
    pub(crate) fn forget_news(&mut self) {
        self.news.clear();
    }

    /// Records decided so far.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// The loop goes round once, and the oldest commit becomes durable.
    pub(crate) fn go_round(&mut self) -> Verdict {
        self.apply(Action::Turn)?;
        self.apply(Action::Commit(Fate::Durable))
    }

    /// The whole log is held against everything that was seen of it.
    pub(crate) fn conclude(&mut self) -> Result<Vec<u8>, Box<Violation>> {
        let file = whole::copied(&self.disk)?;
        let again = whole::invariant_the_log_verifies_and_decides_again(&file, &self.outside)?;
        judge::invariant_the_recovered_world_is_the_world_that_was(&again, &self.life.persisted.0)?;
        let next = self.book.next_sequence;
        let trusted = self.files.newest_trusted(next, &self.book.snapshots, &mut self.probes);
        let found = recovery::fold(&self.disk, trusted)?;
        whole::invariant_a_snapshot_and_its_tail_equal_the_full_fold(&found, &again)?;
        Ok(file)
    }

    /// Everything rare that happened.
    pub(crate) fn all_probes(&self) -> Counts<Probe> {
        let mut probes = self.probes.clone();
        probes.add(&self.life.probes);
        if self.book.keys_renewed > 0 {
            probes.count(Probe::KeyAcceptedAgain);
        }
        probes
    }

    /// Whether something is decided or in flight that is not durable.
    pub(crate) fn has_undurable(&self) -> bool {
        !self.life.flights.is_empty() || !self.life.open.0.is_empty()
    }

    /// Whether a commit has failed and the loop has not noticed yet.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.life.failure, Some(Outcome::Failed(_) | Outcome::Unknown(_)))
    }

    /// How long until a timer is due, by the monotonic clock; none when none is set.
    pub(crate) fn until_timer(&mut self) -> Option<Micros> {
        let wake = self.life.world.next_wake()?;
        if self.life.world.owes_work() {
            return Some(Micros::ZERO);
        }
        let believed = self.life.believed();
        Some(Micros(wake.at.0.saturating_sub(believed.0).max(0)))
    }
}

/// Why a line of a script was not applied.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is no action.
    #[error(transparent)]
    NotAnAction(#[from] super::script::NotAnAction),
    /// An invariant does not hold after it.
    #[error(transparent)]
    Violation(#[from] Box<Violation>),
}
