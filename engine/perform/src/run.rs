//! The loop: one thread owns the world.

use crate::clock::{Clock, Reading};
use crate::flight::{Answers, Flights};
use crate::hardware::{AttestedKey, Keeper};
use crate::mailbox::{Answer, AskError, Asker, Message, Reply, Status};
use crate::performer::{Performed, Performer, ending_of};
use crate::poison::Poison;
use crate::snapshot_file::Snapshots;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use triad_decide::{
    Accepted, Effect, Group, Input, Refusal, Stamp, World, effect, execution, governance, step, subjects,
};
use triad_event::execution::Ending;
use triad_event::governance::{ClockStepped, Setting};
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::subjects::Erased;
use triad_event::{Ask, ClockState, Event, Recorded, Source, codec};
use triad_log::storage::{Attachment, Outcome};
use triad_log::writer::{Entry, LogWriter};
use triad_log::{BLOCK_TARGET_BYTES, FjallStorage};

/// Messages handled before the open block is looked at again.
const MESSAGES_PER_ROUND: usize = 1024;
/// Longest sleep: a bound on how late a wall clock that jumped is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// After being asked to stop, how long processes may take to end.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// Timers fired in one round; the rest follow in the next, so that questions are answered in between.
const TIMERS_PER_ROUND: usize = 64;

/// The engine's own inputs.
const SYSTEM: PrincipalId = PrincipalId::ZERO;

/// Everything that the loop owns.
pub(crate) struct Loop {
    pub(crate) world: World,
    pub(crate) writer: LogWriter<FjallStorage>,
    pub(crate) clock: Clock,
    pub(crate) mailbox: Receiver<Message>,
    pub(crate) flights: Flights,
    pub(crate) performer: Performer,
    pub(crate) snapshots: Snapshots,
    pub(crate) poison: Poison,
    pub(crate) group: Group,
    pub(crate) answers: Answers,
    /// Effects that wait for the durable mark, in log order: the record that calls for one, and its request.
    pub(crate) called_for: VecDeque<(u64, u64)>,
    pub(crate) payload: Vec<u8>,
    pub(crate) stopping: bool,
    /// Why content is not sealed or erased as it should be.
    pub(crate) vault_failure: Option<String>,
    /// The TPM that keeps the log's key, when one does.
    pub(crate) keeper: Option<Keeper>,
    /// The log and its key, for attestations.
    pub(crate) attested_key: AttestedKey,
}

/// Why the loop ended other than by being asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoopError {
    /// A commit failed or its fate is unknown.
    #[error("the log could not be written ({0}): restart to find out what is durable")]
    Commit(String),
    /// The core panicked; the stream and the input were noted beside the log.
    #[error(
        "the core panicked on an input of stream {stream} ({input}); a second time sets that stream aside"
    )]
    Panicked {
        /// The stream.
        stream: StreamId,
        /// The kind of input.
        input: String,
    },
}

impl Loop {
    /// Runs until it is asked to stop, or fails.
    pub(crate) fn run(mut self) -> Result<LogWriter<FjallStorage>, LoopError> {
        while !self.stopping {
            self.wait()?;
            self.fire_timers()?;
            self.perform_durable()?;
            self.performer.sweep_when_due(self.world.now());
            self.advance_counter();
            self.submit_if_idle();
            self.snapshots.maybe_begin(&self.world);
            if let Some(failure) = self.flights.failure() {
                return Err(LoopError::Commit(describe(failure)));
            }
        }
        self.finish()
    }

    /// Takes what is there, or sleeps until something is due.
    fn wait(&mut self) -> Result<(), LoopError> {
        let sleep = self.sleep();
        match self.mailbox.recv_timeout(sleep) {
            Ok(message) => self.handle(message)?,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => self.stopping = true,
        }
        for _ in 0..MESSAGES_PER_ROUND {
            let Ok(message) = self.mailbox.try_recv() else { break };
            self.handle(message)?;
        }
        Ok(())
    }

