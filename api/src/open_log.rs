//! A log open for appending from the command line.

use crate::clock;
use crate::failure::Failure;
use crate::key_file;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use triad_event::{ClockState, Event, Outcome, Source};
use triad_log::directory::LogDirectory;
use triad_log::salt::Salts;
use triad_log::storage::{Completion, Outcome as CommitOutcome};
use triad_log::writer::{Entry, LogWriter, Start};
use triad_log::{BLOCK_TARGET_BYTES, FjallStorage, Opened};
use triad_proof::KeyStatement;

/// Writes records and waits until they are durable.
pub(crate) struct OpenLog {
    writer: LogWriter<FjallStorage>,
    completions: Receiver<Completion>,
    in_flight: u64,
    payload: Vec<u8>,
    _directory: LogDirectory,
}

impl OpenLog {
    /// Opens an existing log; a torn tail that was dropped is recorded first.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let opened = LogDirectory::open(path)?;
        let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
        let key = key_file::load(path, &head.statement.verifying_key).map_err(Failure::refused)?;
        let dropped = opened.dropped;
        let start = (head.log_id, head.node, head.statement.epoch);
        let mut log = Self::start(opened, start, None, key)?;
        if let Some(dropped) = dropped {
            log.append_group(&[triad_event::log::TailDropped {
                after_sequence: dropped.after_sequence,
                dropped_bytes: dropped.bytes,
            }
            .into()])?;
        }
        Ok(log)
    }

    /// Starts writing where an opening ended.
    pub(crate) fn start(
        opened: Opened,
        (log_id, node, key_epoch): ([u8; 16], [u8; 16], u32),
        statement: Option<KeyStatement>,
        key: ed25519_dalek::SigningKey,
    ) -> Result<Self, Failure> {
        let (sender, completions) = channel();
        let position = opened.position.clone();
        let sink = Box::new(move |completion| drop(sender.send(completion)));
        let (storage, directory) = opened.start(log_id, sink).map_err(Failure::machine)?;
        let start = Start {
            log_id,
            node,
            position,
            key_epoch,
            statement,
            sign: key_file::signer(key),
            nv_counter: 0,
            salts: Salts::system(),
            durable: storage.durable(),
        };
        let writer = LogWriter::new(start, storage);
        Ok(Self { writer, completions, in_flight: 0, payload: Vec::new(), _directory: directory })
    }

    /// Appends events of the log's own stream as one group and returns its first sequence.
    pub(crate) fn append_group(&mut self, events: &[Event]) -> Result<u64, Failure> {
        let first = self.writer.begin_group();
        let time_us = clock::now_us();
        for event in events {
            self.payload.clear();
            let (kind, kind_version) = triad_event::codec::encode(event, &mut self.payload);
            self.writer.append(&Entry {
                kind,
                kind_version,
                time_us,
                clock_state: ClockState::Steady.number(),
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

    fn submit(&mut self) {
        self.in_flight += u64::from(self.writer.submit().is_some());
    }

    /// Waits until everything appended is durable.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.submit();
        while self.in_flight > 0 {
            let completion = self.completions.recv().map_err(Failure::machine)?;
            self.in_flight -= 1;
            match completion.outcome {
                CommitOutcome::Durable => {}
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

    /// Ends cleanly.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.flush()?;
        self.writer.into_storage().close().map_err(Failure::machine)
    }
}
