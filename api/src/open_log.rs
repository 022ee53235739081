//! A log open for appending from the command line.

use crate::clock;
use crate::failure::Failure;
use crate::signing;
use crate::unlock::Unlocking;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use triad_event::governance::Setting;
use triad_event::log::Occasion;
use triad_event::{ClockState, Event, Outcome, Source};
use triad_keys::{Hardware, LogKey, Pace};
use triad_log::directory::{Dropped, LogDirectory};
use triad_log::salt::Salts;
use triad_log::storage::{Completion, Outcome as CommitOutcome};
use triad_log::writer::{Entry, LogWriter, Start};
use triad_log::{BLOCK_TARGET_BYTES, FjallStorage, Opened};
use triad_perform::hardware::attest;
use triad_proof::quote::Attested;
use triad_proof::{KeyStatement, LogId, with_causes};

/// By how much the clock may be behind the last record: as much as the engine takes for a correction.
const CLOCK_BEHIND_MAX_US: i64 = Setting::ClockStepMax.default_value() * 1_000;

/// Writes records and waits until they are durable.
pub(crate) struct OpenLog {
    writer: LogWriter<FjallStorage>,
    completions: Receiver<Completion>,
    in_flight: u64,
    payload: Vec<u8>,
    keeper: Keeper,
    /// As of the last record.
    clock_state: ClockState,
    /// Where the log ended after the newest attestation: closing there needs no other one.
    attested_end: u64,
    _directory: LogDirectory,
}

/// The key, and what its hardware is told.
struct Keeper {
    log_id: LogId,
    key_epoch: u32,
    key: Arc<LogKey>,
    /// None when no hardware keeps the key.
    pace: Option<Pace>,
    began: tokio::time::Instant,
}

impl Keeper {
    /// Has the TPM count what is durable. What it does not count, the next opening makes good.
    fn count(&mut self, durable_next: u64) {
        let (Some(pace), Some(hardware)) = (&mut self.pace, self.key.hardware()) else { return };
        let Some(to) = pace.due(durable_next) else { return };
        match hardware.advance(to) {
            Ok(()) => pace.advanced(),
            Err(error) => {
                pace.failed();
                tracing::warn!("{}", with_causes(&error));
            }
        }
    }
}

impl OpenLog {
    /// Opens an existing log that lies where it was last written; a torn tail that was dropped is recorded first.
    pub(crate) fn open(path: &Path, unlocking: &Unlocking) -> Result<Self, Failure> {
        let opened = LogDirectory::open(path)?;
        opened.check_place()?;
        Self::go_on(opened, unlocking)
    }

    /// The same wherever it lies, for what an operator does to that very directory.
    pub(crate) fn open_anywhere(path: &Path, unlocking: &Unlocking) -> Result<Self, Failure> {
        Self::go_on(LogDirectory::open(path)?, unlocking)
    }

    fn go_on(opened: Opened, unlocking: &Unlocking) -> Result<Self, Failure> {
        let path = &opened.path().to_owned();
        let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
        let key = signing::open(path, &head, unlocking)?;
        let dropped = opened.dropped;
        let start = (head.log_id, head.node, head.statement.epoch);
        let mut log = Self::start(opened, start, None, key)?;
        log.record_dropped(dropped)?;
        Ok(log)
    }

    /// Records what an opening after an unclean stop found torn.
    pub(crate) fn record_dropped(&mut self, dropped: Option<Dropped>) -> Result<(), Failure> {
        let Some(dropped) = dropped else { return Ok(()) };
        self.append_group(&[triad_event::log::TailDropped {
            after_sequence: dropped.after_sequence,
            dropped_bytes: dropped.bytes,
        }
        .into()])?;
        Ok(())
    }

    /// Starts writing where an opening ended.
    pub(crate) fn start(
        opened: Opened,
        (log_id, node, key_epoch): ([u8; 16], [u8; 16], u32),
        statement: Option<KeyStatement>,
        key: Arc<LogKey>,
    ) -> Result<Self, Failure> {
        let (sender, completions) = channel();
        let position = opened.position.clone();
        let clock_state = opened.head.as_ref().and_then(|head| ClockState::from_number(head.clock_state));
        let sink = Box::new(move |completion| drop(sender.send(completion)));
        let (storage, directory) = opened.start(log_id, sink).map_err(Failure::machine)?;
        let start = Start {
            log_id,
            node,
            position,
            key_epoch,
            statement,
            sign: signing::signer(Arc::clone(&key)),
            nv_counter: key.hardware().map_or(0, Hardware::counted),
            salts: Salts::system(),
            durable: storage.durable(),
        };
        let writer = LogWriter::new(start, storage);
        let pace = key.hardware().map(|hardware| Pace::new(hardware.counted()));
        let keeper = Keeper { log_id, key_epoch, key, pace, began: clock::monotonic() };
        Ok(Self {
            writer,
            completions,
            in_flight: 0,
            payload: Vec::new(),
            keeper,
            clock_state: clock_state.unwrap_or(ClockState::Steady),
            attested_end: 0,
            _directory: directory,
        })
    }