    fn sleep(&mut self) -> Duration {
        let Some(wake) = self.world.next_wake() else { return SLEEP_MAX };
        let until = wake.at.0.saturating_sub(self.time().0);
        Duration::from_micros(u64::try_from(until).unwrap_or(0)).min(SLEEP_MAX)
    }

    fn handle(&mut self, message: Message) -> Result<(), LoopError> {
        match message {
            Message::Ask { input, attachments, by, reply } => self.answer(input, attachments, by, reply)?,
            Message::Outcome(outcome) => self.take_outcome(outcome)?,
            Message::Progress(progress) => {
                let input = execution::Ask::ReportProgress(progress).into();
                // The attempt may have ended meanwhile.
                let _late = self.step(input, SYSTEM, Source::Effect)?.is_err();
            }
            Message::KeyDestroyed(erased) => self.take_erasure(erased)?,
            Message::VaultFailed(why) => self.vault_failure = Some(why),
            Message::Durable => {}
            Message::SnapshotWritten(taken) => {
                self.snapshots.written();
                if let Some(taken) = taken {
                    let input = governance::Ask::RecordSnapshot(taken).into();
                    let _refused = self.step(input, SYSTEM, Source::Engine)?.is_err();
                }
            }
            Message::Status(to) => {
                let _left = to.send(self.status()).is_err();
            }
            Message::Attest { about, occasion, waiting } => {
                self.ask_attestation(about, occasion, Some(waiting))
            }
            // What the log ends with attests all that was before.
            Message::Attested(_) if self.stopping => {}
            Message::Attested(told) => self.take_attestation(told),
            Message::Advanced(advanced) => self.take_advanced(advanced),
            Message::Stop => self.stopping = true,
        }
        Ok(())
    }

    fn status(&self) -> Status {
        Status {
            alive: self.world.alive(),
            attempts_running: self.world.attempts_running(),
            clock_state: self.world.clock_state(),
            settings: self.world.settings().clone(),
            vault_failure: self.vault_failure.clone(),
        }
    }

    fn answer(
        &mut self,
        input: Input,
        attachments: Vec<Attachment>,
        by: Asker,
        reply: Reply,
    ) -> Result<(), LoopError> {
        if self.stopping {
            reply.send(Err(AskError::Stopped));
            return Ok(());
        }
        let accepts_clock = matches!(input.ask, Ask::Governance(governance::Ask::AcceptClock(_)));
        let before = self.world.next_sequence();
        let said = self.step_with(input, attachments, by.principal, by.source)?;
        if accepts_clock && said.is_ok() {
            self.clock.accept();
        }
        let last = self.world.next_sequence().saturating_sub(1);
        let sequence = if self.world.next_sequence() > before { before } else { last };
        let answer = Answer { reply: said, sequence, observed_sequence: last };
        self.hold(reply, answer);
        Ok(())
    }

    /// Holds an answer until everything that it observed is durable.
    fn hold(&mut self, reply: Reply, answer: Answer) {
        if self.writer.open_bytes() > 0 {
            self.answers.push((reply, answer));
        } else if let Some((reply, answer)) = self.flights.join(reply, answer) {
            reply.send(Ok(answer));
        }
    }

    fn take_outcome(&mut self, performed: Performed) -> Result<(), LoopError> {
        let Performed { ended: mut outcome, attachments, not_kept } = performed;
        self.performer.forget(outcome.request);
        if not_kept.is_some() {
            self.vault_failure = not_kept;
        }
        if self.stopping {
            return Ok(());
        }
        let stop = match effect(&self.world, outcome.request) {
            Some(Effect::Perform(performance)) => performance.stop,
            Some(Effect::DestroyKey(_)) | None => None,
        };
        if let (Ending::Cancelled, Some(reason)) = (outcome.ending, stop) {
            outcome.ending = ending_of(reason);
        }
        let input = execution::Ask::EndAttempt(outcome).into();
        // Late and repeated outcomes are refused: the first one counts.
        let _late = self.step_with(input, attachments, SYSTEM, Source::Effect)?.is_err();
        Ok(())
    }

