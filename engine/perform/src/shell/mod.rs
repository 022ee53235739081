//! The shell: everything between the pure core and the machine that is not the machine itself.
//!
//! ```text
//!   Message, Reading --> +------------------- Shell ---------------------+ --> Output
//!                        | believe the time, step(world), append a group |
//!                        | hold answers and effects until it is durable  | --> storage.submit
//!                        +-----------------------------------------------+
//!   completion --------> InFlight: the answers that waited for a commit go out
//! ```
//!
//! It reads no clock, has no thread and waits for nothing: whoever drives it says what arrives and what the clocks
//! show, and carries out what comes of it. The engine drives it with threads on a real log ([`crate::start()`]); the
//! simulation drives the same code over storage that fails. Nothing leaks before it is durable: neither an answer (a
//! refusal and a read included) nor an effect. No decision is made here.

pub mod in_flight;
pub mod message;
pub mod planted;
pub mod poison;
pub mod recover;
pub mod time;

pub(crate) mod conditions;
pub(crate) mod effects;
mod error;
mod journal;
mod outside;
mod rows;
mod setup;
mod snapshot_turn;
mod timers;

use effects::{Effects, corrected, ended, ending_of};
pub use error::ShellError;
use in_flight::{Answers, InFlight};
use journal::Journal;
use message::{Answer, AskError, Asker, Lack, Message, Outcome, Output, Performed};
use planted::{Bug, Planted};
use recover::Recovered;
pub use setup::{Beginning, Setup};
use snapshot_turn::SnapshotTurn;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use time::{Clock, Reading, Told};
use triad_decide::{
    Accepted, DECIDE_VERSION, Effect, Group, Input, Performance, Refusal, Stamp, World, effect, evolve,
    execution, governance, step,
};
use triad_event::governance::{EnginePaused, EngineStarted, EngineStopped};
use triad_event::ids::{BootId, PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Ask, ClockState, Event, Recorded, Source, log};
use triad_log::BLOCK_TARGET_BYTES;
use triad_log::storage::{Attachment, Storage};

/// The reason that is recorded when a process begins paused.
const STARTED_PAUSED: &str = "the server was started so";

/// Owns the world. `R` is where answers go.
pub struct Shell<S: Storage, R> {
    world: World,
    journal: Journal<S>,
    clock: Clock,
    boot: BootId,
    /// Answers that wait for the open block.
    answers: Answers<R>,
    in_flight: InFlight<R>,
    effects: Effects,
    snapshots: SnapshotTurn,
    group: Group,
    outputs: VecDeque<Output<R>>,
    is_stopping: bool,
    is_watched: bool,
    planted: Planted,
}

impl<S: Storage, R> Shell<S, R> {
    /// A shell whose first records are still to come: see [`Shell::begin`].
    pub fn new(setup: Setup<S, R>) -> Self {
        let Setup { recovered, writer, in_flight, counted, records_per_snapshot, boot, now, is_watched } =
            setup;
        let Recovered { world, snapshot } = recovered;
        let kept = snapshot.map_or(0, |through| through + 1);
        Self {
            journal: Journal::new(writer, counted),
            clock: Clock::new(&world.past(), boot, now),
            boot,
            answers: Vec::new(),
            in_flight,
            effects: Effects::default(),
            snapshots: SnapshotTurn::new(records_per_snapshot, kept),
            world,
            group: Group::default(),
            outputs: VecDeque::new(),
            is_stopping: false,
            is_watched,
            planted: Planted::default(),
        }
    }

    /// The first records of a life: what opening found, that the engine started, what is set aside; then what
    /// is owed.
    ///
    /// # Panics
    /// When the core does not start its own version.
    pub fn begin(&mut self, beginning: Beginning, now: Reading) -> Result<(), ShellError> {
        let Beginning { dropped, build_digest, node, is_paused, poisoned } = beginning;
        if let Some(dropped) = dropped {
            self.write(log::Event::TailDropped(dropped), now);
        }
        let system = Asker::system(Source::Engine);
        if is_paused {
            self.pause(now)?;
        }
        let (boot, boottime) = (self.boot, Micros(now.boottime_us));
        let started = EngineStarted { build_digest, decide_version: DECIDE_VERSION, node, boot, boottime };
        let started = governance::Ask::StartEngine(started).into();
        self.step_at(started, Vec::new(), system, now)?.expect("invariant: a core starts its own version");
        if is_paused {
            // A log that no process has served can only be paused now, and owes nothing.
            self.pause(now)?;
        }
        for quarantined in poisoned {
            let input = governance::Ask::QuarantineStream(quarantined).into();
            // A stream that has ended meanwhile needs no setting aside.
            let said = self.step(input, Vec::new(), system, now)?;
            self.tell_refused(said);
        }
        Ok(())
    }

