//! One life of the process that runs the engine: the run loop of `engine/perform/src/run.rs` with everything that waits,
//! sleeps or chooses taken out. What it does to the outside it only says; nothing here judges it.

use super::action::Fate;
use super::clock::{Clocks, LifeClock, Reading};
use super::listed::Counts;
use super::performer::{Performed, Performer, ending_of};
use super::plant::{Plant, STRIKES_EVERY};
use super::probe::{self, Probe};
use fixtures::twin_log::TwinLog;
use std::collections::VecDeque;
use triad_decide::{
    Accepted, Effect, Group, Input, KeyDestruction, Performance, Refusal, Stamp, World, effect, evolve,
    execution, governance, step, subjects,
};
use triad_event::execution::{AttemptEnded, Ending, Event as ExecutionEvent};
use triad_event::governance::{ClockStepped, Setting};
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::subjects::Erased;
use triad_event::{Ask, ClockState, Event, Recorded, Source, codec, log};
use triad_log::BLOCK_TARGET_BYTES;
use triad_log::storage::Outcome;
use triad_log::twin::Fault;
use triad_log::writer::Entry;
use triad_perform::{Answer, AskError};

/// Timers fired in one round.
const TIMERS_PER_ROUND: usize = 64;
/// What the loop expects a record's payload to need.
const RECORD_BYTES_EXPECTED: usize = 8 * 1024;
/// The engine's own inputs.
pub(crate) const SYSTEM: PrincipalId = PrincipalId::ZERO;

/// What reaches the outside.
pub(crate) enum Output {
    /// A group was decided. Nothing of it is durable.
    Decided {
        /// How many records it has.
        count: usize,
        /// The records, when somebody reads along.
        records: Vec<Recorded<Event>>,
    },
    /// A commit was acknowledged.
    Durable {
        /// Its records.
        records: Vec<Recorded<Event>>,
        /// Chain value of the last.
        chain: [u8; 32],
    },
    /// A question was answered.
    Answered {
        /// Which.
        ticket: u64,
        /// What was said.
        said: Result<Answer, AskError>,
    },
    /// An effect is performed.
    Began(Performance),
    /// What runs was asked to stop.
    Stopping(u64),
    /// A key is to be destroyed.
    Destroying(KeyDestruction),
    /// What came of an effect is not recorded.
    Refused(Refusal),
}

/// An answer that waits.
pub(crate) struct Held {
    pub(crate) ticket: u64,
    pub(crate) answer: Answer,
}

/// A commit in flight.
pub(crate) struct Flight {
    pub(crate) records: Vec<Recorded<Event>>,
    answers: Vec<Held>,
    /// The world after its last record.
    after: World,
}

/// One life.
pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) log: TwinLog,
    pub(crate) now: Clocks,
    pub(crate) clock: LifeClock,
    pub(crate) group: Group,
    /// Records of the open block, and the answers that wait with it.
    pub(crate) open: (Vec<Recorded<Event>>, Vec<Held>),
    pub(crate) flights: VecDeque<Flight>,
    /// Effects that wait for the durable mark, in log order: the record that calls for one, and its request.
    pub(crate) called_for: VecDeque<(u64, u64)>,
    pub(crate) performer: Performer,
    /// Why the loop is about to end.
    pub(crate) failure: Option<Outcome>,
    /// The world that is on disk, and records on disk that nobody acknowledged.
    pub(crate) persisted: (World, Vec<Recorded<Event>>),
    pub(crate) outputs: Vec<Output>,
    pub(crate) probes: Counts<Probe>,
    /// Whether somebody reads along.
    pub(crate) is_read_along: bool,
    pub(crate) plant: Plant,
    /// How often the planted bug could have struck.
    pub(crate) chances: u64,
    pub(crate) payload: Vec<u8>,
}

impl Life {
    /// A question from outside.
    pub(crate) fn ask(&mut self, input: Input, principal: PrincipalId, source: Source, ticket: u64) {
        let accepts_clock = matches!(input.ask, Ask::Governance(governance::Ask::AcceptClock(_)));
        let before = self.world.next_sequence();
        let said = self.step(input, principal, source);
        if accepts_clock && said.is_ok() {
            if self.world.next_wake().is_some_and(|wake| wake.at <= self.world.now()) {
                self.probes.count(Probe::TimerWaitedForClock);
            }
            self.clock = LifeClock::new(self.now);
        }
        let last = self.world.next_sequence().saturating_sub(1);
        let sequence = if self.world.next_sequence() > before { before } else { last };
        self.hold(Held { ticket, answer: Answer { reply: said, sequence, observed_sequence: last } });
    }

