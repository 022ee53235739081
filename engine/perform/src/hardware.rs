//! The TPM that keeps the log's key, as the run loop uses it: blocks state its counter, and it attests checkpoints.
//!
//! A TPM is slow, so the loop never waits for it while it runs: questions go to a thread of the runtime, and what comes
//! back is a message like any other. Only stopping waits.

use crate::clock::monotonic;
use crate::mailbox::Message;
use crate::run::{Loop, append};
use std::sync::mpsc::Sender;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use triad_decide::evolve;
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::log::{self, CheckpointAttested, Occasion, QuotedRegister};
use triad_event::{Event, Recorded, Source};
use triad_keys::{Hardware, HardwareError, Pace};
use triad_proof::LogId;
use triad_proof::checkpoint::Checkpoint;
use triad_proof::quote::{Attested, Quote};

/// What the engine is told about the key that signs for it.
pub struct KeyInHardware {
    /// The TPM.
    pub hardware: Hardware,
    /// Where failures go that stop nothing: a TPM that does not answer, or counts otherwise than it should.
    pub report: Box<dyn Fn(&str) + Send>,
}

/// The TPM beside the loop.
pub(crate) struct Keeper {
    hardware: Hardware,
    report: Box<dyn Fn(&str) + Send>,
    pace: Pace,
    began: Instant,
    runtime: Handle,
    mailbox: Sender<Message>,
}

/// What a TPM said, on its way to the loop.
pub(crate) struct Told {
    event: Result<CheckpointAttested, HardwareError>,
    waiting: Waiting,
}

/// The log and the key that signs it now: what every attestation names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttestedKey {
    pub(crate) log_id: LogId,
    pub(crate) verifying_key: [u8; 32],
    pub(crate) key_epoch: u32,
}

impl AttestedKey {
    pub(crate) fn at(self, checkpoint: Checkpoint) -> Attested {
        let Self { log_id, verifying_key, key_epoch } = self;
        Attested { log_id, checkpoint, verifying_key, key_epoch }
    }
}

/// Who waits for an attestation to be recorded.
type Waiting = Option<oneshot::Sender<Result<u64, String>>>;

impl Keeper {
    pub(crate) fn new(key: KeyInHardware, runtime: Handle, mailbox: Sender<Message>) -> Self {
        let KeyInHardware { hardware, report } = key;
        let pace = Pace::new(hardware.counted());
        Self { hardware, report, pace, began: monotonic(), runtime, mailbox }
    }

    /// Asks without waiting; the answer is a message.
    fn attest(&self, about: Attested, occasion: Occasion, waiting: Waiting) {
        let (hardware, mailbox) = (self.hardware.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            let event = attest(&hardware, about, occasion);
            let _ended = mailbox.send(Message::Attested(Told { event, waiting })).is_err();
        });
    }

    fn advance(&self, to: u64) {
        let (hardware, mailbox) = (self.hardware.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            let advanced = hardware.advance(to);
            let _ended = mailbox.send(Message::Advanced(advanced)).is_err();
        });
    }
}

/// Has the TPM attest, and makes an event of it.
pub fn attest(
    hardware: &Hardware,
    about: Attested,
    occasion: Occasion,
) -> Result<CheckpointAttested, HardwareError> {
    let Quote { attestation_key, attest, signature, registers } = hardware.attest(&about)?;
    let quoted = |register: triad_proof::quote::Register| QuotedRegister {
        index: register.index,
        value: register.value,
    };
    Ok(CheckpointAttested {
        occasion,
        size: about.checkpoint.size,
        root: about.checkpoint.root,
        key_epoch: about.key_epoch,
        verifying_key: about.verifying_key,
        attestation_key,
        attest,
        signature,
        registers: registers.into_iter().map(quoted).collect(),
    })
}