    /// Takes what arrives. What comes of it is in [`Shell::next_output`].
    pub fn take(&mut self, message: Message<R>, now: Reading) -> Result<(), ShellError> {
        match message {
            Message::Ask { reply, .. } if self.is_stopping => self.say(reply, Err(AskError::Stopped)),
            Message::Ask { input, attachments, by, reply } => {
                self.ask(input, attachments, by, reply, now)?;
            }
            Message::Performed(performed) if self.is_stopping => self.effects.forget(performed.request),
            Message::Performed(performed) => self.take_performed(performed, now)?,
            Message::Progressed(_) | Message::Started(_) | Message::Delayed { .. } if self.is_stopping => {}
            Message::Started(started) => {
                self.effects.lacks(started.request, None);
                self.hear(execution::Ask::ReportStart(started).into(), Vec::new(), now)?;
            }
            Message::Progressed(progress) => {
                self.hear(execution::Ask::ReportProgress(progress).into(), Vec::new(), now)?;
            }
            Message::Delayed { request, lack } => {
                if let Some((lack, why)) = &lack {
                    self.report(conditions::of_lack(&self.world, request, *lack, why), now)?;
                }
                self.effects.lacks(request, lack);
            }
            Message::SnapshotWritten(taken) => self.take_kept(taken, now)?,
            Message::Advanced { is_counted } => self.journal.advanced(is_counted),
            Message::Stop => self.stop(now)?,
        }
        Ok(())
    }

    /// Goes round once: timers, effects whose records are durable, what failed before, the hardware counter, snapshots.
    /// What is decided on the way is submitted by [`Shell::submit_if_idle`].
    pub fn turn(&mut self, now: Reading) -> Result<(), ShellError> {
        if let Some(failed) = self.failed() {
            return Err(failed);
        }
        self.notice_clock(now)?;
        self.fire_timers(now)?;
        let (durable, mut begun) = (self.durable_next_sequence(), Vec::new());
        while let Some(request) = self.effects.next_durable(durable) {
            if !self.planted.strikes(Bug::LostWakeup) {
                begun.extend(self.perform(request, now)?);
            }
        }
        while let Some(request) = self.effects.next_again(now) {
            begun.extend(self.perform(request, now)?);
        }
        for lack in self.effects.relieved() {
            self.report(Some(conditions::relieved(lack)), now)?;
        }
        // Last: what comes of an effect at once is decided behind all of this.
        self.outputs.extend(begun);
        self.advance_counter();
        self.keep_when_due();
        Ok(())
    }

    /// Submits the open block, unless a commit is in flight: then more may share the next.
    pub fn submit_if_idle(&mut self, now: Reading) {
        if self.in_flight.count() == 0 {
            self.submit(now);
        }
    }

    /// The next thing to carry out.
    pub fn next_output(&mut self) -> Option<Output<R>> {
        self.outputs.pop_front()
    }

    /// Everything that is to be carried out, in order.
    pub fn take_outputs(&mut self) -> VecDeque<Output<R>> {
        std::mem::take(&mut self.outputs)
    }

    /// How long nothing needs to be done unless something arrives; none when only what arrives matters.
    pub fn idle_for(&mut self, now: Reading) -> Option<Duration> {
        let elapsed = self.read_clock(now).elapsed;
        let wake = self.world.next_wake().filter(|_| !self.is_disk_behind());
        let wake = wake.map(|wake| wake.due.0.saturating_sub(elapsed.0).max(0));
        let until = wake.into_iter().chain(self.effects.until_again_us(now)).min()?;
        Some(Duration::from_micros(u64::try_from(until).unwrap_or(0)))
    }

    /// Folds and appends a record that the core does not decide; returns its sequence.
    ///
    /// # Panics
    /// When the record is none that may follow any record.
    pub fn write(&mut self, event: log::Event, now: Reading) -> u64 {
        let sequence = self.world.next_sequence();
        let record = Recorded {
            sequence,
            group: sequence,
            at: self.time(now),
            elapsed: self.read_clock(now).elapsed,
            stream: StreamId::LOG,
            ordinal: self.world.next_log_ordinal(),
            cause: sequence,
            principal: PrincipalId::ZERO,
            event: Event::from(event),
        };
        evolve(&mut self.world, &record).expect("invariant: a record of the log may follow any record");
        self.group.records.clear();
        self.group.records.push(record);
        self.append_group(Source::Engine, Vec::new(), now);
        sequence
    }

    /// The hardware is to count the next block, however short ago the last time was: it is the last one.
    pub fn count_next_block(&mut self) {
        self.journal.count_next_block();
    }