    /// Holds an answer until everything that it observed is durable.
    fn hold(&mut self, held: Held) {
        if self.log.writer.open_bytes() > 0 {
            self.open.1.push(held);
        } else if let Some(newest) = self.flights.back_mut() {
            newest.answers.push(held);
        } else if let Some(failure) = self.failure.clone().filter(|_| self.plant != Plant::AnswerAfterFailure)
        {
            self.say(held, &failure);
        } else {
            self.say(held, &Outcome::Durable);
        }
    }

    fn say(&mut self, held: Held, outcome: &Outcome) {
        if *outcome != Outcome::Durable && held.answer.reply.is_err() {
            self.probes.count(Probe::RefusalUnsaid);
        }
        let said = match outcome {
            Outcome::Durable => Ok(held.answer),
            Outcome::Failed(why) => Err(AskError::Failed(why.clone())),
            Outcome::Unknown(why) => Err(AskError::Unknown(why.clone())),
        };
        self.outputs.push(Output::Answered { ticket: held.ticket, said });
    }

    /// An outcome arrives that no performer would report.
    pub(crate) fn take_foreign(&mut self, outcome: AttemptEnded) {
        let said = self.step(execution::Ask::EndAttempt(outcome).into(), SYSTEM, Source::Effect);
        self.probe(&said);
        self.tell_refused(said);
    }

    /// Late and repeated outcomes are refused: the first one counts. Only who reads along hears of it.
    fn tell_refused(&mut self, said: Result<Accepted, Refusal>) {
        if let Some(refusal) = said.err().filter(|_| self.is_read_along) {
            self.outputs.push(Output::Refused(refusal));
        }
    }

    /// An outcome arrives.
    pub(crate) fn take_outcome(&mut self, mut outcome: AttemptEnded) {
        self.performer.forget(outcome.request);
        let stop = match effect(&self.world, outcome.request) {
            Some(Effect::Perform(performance)) => performance.stop,
            Some(Effect::DestroyKey(_)) | None => None,
        };
        if let (Ending::Cancelled, Some(reason)) = (outcome.ending, stop) {
            outcome.ending = ending_of(reason);
        }
        let said = self.step(execution::Ask::EndAttempt(outcome).into(), SYSTEM, Source::Effect);
        self.probe(&said);
        self.tell_refused(said);
    }

    /// A key is destroyed.
    pub(crate) fn take_destroyed(&mut self, erased: Erased) {
        self.performer.forget_destroying(erased.request);
        let said = self.step(subjects::Ask::EndErasure(erased).into(), SYSTEM, Source::Effect);
        self.probe(&said);
        self.tell_refused(said);
    }

    /// A sign of life arrives. The attempt may have ended meanwhile.
    pub(crate) fn take_progress(&mut self, input: execution::Ask) {
        let said = self.step(input.into(), SYSTEM, Source::Effect);
        self.probe(&said);
    }

    pub(crate) fn probe(&mut self, said: &Result<Accepted, Refusal>) {
        if let Some(probe) = probe::of_answer(said) {
            self.probes.count(probe);
        }
    }

    /// The loop goes round once. Returns whether it goes on.
    pub(crate) fn turn(&mut self) -> bool {
        self.fire_timers();
        self.perform_durable();
        if self.flights.is_empty() {
            self.submit();
        }
        self.failure.is_none()
    }

    fn fire_timers(&mut self) {
        for _ in 0..TIMERS_PER_ROUND {
            let Some(wake) = self.world.next_wake() else { return };
            if !self.world.owes_work() && wake.at > self.time() {
                return;
            }
            if self.step(governance::Ask::FireTimer.into(), SYSTEM, Source::Timer).is_err() {
                return;
            }
        }
    }