impl Loop {
    /// Asks for an attestation of a durable checkpoint. Without hardware there is nothing to ask.
    pub(crate) fn ask_attestation(&mut self, about: Attested, occasion: Occasion, waiting: Waiting) {
        match &self.keeper {
            Some(keeper) => keeper.attest(about, occasion, waiting),
            None => drop(waiting),
        }
    }

    /// Records what the TPM said.
    pub(crate) fn take_attestation(&mut self, told: Told) {
        let recorded = match told.event {
            Ok(event) => Ok(self.write(log::Event::CheckpointAttested(event))),
            Err(error) => Err(self.report_failure(&error)),
        };
        // Whoever asked may have gone; the record stands all the same.
        let _left = told.waiting.is_some_and(|waiting| waiting.send(recorded).is_err());
    }

    /// What the block that is about to be submitted states.
    pub(crate) fn state_counter(&mut self) {
        let Some(keeper) = &mut self.keeper else { return };
        let now = monotonic() - keeper.began;
        let stated = keeper.pace.state(self.writer.next_sequence() - 1, now);
        self.writer.state_counter(stated);
    }

    /// Has the TPM count what is durable.
    pub(crate) fn advance_counter(&mut self) {
        let durable = self.writer.durable_next_sequence();
        let Some(keeper) = &mut self.keeper else { return };
        if let Some(to) = keeper.pace.due(durable) {
            keeper.advance(to);
        }
    }

    pub(crate) fn take_advanced(&mut self, advanced: Result<(), HardwareError>) {
        match advanced {
            Ok(()) => {
                if let Some(keeper) = &mut self.keeper {
                    keeper.pace.advanced();
                }
            }
            // The log is one ahead of the TPM until the next start, which makes that good.
            Err(error) => {
                if let Some(keeper) = &mut self.keeper {
                    keeper.pace.failed();
                }
                self.report_failure(&error);
            }
        }
    }

    /// Whether the TPM is about to count, or does.
    pub(crate) fn is_counting(&self) -> bool {
        self.keeper.as_ref().is_some_and(|keeper| keeper.pace.is_counting())
    }

    /// The last attestation and the last count of a life, when everything before is durable. True when there is a block
    /// more to wait for.
    pub(crate) fn attest_the_end(&mut self) -> bool {
        let Some(keeper) = &mut self.keeper else { return false };
        let about = self.attested_key.at(self.writer.checkpoint());
        match attest(&keeper.hardware, about, Occasion::Stopped) {
            Ok(event) => {
                keeper.pace.want();
                self.write(log::Event::CheckpointAttested(event));
                true
            }
            Err(error) => {
                self.report_failure(&error);
                false
            }
        }
    }

    /// Has the TPM count the last block, and waits for it.
    pub(crate) fn count_the_end(&mut self) {
        let durable = self.writer.durable_next_sequence();
        let Some(keeper) = &mut self.keeper else { return };
        let Some(to) = keeper.pace.due(durable) else { return };
        let advanced = keeper.hardware.advance(to);
        self.take_advanced(advanced);
    }

    fn report_failure(&self, error: &HardwareError) -> String {
        let text = with_causes(error);
        if let Some(keeper) = &self.keeper {
            (keeper.report)(&text);
        }
        text
    }

    /// Folds and appends a record that the core does not decide; returns its sequence.
    pub(crate) fn write(&mut self, event: log::Event) -> u64 {
        let sequence = self.world.next_sequence();
        let record = Recorded {
            sequence,
            group: sequence,
            at: self.time(),
            stream: StreamId::LOG,
            ordinal: self.world.next_log_ordinal(),
            cause: sequence,
            principal: PrincipalId::ZERO,
            event: Event::from(event),
        };
        evolve(&mut self.world, &record).expect("invariant: a record of the log may follow any record");
        self.writer.begin_group();
        let clock_state = self.world.clock_state();
        append(&mut self.writer, &mut self.payload, &record, clock_state, Source::Engine);
        sequence
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