    fn take_erasure(&mut self, erased: Erased) -> Result<(), LoopError> {
        let now = self.time();
        let rows = self.performer.erased_rows(&erased, now);
        let input = subjects::Ask::EndErasure(erased).into();
        // It may have been destroyed twice: after a restart it is owed until it is recorded.
        let _late = self.step_with(input, rows, SYSTEM, Source::Effect)?.is_err();
        Ok(())
    }

    fn fire_timers(&mut self) -> Result<(), LoopError> {
        for _ in 0..TIMERS_PER_ROUND {
            let Some(wake) = self.world.next_wake() else { return Ok(()) };
            if !self.world.owes_work() && wake.at > self.time() {
                return Ok(());
            }
            if self.step(governance::Ask::FireTimer.into(), SYSTEM, Source::Timer)?.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Performs what is requested at or below the durable mark.
    fn perform_durable(&mut self) -> Result<(), LoopError> {
        let durable = self.writer.durable_next_sequence();
        while let Some((_, request)) = self.called_for.pop_front_if(|(record, _)| *record < durable) {
            self.perform(request)?;
        }
        Ok(())
    }

    fn perform(&mut self, request: u64) -> Result<(), LoopError> {
        let outcome = match effect(&self.world, request) {
            Some(Effect::Perform(performance)) => self.performer.perform(performance),
            Some(Effect::DestroyKey(destruction)) => {
                self.performer.erase(destruction);
                None
            }
            None => {
                self.performer.forget(request);
                None
            }
        };
        match outcome {
            Some(outcome) => self.take_outcome(outcome.into()),
            None => Ok(()),
        }
    }

    /// The time of an input: never earlier than the last, and only what the clock can be believed for.
    pub(crate) fn time(&mut self) -> Micros {
        self.read_clock().0
    }

    fn read_clock(&mut self) -> (Micros, Option<ClockStepped>) {
        let tolerance = Duration::from_millis(self.world.settings().span(Setting::ClockStepMax).0);
        let Reading { expected, found } = self.clock.read(tolerance);
        let believed = u128::from(found.0.abs_diff(expected.0)) <= tolerance.as_micros();
        let time = if believed { found } else { expected };
        let stepped = (!believed).then_some(ClockStepped { expected, found });
        (time.max(self.world.now()), stepped)
    }

    /// Stamps an input, decides it and appends its group to the open block.
    pub(crate) fn step(
        &mut self,
        input: Input,
        principal: PrincipalId,
        source: Source,
    ) -> Result<Result<Accepted, Refusal>, LoopError> {
        self.step_with(input, Vec::new(), principal, source)
    }

    /// The same with what becomes durable together with the group, if the input is accepted.
    fn step_with(
        &mut self,
        input: Input,
        attachments: Vec<Attachment>,
        principal: PrincipalId,
        source: Source,
    ) -> Result<Result<Accepted, Refusal>, LoopError> {
        let (at, stepped) = self.read_clock();
        if let Some(stepped) = stepped.filter(|_| self.world.clock_state() == ClockState::Steady) {
            let input = governance::Ask::StepClock(stepped).into();
            let _refused = self.step_at(input, Vec::new(), SYSTEM, Source::Engine, at)?.is_err();
        }
        self.step_at(input, attachments, principal, source, at)
    }

    fn step_at(
        &mut self,
        input: Input,
        attachments: Vec<Attachment>,
        principal: PrincipalId,
        source: Source,
        at: Micros,
    ) -> Result<Result<Accepted, Refusal>, LoopError> {
        let kind = input.ask.domain().name();
        let at = at.max(self.world.now());
        let stamp = Stamp { at, principal };
        let (world, group) = (&mut self.world, &mut self.group);
        let Ok(said) = catch_unwind(AssertUnwindSafe(|| step(world, input, stamp, group))) else {
            return Err(self.panicked(self.world.deciding(), kind));
        };
        // A refusal that is evidence is recorded too, but nothing that it would have needed.
        self.append(source, if said.is_ok() { attachments } else { Vec::new() });
        Ok(said)
    }

    fn panicked(&mut self, stream: StreamId, kind: &str) -> LoopError {
        let noted = self.poison.note(stream, kind);
        let input = noted
            .map_or_else(|error| format!("{kind}, and it could not be noted: {error}"), |()| kind.to_owned());
        LoopError::Panicked { stream, input }
    }

    /// Appends the group to the open block, in one block whatever happens.
    fn append(&mut self, source: Source, attachments: Vec<Attachment>) {
        if self.group.records.is_empty() {
            return;
        }
        let bytes = self.group.records.len() * GROUP_RECORD_BYTES_EXPECTED;
        if !self.writer.fits(self.group.records.len(), bytes) {
            self.submit();
        }
        self.writer.begin_group();
        let records = std::mem::take(&mut self.group.records);
        for (place, record) in records.iter().enumerate() {
            let source = if place == 0 { source } else { Source::Engine };
            append(&mut self.writer, &mut self.payload, record, self.world.clock_state(), source);
        }
        let last = records[records.len() - 1].sequence;
        self.called_for.extend(self.world.changed_effects().iter().map(|request| (last, *request)));
        self.group.records = records;
        for (key, value) in attachments {
            self.writer.attach(key, value);
        }
        if self.writer.open_bytes() >= BLOCK_TARGET_BYTES {
            self.submit();
        }
    }

    fn submit_if_idle(&mut self) {
        if self.flights.count() == 0 {
            self.submit();
        }
    }

    fn submit(&mut self) {
        if self.writer.open_bytes() == 0 {
            return;
        }
        self.flights.take_off(std::mem::take(&mut self.answers));
        self.state_counter();
        self.writer.submit();
    }

    /// Makes what was decided durable and ends what runs. Its attempts stay owed: the next start performs them again.
    fn finish(mut self) -> Result<LogWriter<FjallStorage>, LoopError> {
        self.performer.end_all();
        self.submit();
        if self.settle()? && self.attest_the_end() {
            self.submit();
            if self.settle()? {
                self.count_the_end();
            }
        }
        match self.flights.failure() {
            Some(failure) => Err(LoopError::Commit(describe(failure))),
            None => Ok(self.writer),
        }
    }
}

impl Loop {
    /// Waits until everything is durable, nothing runs and nothing is counted; true when it came to that.
    fn settle(&mut self) -> Result<bool, LoopError> {
        let mut patience = STOP_GRACE;
        let pause = Duration::from_millis(20);
        while !self.is_settled() && !patience.is_zero() {
            match self.mailbox.recv_timeout(pause) {
                Ok(message) => self.handle(message)?,
                Err(_) => patience = patience.saturating_sub(pause),
            }
            self.advance_counter();
        }
        Ok(self.is_settled() && self.flights.failure().is_none())
    }

    fn is_settled(&self) -> bool {
        self.flights.count() == 0 && self.performer.running() == 0 && !self.is_counting()
    }
}

/// Bytes of a record's payload that a group is expected to have at most, on average; the block's own limit is
/// far above.
const GROUP_RECORD_BYTES_EXPECTED: usize = 8 * 1024;

/// Appends one record where the world says that it stands.
pub(crate) fn append(
    writer: &mut LogWriter<FjallStorage>,
    payload: &mut Vec<u8>,
    record: &Recorded<Event>,
    clock_state: ClockState,
    source: Source,
) {
    payload.clear();
    let (kind, kind_version) = codec::encode(&record.event, payload);
    let entry = Entry {
        kind,
        kind_version,
        time_us: record.at.0,
        clock_state: clock_state.number(),
        source: source.number(),
        outcome: record.event.outcome().number(),
        stream: record.stream.0,
        principal: record.principal.0,
        cause: Some(record.cause),
        payload: &payload,
    };
    let sequence = writer.append_at(&entry, record.ordinal);
    assert_eq!(sequence, record.sequence, "invariant: the world and the log count alike");
}

fn describe(failure: Outcome) -> String {
    match failure {
        Outcome::Durable => "no failure".to_owned(),
        Outcome::Failed(why) | Outcome::Unknown(why) => why,
    }
}