    /// Has the hardware count what is durable.
    pub fn advance_counter(&mut self) {
        let due = self.journal.due_count();
        self.outputs.extend(due.map(Output::Advance));
    }
}

impl<S: Storage, R> Shell<S, R> {
    /// Pauses the engine, unless it is paused, or has never started.
    fn pause(&mut self, now: Reading) -> Result<(), ShellError> {
        let pause = governance::Ask::PauseEngine(EnginePaused { reason: STARTED_PAUSED.to_owned() });
        let _refused = self.step_at(pause.into(), Vec::new(), Asker::system(Source::Engine), now)?.is_err();
        Ok(())
    }

    fn ask(
        &mut self,
        mut input: Input,
        attachments: Vec<Attachment>,
        by: Asker,
        reply: R,
        now: Reading,
    ) -> Result<(), ShellError> {
        let mut accepts_clock = false;
        if let Ask::Governance(governance::Ask::AcceptClock(accepted)) = &mut input.ask {
            accepted.found = now.wall();
            accepts_clock = true;
        }
        let before = self.world.next_sequence();
        let said = self.step(input, attachments, by, now)?;
        if accepts_clock && said.is_ok() {
            self.clock.accept(now);
        }
        let last = self.world.next_sequence().saturating_sub(1);
        let sequence = if self.world.next_sequence() > before { before } else { last };
        self.hold(reply, Answer { reply: said, sequence, observed_sequence: last });
        Ok(())
    }

    /// Holds an answer until everything that it observed is durable.
    fn hold(&mut self, reply: R, answer: Answer) {
        let forgets_failure = self.planted.is(Bug::AnswerAfterFailure);
        if self.has_open_block() {
            self.answers.push((reply, answer));
        } else if let Some((reply, said)) = self.in_flight.join(reply, answer, forgets_failure) {
            self.say(reply, said);
        }
    }

    fn say(&mut self, reply: R, said: Result<Answer, AskError>) {
        self.outputs.push_back(Output::Answer(reply, said));
    }

    fn take_performed(&mut self, performed: Performed, now: Reading) -> Result<(), ShellError> {
        let Performed { request, outcome, mut attachments } = performed;
        let input: Input = match outcome {
            Outcome::Ended(ended) => {
                // Before the row has its time: a clock that is right again moves that of the record.
                self.notice_clock(now)?;
                if !self.planted.is(Bug::OutputForgotten) {
                    let at = self.row_time(now);
                    attachments.extend(rows::of_output(&self.world, &ended, at));
                }
                execution::Ask::EndAttempt(corrected(&self.world, ended)).into()
            }
            Outcome::Done(Ask::Evaluation(_)) if self.planted.strikes(Bug::VerdictForgotten) => return Ok(()),
            Outcome::Done(ask) => Input::of_log(ask),
            Outcome::Failed(why) => return self.fail(request, Lack::Vault, why, now),
            Outcome::Short(why) => return self.fail(request, Lack::Machine, why, now),
        };
        self.effects.lacks(request, None);
        self.hear(input, attachments, now)
    }

    /// Decides on what an effect says. What is late or repeated is refused: the first outcome counts.
    fn hear(&mut self, input: Input, attachments: Vec<Attachment>, now: Reading) -> Result<(), ShellError> {
        let said = self.step(input, attachments, Asker::system(Source::Effect), now)?;
        self.tell_refused(said);
        Ok(())
    }

    /// An effect is tried again, when it may have what it lacks.
    fn fail(&mut self, request: u64, lack: Lack, why: String, now: Reading) -> Result<(), ShellError> {
        self.report(conditions::of_lack(&self.world, request, lack, &why), now)?;
        self.effects.fail(request, lack, why, now);
        Ok(())
    }

    /// The time of rows that are attached now: that of their record.
    fn row_time(&mut self, now: Reading) -> i64 {
        if self.planted.is(Bug::RowsByWallClock) {
            return now.wall_us;
        }
        self.time(now).0
    }

    fn tell_refused(&mut self, said: Result<Accepted, Refusal>) {
        if let Some(refusal) = said.err().filter(|_| self.is_watched) {
            self.outputs.push_back(Output::Refused(refusal));
        }
    }

    /// Effects of records before this one may begin.
    fn durable_next_sequence(&self) -> u64 {
        if self.planted.is(Bug::EffectBeforeDurability) {
            return self.world.next_sequence();
        }
        self.journal.durable_next_sequence()
    }

