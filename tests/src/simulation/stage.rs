//! Where a simulation takes place: the disk, the clocks, the files beside the log and the outside world, which outlive a
//! process, and the life that runs on them. It applies one action after another, and judges everything that comes of it.

use super::action::{Action, Fate, Written};
use super::book::Book;
use super::index::Index;
use super::judge::Outside;
use super::listed::Counts;
use super::passing::Passing;
use super::probe::Probe;
use super::process::{Completed, Process};
use super::refused;
use super::setup::Setup;
use super::snapshots::SnapshotFiles;
use super::transcript::Transcript;
use super::vault::Vault;
use super::violation::{Verdict, Violation};
use super::{judge, whole};
use fixtures::engine_log::create_on_twin;
use std::collections::{BTreeMap, BTreeSet};
use triad_decide::limits::GROUP_EVENTS_MAX;
use triad_decide::{Effect, Evaluation, KeyDestruction, Performance, World, snapshot};
use triad_event::execution::{AttemptProgressed, AttemptStarted};
use triad_event::governance::SnapshotTaken;
use triad_event::ids::{BootId, DataSubjectId, PrincipalId, WorkflowId};
use triad_event::quantity::{Bytes, Micros};
use triad_event::{Event, Recorded, execution};
use triad_log::storage::Outcome as CommitOutcome;
use triad_log::twin::{Fault, TwinReader};
use triad_perform::shell::ShellError;
use triad_perform::shell::message::{Message, Outcome, Output};
use triad_perform::shell::poison::Poison;
use triad_perform::shell::time::Reading;
use triad_perform::{Answer, AskError};

/// The first run of the machine.
const BOOT: BootId = BootId([1; 16]);
/// Clients and operators, as the records name them.
pub(super) const CLIENT: PrincipalId = PrincipalId([7; 16]);
pub(super) const OPERATOR: PrincipalId = PrincipalId([8; 16]);

/// What the driver or a script hears of.
#[derive(Debug)]
pub(crate) enum News {
    /// A question was answered.
    Answered(u64, Result<Answer, AskError>),
    /// An effect is performed.
    Began(Performance),
    /// An effect that runs was asked to stop.
    Stopping(u64),
    /// An effect that runs is to stand still, or to go on.
    Pacing { request: u64, is_suspended: bool },
    /// A key is to be destroyed.
    Destroying(KeyDestruction),
    /// Expressions are to be evaluated.
    Evaluating(Evaluation),
    /// A new life has begun.
    Reborn,
    /// A snapshot is being written.
    SnapshotBegun,
}

/// What a life is doing when it says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// It takes what arrives.
    Taking,
    /// It goes round.
    Turning,
    /// It submits because it was asked to.
    Submitting,
}

/// The stage.
pub struct Stage {
    pub(crate) process: Process,
    pub(crate) book: Book,
    pub(crate) clocks: Reading,
    /// The run of the machine.
    pub(super) boot: BootId,
    /// What passed, as the records of this life have it.
    pub(super) passing: Passing,
    pub(crate) index: Index,
    pub(crate) news: Vec<News>,
    pub(crate) outside: Outside,
    pub(crate) vault: Vault,
    /// Keys that were to be destroyed in any life, by request.
    pub(super) destroying: BTreeMap<u64, KeyDestruction>,
    /// For whom entries are sealed that were to be evaluated in any life, by request.
    pub(super) evaluating: BTreeMap<u64, (DataSubjectId, u64)>,
    /// What definitions say that come in, as the vault digests it.
    pub(crate) contents: BTreeMap<WorkflowId, blake3::Hasher>,
    pub(crate) lives: u64,
    /// Records decided, whether they became durable or not.
    pub(crate) events: u64,
    pub(crate) probes: Counts<Probe>,
    pub(super) disk: TwinReader,
    pub(super) files: SnapshotFiles,
    pub(super) poison: Poison,
    /// The world on disk, and records on disk that nobody acknowledged.
    pub(super) persisted: (Box<World>, Vec<Recorded<Event>>),
    /// The world that is being written as a snapshot.
    pub(super) snapshot: Option<Box<World>>,
    pub(super) setup: Setup,
    tickets: u64,
    /// Whoever waits for an answer, and whether nothing was recorded for them.
    pub(super) waiting: BTreeMap<u64, bool>,
    /// Whether the next life begins paused.
    pub(super) starts_paused: bool,
    /// Attempts that began in this life.
    pub(crate) began: BTreeSet<u64>,
    /// What happened, as lines, when somebody wants to read it.
    pub(crate) transcript: Option<Transcript>,
}