    /// Performs what is requested at or below the durable mark.
    fn perform_durable(&mut self) {
        let mark = match self.plant {
            Plant::EffectBeforeDurability => self.log.writer.next_sequence(),
            Plant::Nothing | Plant::LostWakeup | Plant::DoubleOutcome | Plant::AnswerAfterFailure => {
                self.log.writer.durable_next_sequence()
            }
        };
        while let Some((_, request)) = self.called_for.pop_front_if(|(record, _)| *record < mark) {
            if self.plant == Plant::LostWakeup && self.strikes() {
                continue;
            }
            let performance = match effect(&self.world, request) {
                Some(Effect::Perform(performance)) => performance,
                Some(Effect::DestroyKey(destruction)) => {
                    if self.performer.begins_to_destroy(request) {
                        self.outputs.push(Output::Destroying(destruction));
                    }
                    continue;
                }
                None => {
                    self.performer.forget(request);
                    continue;
                }
            };
            match self.performer.perform(performance) {
                Performed::Began(effect) => self.outputs.push(Output::Began(effect)),
                Performed::AtOnce(effect, outcome) => {
                    self.outputs.push(Output::Began(effect));
                    self.take_outcome(outcome);
                }
                Performed::Stopping(request) => self.outputs.push(Output::Stopping(request)),
                Performed::NeverRan(outcome) => {
                    self.probes.count(Probe::StoppedUnstarted);
                    self.take_outcome(outcome);
                }
                Performed::Nothing => {}
            }
        }
    }

    /// The time of an input: never earlier than the last, and only what the clock can be believed for.
    pub(crate) fn time(&mut self) -> Micros {
        self.read_clock().0
    }

    /// What the clock says, even when a record is later already.
    pub(crate) fn believed(&mut self) -> Micros {
        let reading = self.read();
        if reading.is_believed { reading.found } else { reading.expected }
    }

    fn read(&mut self) -> Reading {
        let tolerance = self.world.settings().span(Setting::ClockStepMax).to_micros();
        self.clock.read(self.now, tolerance)
    }

    fn read_clock(&mut self) -> (Micros, Option<ClockStepped>) {
        let reading = self.read();
        let time = if reading.is_believed { reading.found } else { reading.expected };
        let stepped = ClockStepped { expected: reading.expected, found: reading.found };
        (time.max(self.world.now()), (!reading.is_believed).then_some(stepped))
    }

    /// Stamps an input, decides it and appends its group to the open block.
    pub(crate) fn step(
        &mut self,
        input: Input,
        principal: PrincipalId,
        source: Source,
    ) -> Result<Accepted, Refusal> {
        let (at, stepped) = self.read_clock();
        if let Some(stepped) = stepped.filter(|_| self.world.clock_state() == ClockState::Steady) {
            let input = governance::Ask::StepClock(stepped).into();
            let _refused = self.step_at(input, SYSTEM, Source::Engine, at).is_err();
        }
        self.step_at(input, principal, source, at)
    }

    fn step_at(
        &mut self,
        input: Input,
        principal: PrincipalId,
        source: Source,
        at: Micros,
    ) -> Result<Accepted, Refusal> {
        let stamp = Stamp { at: at.max(self.world.now()), principal };
        let said = step(&mut self.world, input, stamp, &mut self.group);
        // A refusal that is evidence is recorded too.
        if !self.group.records.is_empty() {
            self.append_group(source);
        }
        said
    }

    /// Appends the group to the open block, in one block whatever happens.
    fn append_group(&mut self, source: Source) {
        let mut records = std::mem::take(&mut self.group.records);
        if !self.log.writer.fits(records.len(), records.len() * RECORD_BYTES_EXPECTED) {
            self.submit();
        }
        if self.world.owes_work() {
            self.probes.count(Probe::GroupFull);
        }
        if self.plant == Plant::DoubleOutcome && self.strikes() {
            Self::record_twice(&mut records);
        }
        self.log.writer.begin_group();
        let shown = if self.is_read_along { records.clone() } else { Vec::new() };
        self.outputs.push(Output::Decided { count: records.len(), records: shown });
        for (place, record) in records.iter().enumerate() {
            self.append(record, if place == 0 { source } else { Source::Engine });
        }
        let last = records[records.len() - 1].sequence;
        self.called_for.extend(self.world.changed_effects().iter().map(|request| (last, *request)));
        self.open.0.append(&mut records);
        self.group.records = records;
        if self.log.writer.open_bytes() >= BLOCK_TARGET_BYTES {
            self.probes.count(Probe::BlockFull);
            self.submit();
        }
    }