    /// Appends events of the log's own stream as one group and returns its first sequence.
    pub(crate) fn append_group(&mut self, events: &[Event]) -> Result<u64, Failure> {
        let first = self.writer.begin_group();
        let time_us = self.time_us();
        for event in events {
            self.payload.clear();
            let (kind, kind_version) = triad_event::codec::encode(event, &mut self.payload);
            self.writer.append(&Entry {
                kind,
                kind_version,
                time_us,
                // No clock is read that counts suspension; the engine's next life goes on from here.
                elapsed_us: 0,
                clock_state: self.clock_state.number(),
                source: Source::Operator.number(),
                outcome: Outcome::None.number(),
                stream: [0; 16],
                principal: [0; 16],
                cause: None,
                payload: &self.payload,
            })?;
        }
        if self.writer.open_bytes() >= BLOCK_TARGET_BYTES {
            self.submit();
        }
        Ok(first)
    }

    /// The time of a record: as the wall clock has it, unless that stepped and nobody accepted it. A record of the engine
    /// would say the same of the clock.
    fn time_us(&mut self) -> i64 {
        let (now_us, last_us) = (clock::now_us(), self.writer.last_time_us());
        if self.clock_state == ClockState::Stepped {
            return last_us;
        }
        if now_us > last_us {
            self.clock_state = ClockState::Steady;
        }
        now_us
    }

    /// Refuses to go on when the clock is behind the last record, by more than any correction, and nobody accepted that: a
    /// record would bear a time that no clock shows, and say that its clock is believed.
    pub(crate) fn check_clock(&self) -> Result<(), Failure> {
        let (now_us, last_us) = (clock::now_us(), self.writer.last_time_us());
        if self.clock_state != ClockState::Steady || last_us - now_us <= CLOCK_BEHIND_MAX_US {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "the clock of this machine shows {}, and the last record is of {}: set the clock; or, if it is right, serve the log and accept it (`triad clock accept`). Nothing was appended",
            clock::show(now_us),
            clock::show(last_us)
        )))
    }

    /// Attaches bytes to what is appended next.
    pub(crate) fn attach(&mut self, key: &[u8], value: &[u8]) {
        self.writer.attach(key.to_vec(), value.to_vec());
    }

    fn submit(&mut self) {
        if let Some(pace) = self.keeper.pace.as_mut().filter(|_| self.writer.open_bytes() > 0) {
            let now = clock::monotonic() - self.keeper.began;
            self.writer.state_counter(pace.state(self.writer.next_sequence() - 1, now));
        }
        self.in_flight += u64::from(self.writer.submit().is_some());
    }

    /// Waits until everything appended is durable.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.submit();
        while self.in_flight > 0 {
            let completion = self.completions.recv().map_err(Failure::machine)?;
            self.in_flight -= 1;
            match completion.outcome {
                CommitOutcome::Durable => self.keeper.count(completion.last_sequence + 1),
                CommitOutcome::Failed(why) => {
                    return Err(Failure::machine(format!("nothing was written: {why}")));
                }
                CommitOutcome::Unknown(why) => {
                    let text = format!(
                        "it is not known whether the records were written: {why}; run `triad log head` to find out"
                    );
                    return Err(Failure::machine(text));
                }
            }
        }
        Ok(())
    }

    /// Has the hardware attest the newest checkpoint, and records it; nothing happens without hardware.
    pub(crate) fn attest(&mut self, occasion: Occasion) -> Result<(), Failure> {
        let Keeper { log_id, key_epoch, key, .. } = &self.keeper;
        let Some(hardware) = key.hardware() else { return Ok(()) };
        let about = Attested {
            log_id: *log_id,
            checkpoint: self.writer.checkpoint(),
            verifying_key: key.verifying_key(),
            key_epoch: *key_epoch,
        };
        match attest(hardware, about, occasion) {
            Ok(event) => {
                self.append_group(&[event.into()])?;
                self.attested_end = self.writer.next_sequence();
                self.flush()
            }
            // What was asked for is done and durable; only this evidence is missing.
            Err(error) => {
                tracing::warn!("{}", with_causes(&error));
                Ok(())
            }
        }
    }

    /// Ends cleanly. What hardware keeps the key attests what was written.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.flush()?;
        let ends_attested = self.writer.next_sequence() == self.attested_end;
        if let Some(pace) = self.keeper.pace.as_mut().filter(|_| !ends_attested) {
            pace.want();
            self.attest(Occasion::Stopped)?;
        }
        self.writer.into_storage().close().map_err(Failure::machine)
    }
}