impl Stage {
    /// A new log on an empty disk, and the first life on it.
    pub fn new(setup: Setup, disk: TwinReader) -> Result<Self, Box<Violation>> {
        let clocks = Reading { wall_us: fixtures::sample_log::FIRST_TIME_US, boottime_us: 0 };
        create_on_twin(&disk, &setup.settings);
        let recovered = whole::recovered(&disk, &SnapshotFiles::default())?;
        let world = recovered.world.clone();
        let records = whole::genesis(&disk)?;
        let mut stage = Self {
            process: Process::new(disk.clone(), recovered, &setup, (BOOT, clocks))?,
            book: Book::new(),
            clocks,
            boot: BOOT,
            passing: Passing::default(),
            index: Index::default(),
            news: Vec::new(),
            outside: Outside::default(),
            vault: Vault::new(disk.clone()),
            destroying: BTreeMap::new(),
            evaluating: BTreeMap::new(),
            contents: BTreeMap::new(),
            lives: 0,
            events: world.next_sequence(),
            probes: Counts::default(),
            disk,
            files: SnapshotFiles::default(),
            poison: Poison::default(),
            persisted: (Box::new(world), Vec::new()),
            snapshot: None,
            setup,
            tickets: 0,
            waiting: BTreeMap::new(),
            starts_paused: false,
            began: BTreeSet::new(),
            transcript: None,
        };
        stage.take_records(records)?;
        stage.be_born(None)?;
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
        self.transcript = Some(transcript);
    }

    /// Reads a line of a script and applies it.
    pub fn apply_line(&mut self, line: &str) -> Result<(), LineError> {
        let staged = |workflow| self.staged_ids(workflow);
        let action = super::script::parse(line, self.world(), staged)?;
        Ok(self.apply(action)?)
    }

    /// Something happens, and everything that comes of it is judged.
    pub(crate) fn apply(&mut self, action: Action) -> Verdict {
        if let Some(transcript) = &mut self.transcript {
            transcript.act(&action);
        }
        match action {
            Action::Wait(span) => {
                self.clocks.wall_us = self.clocks.wall_us.saturating_add(span.0);
                self.clocks.boottime_us = self.clocks.boottime_us.saturating_add(span.0);
                Ok(())
            }
            Action::Jump(by) => {
                self.clocks.wall_us = self.clocks.wall_us.saturating_add(by.0);
                Ok(())
            }
            Action::Reboot => {
                self.boot.0[0] = self.boot.0[0].wrapping_add(1).max(1);
                Ok(())
            }
            Action::Turn => self.turn(),
            Action::Commit(fate) => self.complete(fate),
            Action::Crash { is_torn } => self.crash(is_torn),
            Action::Restart => self.restart(),
            Action::StartPaused => {
                self.starts_paused = true;
                Ok(())
            }
            Action::Panic(workflow) => self.panic(workflow),
            Action::Snapshot(written) => self.snapshot_written(written),
            Action::IndexReads(through) => {
                self.index.read(through, self.book.next_sequence);
                Ok(())
            }
            Action::Stage(definition) => self.stage_chunk(definition),
            Action::Submit { definition, key } => self.submit(definition, key),
            Action::Ask { request, reason_bytes } => self.ask_for(request, reason_bytes),
            Action::End(end) => self.end(end),
            Action::Evaluate(evaluated) => self.end_evaluation(evaluated),
            Action::Fail(request) => self.performed(request, Outcome::Failed("injected: not now".to_owned())),
            Action::Destroy(request) => {
                self.destroy(request);
                Ok(())
            }
            Action::Destroyed(request) => self.end_erasure(request),
            Action::Run { request, task } => self.tell(Message::Started(AttemptStarted { request, task })),
            Action::Progress { request, task, output } => {
                let output = Bytes(output);
                self.tell(Message::Progressed(AttemptProgressed { request, task, output }))
            }
        }
    }

    /// Tells the shell something, and judges what comes of it.
    pub(super) fn tell(&mut self, message: Message<u64>) -> Verdict {
        let taken = self.process.shell.take(message, self.clocks);
        self.hear(taken)
    }

