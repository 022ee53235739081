//! The TPM that keeps the log's key, as the run loop uses it: blocks state its counter, and it attests checkpoints.
//!
//! A TPM is slow, so the loop never waits for it while it runs: questions go to a thread of the runtime, and what comes
//! back is a message like any other. Only stopping waits.

use crate::mailbox::{Mail, Waiting};
use std::sync::mpsc::Sender;
use tokio::runtime::Handle;
use triad_event::log::{CheckpointAttested, Occasion, QuotedRegister};
use triad_keys::{Hardware, HardwareError};
use triad_proof::checkpoint::Checkpoint;
use triad_proof::quote::{Attested, Quote};
use triad_proof::{LogId, with_causes};

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
    runtime: Handle,
    mailbox: Sender<Mail>,
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

impl Keeper {
    pub(crate) fn new(key: KeyInHardware, runtime: Handle, mailbox: Sender<Mail>) -> Self {
        let KeyInHardware { hardware, report } = key;
        Self { hardware, report, runtime, mailbox }
    }

    /// Asks without waiting; the answer is a message.
    pub(crate) fn attest(&self, about: Attested, occasion: Occasion, waiting: Waiting) {
        let (hardware, mailbox) = (self.hardware.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            let event = attest(&hardware, about, occasion);
            let _ended = mailbox.send(Mail::Attested { event, waiting }).is_err();
        });
    }

    pub(crate) fn attest_now(
        &self,
        about: Attested,
        occasion: Occasion,
    ) -> Result<CheckpointAttested, HardwareError> {
        attest(&self.hardware, about, occasion)
    }

    /// Has the TPM count without waiting; whether it did is a message.
    pub(crate) fn advance(&self, to: u64) {
        let (hardware, mailbox) = (self.hardware.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            let advanced = hardware.advance(to);
            let _ended = mailbox.send(Mail::Advanced(advanced)).is_err();
        });
    }

    /// Tells of a failure that stops nothing, and returns it in words.
    pub(crate) fn report(&self, error: &HardwareError) -> String {
        let text = with_causes(error);
        (self.report)(&text);
        text
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