    /// Appends one record where the world says that it stands.
    fn append(&mut self, record: &Recorded<Event>, source: Source) {
        self.payload.clear();
        let (kind, kind_version) = codec::encode(&record.event, &mut self.payload);
        let entry = Entry {
            kind,
            kind_version,
            time_us: record.at.0,
            clock_state: self.world.clock_state().number(),
            source: source.number(),
            outcome: record.event.outcome().number(),
            stream: record.stream.0,
            principal: record.principal.0,
            cause: Some(record.cause),
            payload: &self.payload,
        };
        let sequence = self.log.writer.append_at(&entry, record.ordinal);
        assert_eq!(sequence, record.sequence, "invariant: the world and the log count alike");
    }

    /// Folds and appends a record that the core does not decide.
    pub(crate) fn write(&mut self, event: log::Event) {
        let sequence = self.world.next_sequence();
        let record = Recorded {
            sequence,
            group: sequence,
            at: self.time(),
            stream: StreamId::LOG,
            ordinal: self.world.next_log_ordinal(),
            cause: sequence,
            principal: SYSTEM,
            event: Event::from(event),
        };
        evolve(&mut self.world, &record).expect("invariant: a record of the log may follow any record");
        self.group.records.push(record);
        self.append_group(Source::Engine);
    }

    /// Submits the open block.
    pub(crate) fn submit(&mut self) {
        if self.log.writer.open_bytes() == 0 {
            return;
        }
        let (records, answers) = std::mem::take(&mut self.open);
        if !self.flights.is_empty() {
            self.probes.count(Probe::TwoInFlight);
        }
        self.flights.push_back(Flight { records, answers, after: self.world.clone() });
        self.log.writer.submit();
    }

    /// The oldest commit in flight meets its fate, and so do the answers that wait for it.
    pub(crate) fn land(&mut self, fate: Fate) {
        let Some(flight) = self.flights.pop_front() else { return };
        let fault = match fate {
            Fate::Durable => Fault::None,
            Fate::Failed => Fault::FailedNotPersisted,
            Fate::UnknownLost => Fault::UnknownNotPersisted,
            Fate::UnknownKept => Fault::UnknownPersisted,
        };
        let had_failed = self.failure.is_some();
        self.log.writer.storage_mut().step(fault);
        let completion = self.log.completions.try_recv();
        let completion = completion.expect("invariant: every commit in flight is with the twin");
        let Flight { records, answers, after } = flight;
        if completion.outcome == Outcome::Durable {
            self.persisted.0 = after;
            self.outputs.push(Output::Durable { records, chain: completion.chain });
        } else {
            self.failure.get_or_insert(completion.outcome.clone());
            // After one failure the twin keeps nothing more, whatever the fate.
            if fate == Fate::UnknownKept && !had_failed {
                self.persisted.0 = after;
                self.persisted.1.extend(records);
            }
        }
        answers.into_iter().for_each(|held| self.say(held, &completion.outcome));
    }

    /// Whoever waits for an answer that will never come.
    pub(crate) fn unanswered(&mut self) -> Vec<u64> {
        let in_flight = self.flights.iter_mut().map(|flight| std::mem::take(&mut flight.answers));
        let waiting = in_flight.chain([std::mem::take(&mut self.open.1)]);
        waiting.flatten().map(|held| held.ticket).collect()
    }

    /// What ends with this life and was never durable.
    pub(crate) fn count_losses(&mut self) {
        if !self.open.0.is_empty() {
            self.probes.count(Probe::OpenBlockLost);
        }
        if !self.flights.is_empty() {
            self.probes.count(Probe::FlightLost);
        }
    }

    fn strikes(&mut self) -> bool {
        self.chances += 1;
        self.chances.is_multiple_of(STRIKES_EVERY)
    }

    /// The planted bug: what should follow from the end of an attempt is recorded as that end again.
    fn record_twice(records: &mut [Recorded<Event>]) {
        if let [first, second, ..] = records
            && matches!(first.event, Event::Execution(ExecutionEvent::AttemptEnded(_)))
        {
            second.event = first.event.clone();
        }
    }
}