    /// Judges what came of something that the shell was told.
    pub(super) fn hear(&mut self, taken: Result<(), ShellError>) -> Verdict {
        self.judge(Doing::Taking)?;
        self.go_on(taken)
    }

    /// Goes on after the shell did something, or begins another life because it can go on no longer.
    pub(super) fn go_on(&mut self, done: Result<(), ShellError>) -> Verdict {
        match done {
            Ok(()) => Ok(()),
            Err(ShellError::Panicked { stream, input }) => {
                self.poison.note(stream, &input);
                self.crash(false)
            }
            Err(_) => self.fail(),
        }
    }

    /// The loop goes round once.
    fn turn(&mut self) -> Verdict {
        let in_flight = self.process.in_flight();
        let turned = self.process.shell.turn(self.clocks);
        self.judge(Doing::Turning)?;
        if turned.is_err() {
            return self.go_on(turned);
        }
        self.process.shell.submit_if_idle(self.clocks);
        self.judge(Doing::Submitting)?;
        let in_flight = in_flight.max(self.process.in_flight());
        self.passing.invariant_what_is_due_fires(self.process.shell.world(), self.clocks, in_flight)
    }

    pub(super) fn snapshot_written(&mut self, written: Written) -> Verdict {
        let Some(world) = self.snapshot.take() else { return Ok(()) };
        if written == Written::Lost {
            return self.tell(Message::SnapshotWritten(None));
        }
        let bytes = snapshot::encode(&world);
        let (digest, size) = (*blake3::hash(&bytes).as_bytes(), Bytes(bytes.len() as u64));
        let through_sequence = world.next_sequence() - 1;
        self.files.keep(through_sequence, bytes);
        if written == Written::Damaged {
            self.files.damage_newest();
        }
        self.tell(Message::SnapshotWritten(Some(SnapshotTaken { through_sequence, digest, size })))
    }

    /// Where what is asked next will be answered.
    pub(super) fn take_ticket(&mut self) -> u64 {
        self.tickets += 1;
        let ticket = self.tickets - 1;
        self.waiting.insert(ticket, true);
        ticket
    }

    /// The oldest commit meets its fate: what waited for it goes out, although the loop has not noticed yet.
    pub(super) fn complete(&mut self, fate: Fate) -> Verdict {
        let fault = match fate {
            Fate::Durable => Fault::None,
            Fate::Failed => Fault::FailedNotPersisted,
            Fate::UnknownLost => Fault::UnknownNotPersisted,
            Fate::UnknownKept => Fault::UnknownPersisted,
        };
        let had_failed = self.has_failed();
        let Some(completed) = self.process.complete(fault) else { return Ok(()) };
        let Completed { completion, records, world } = completed;
        // After one failure the twin keeps nothing more, whatever the fate.
        let is_kept = fate == Fate::UnknownKept && !had_failed;
        if completion.outcome == CommitOutcome::Durable {
            self.persisted.0 = world;
            self.outside.acknowledged(&records, completion.chain);
            self.take_records(records)?;
            judge::check_commit(&self.persisted.0, &self.book, &mut self.outside, &self.process)?;
        } else if is_kept {
            self.persisted.0 = world;
            self.persisted.1.extend(records);
        }
        let said = self.process.shell.in_flight().complete(completion.outcome);
        said.into_iter().try_for_each(|(ticket, said)| self.answered(ticket, said))
    }