    /// Has an effect begin, or what runs stop. One that is to stop and does not run in this life is at its end.
    fn perform(&mut self, request: u64, now: Reading) -> Result<Option<Output<R>>, ShellError> {
        let Some(effect) = effect(&self.world, request) else {
            self.effects.forget(request);
            return Ok(None);
        };
        if let Effect::Perform(Performance { stop: None, is_suspended, .. }) = effect
            && self.effects.runs(request)
        {
            return Ok(self.effects.pace(request, is_suspended));
        }
        let Effect::Perform(Performance { task, stop: Some(reason), .. }) = effect else {
            return Ok(self.effects.begin(request).then(|| Output::Begin(Box::new(effect))));
        };
        if self.effects.runs(request) {
            return Ok(Some(Output::Stop(request)));
        }
        let outcome = Outcome::Ended(ended(request, task, ending_of(reason)));
        self.take_performed(Performed { request, outcome, attachments: Vec::new() }, now)?;
        Ok(None)
    }

    /// Stamps an input, decides it and appends its group to the open block, with what becomes durable together with it
    /// if it is accepted.
    fn step(
        &mut self,
        input: Input,
        attachments: Vec<Attachment>,
        by: Asker,
        now: Reading,
    ) -> Result<Result<Accepted, Refusal>, ShellError> {
        self.notice_clock(now)?;
        self.step_at(input, attachments, by, now)
    }

    /// Records that the wall clock stepped, or is right again.
    fn notice_clock(&mut self, now: Reading) -> Result<(), ShellError> {
        if let Some(noticed) = self.read_clock(now).noticed {
            let by = Asker::system(Source::Engine);
            let _refused = self.step_at(noticed.into(), Vec::new(), by, now)?.is_err();
        }
        Ok(())
    }

    fn step_at(
        &mut self,
        input: Input,
        attachments: Vec<Attachment>,
        by: Asker,
        now: Reading,
    ) -> Result<Result<Accepted, Refusal>, ShellError> {
        let kind = input.ask.domain().name();
        let Told { time, elapsed, .. } = self.read_clock(now);
        let stamp = Stamp { at: time.max(self.world.now()), elapsed, principal: by.principal };
        let (world, group, planted) = (&mut self.world, &mut self.group, &mut self.planted);
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let said = step(world, input, stamp, group);
            planted.panic_if_planted();
            said
        }));
        let Ok(said) = decided else {
            return Err(ShellError::Panicked { stream: self.world.deciding(), input: kind.to_owned() });
        };
        // A refusal that is evidence is recorded too, but nothing that it would have needed.
        if !self.group.records.is_empty() {
            let attachments = if said.is_ok() { attachments } else { Vec::new() };
            self.append_group(by.source, attachments, now);
        }
        Ok(said)
    }

    /// Appends the group to the open block, in one block whatever happens.
    fn append_group(&mut self, source: Source, attachments: Vec<Attachment>, now: Reading) {
        let mut records = std::mem::take(&mut self.group.records);
        self.planted.spoil(&mut records);
        if !self.journal.encode(&records) {
            self.submit(now);
        }
        let at = self.row_time(now);
        let rows = records.iter().flat_map(|record| rows::of(record, at));
        let attachments = attachments.into_iter().chain(rows);
        self.journal.append(&records, self.world.clock_state(), source, attachments);
        self.effects.changed(self.world.next_sequence() - 1, self.world.changed_effects());
        if self.is_watched {
            self.outputs.push_back(Output::Decided(records));
        } else {
            self.group.records = records;
        }
        if self.journal.open_bytes() >= BLOCK_TARGET_BYTES {
            self.submit(now);
        }
    }

    fn submit(&mut self, now: Reading) {
        if !self.has_open_block() {
            return;
        }
        self.in_flight.submitted(std::mem::take(&mut self.answers));
        if self.is_watched {
            self.outputs.push_back(Output::Submitted(Box::new(self.world.clone())));
        }
        self.journal.submit(now);
    }

    /// Makes what was decided durable and ends what runs. Its attempts stay owed: the next start performs them again.
    fn stop(&mut self, now: Reading) -> Result<(), ShellError> {
        self.is_stopping = true;
        let running: Vec<u64> = self.effects.running().collect();
        let stopped = EngineStopped { running: running.len() as u32 };
        let input = governance::Ask::StopEngine(stopped).into();
        self.step(input, Vec::new(), Asker::system(Source::Engine), now)?
            .expect("invariant: an engine may stop");
        self.outputs.extend(running.into_iter().map(Output::Stop));
        self.submit(now);
        Ok(())
    }

    /// The time of an input: never earlier than the last, and only what the clock can be believed for.
    fn time(&mut self, now: Reading) -> Micros {
        self.read_clock(now).time.max(self.world.now())
    }

    fn read_clock(&mut self, now: Reading) -> Told {
        let is_stepped = self.world.clock_state() == ClockState::Stepped;
        self.clock.read(now, self.world.clock_step_max(), is_stepped)
    }
}