    /// Holds what the shell says against the rules, and passes it on.
    pub(super) fn judge(&mut self, doing: Doing) -> Verdict {
        let life = self.lives;
        for output in self.process.shell.take_outputs() {
            // What comes of one output may be the end of the life.
            if self.lives > life {
                return Ok(());
            }
            match output {
                Output::Decided(records) => self.decided(records, doing)?,
                Output::Submitted(world) => self.submitted(world, doing),
                Output::Answer(ticket, said) => self.answered(ticket, said)?,
                Output::Begin(effect) => match *effect {
                    Effect::Perform(performance) => self.began(performance, doing)?,
                    Effect::DestroyKey(destruction) => self.destroying(destruction)?,
                    Effect::Evaluate(evaluation) => self.evaluating(evaluation)?,
                    Effect::Notify(notification) => self.notified(&notification, doing)?,
                },
                Output::Stop(request) => {
                    if let Some(transcript) = &mut self.transcript {
                        transcript.stopping(request);
                    }
                    self.news.push(News::Stopping(request));
                }
                Output::Pace { request, is_suspended } => {
                    if let Some(transcript) = &mut self.transcript {
                        transcript.pacing(request, is_suspended);
                    }
                    self.news.push(News::Pacing { request, is_suspended });
                }
                Output::Snapshot(world) => {
                    self.snapshot = Some(world);
                    self.news.push(News::SnapshotBegun);
                }
                Output::Refused(refusal) => {
                    if let Some(probe) = refused::of_refusal(&refusal) {
                        self.probes.count(probe);
                    }
                    if let Some(transcript) = &mut self.transcript {
                        transcript.refused(&refusal);
                    }
                }
                // No hardware keeps the key.
                Output::Advance(_) => {}
            }
        }
        Ok(())
    }

    fn decided(&mut self, records: Vec<Recorded<Event>>, doing: Doing) -> Verdict {
        self.passing.invariant_spans_are_those_that_passed(&records, self.clocks)?;
        self.events += records.len() as u64;
        if records.len() >= GROUP_EVENTS_MAX {
            self.probes.count(Probe::GroupFull);
        }
        if let Some(Event::Execution(execution::Event::AttemptEnded(ended))) =
            records.first().map(|one| &one.event)
            && doing == Doing::Turning
            && !self.began.contains(&ended.request)
        {
            self.probes.count(Probe::StoppedUnstarted);
        }
        if let Some(transcript) = &mut self.transcript {
            transcript.decided(&records);
        }
        self.process.decided(records);
        Ok(())
    }

    fn submitted(&mut self, world: Box<World>, doing: Doing) {
        if self.process.in_flight() > 0 {
            self.probes.count(Probe::TwoInFlight);
        }
        if doing != Doing::Submitting {
            self.probes.count(Probe::BlockFull);
        }
        self.process.submitted(world);
    }

    pub(super) fn answered(&mut self, ticket: u64, said: Result<Answer, AskError>) -> Verdict {
        let is_silent = self.waiting.remove(&ticket).unwrap_or(false);
        if said.is_err() && is_silent {
            self.probes.count(Probe::RefusalUnsaid);
        }
        self.outside.judge_answer(&self.book, ticket, &said, &mut self.probes)?;
        if let Some(transcript) = &mut self.transcript {
            transcript.answered(&said);
        }
        self.news.push(News::Answered(ticket, said));
        Ok(())
    }

    pub(super) fn take_records(&mut self, records: Vec<Recorded<Event>>) -> Verdict {
        for record in &records {
            self.book.take(record)?;
            self.vault.take(record);
            judge::invariant_what_is_said_to_be_erased_is(&self.vault, record)?;
            self.index.offer(record);
        }
        for record in &records {
            judge::invariant_rows_say_what_was_accepted(&self.vault, &self.book, record)?;
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

    /// The world of this life, durable or not.
    pub(crate) fn world(&self) -> &World {
        self.process.shell.world()
    }

    /// The loop goes round once, and the oldest commit becomes durable.
    pub(crate) fn go_round(&mut self) -> Verdict {
        self.apply(Action::Turn)?;
        self.apply(Action::Commit(Fate::Durable))
    }

    /// Everything rare that happened.
    pub(crate) fn all_probes(&self) -> Counts<Probe> {
        let mut probes = self.probes.clone();
        probes.add(&self.book.probes);
        if self.book.keys_renewed > 0 {
            probes.count(Probe::KeyAcceptedAgain);
        }
        probes
    }

    /// Whether something is decided or in flight that is not durable.
    pub(crate) fn has_undurable(&self) -> bool {
        self.process.has_undurable()
    }

    /// Whether a commit has failed and the loop has not noticed yet.
    pub(crate) fn has_failed(&self) -> bool {
        self.process.shell.failed().is_some()
    }

    /// How long until something is due by itself, by the clock that counts suspension; none when nothing is.
    pub(crate) fn until_timer(&mut self) -> Option<Micros> {
        let idle = self.process.shell.idle_for(self.clocks)?;
        Some(Micros(i64::try_from(idle.as_micros()).unwrap_or(i64::MAX)))
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
