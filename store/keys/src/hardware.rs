//! The TPM that keeps a log's key: it counts against rollback, and attests.

use crate::registers::Registers;
use crate::tpm::Tpm;
use crate::tpm_error::TpmError;
use triad_proof::LogId;
use triad_proof::key::Protection;
use triad_proof::quote::{Attested, Quote};

/// The TPM of one log. Every call blocks for as long as a TPM takes: a few milliseconds in software, up to a second in
/// a chip.
#[derive(Debug, Clone)]
pub struct Hardware {
    tpm: Tpm,
    counter: u32,
    counted: u64,
    registers: Registers,
}

/// What the counters of a log and its TPM say about each other when they do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CounterFault {
    /// The log is older than the TPM remembers.
    #[error(
        "the log is an older copy: its newest block states counter {log}, the TPM has reached {tpm}. Put the \
         newest copy back; if it is lost, `triad key recover` brings this one on, and the log says so for ever"
    )]
    RolledBack {
        /// What the newest block states.
        log: u64,
        /// What the TPM counts.
        tpm: u64,
    },
    /// The TPM remembers less than the log.
    #[error(
        "the TPM's counter is at {tpm}, but the log has reached {log}: the counter was removed and made anew, or the state \
         of a software TPM was put back. `triad key recover` brings the log on"
    )]
    TpmBehind {
        /// What the newest block states.
        log: u64,
        /// What the TPM counts.
        tpm: u64,
    },
    /// The TPM has no counter of this log.
    #[error(
        "the TPM has no counter of this log, which has reached {log}: it is another TPM, or it was cleared. `triad key \
         recover` brings the log on"
    )]
    Missing {
        /// What the newest block states.
        log: u64,
    },
}

/// Why the hardware of a log could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HardwareError {
    /// The counters do not agree.
    #[error(transparent)]
    Counter(#[from] CounterFault),
    /// The TPM failed.
    #[error("the TPM that keeps the log's key could not be used")]
    Tpm(#[from] TpmError),
}

impl Hardware {
    /// The TPM for a new key of a log. A counter that the log has there already goes on.
    pub(crate) fn begin(tpm: &Tpm, log_id: &LogId, registers: Registers) -> Result<Self, TpmError> {
        let owner = owner(log_id);
        let counted = match tpm.find_counter(owner)? {
            Some(counted) => counted,
            None => tpm.define_counter(owner)?,
        };
        Ok(Self { tpm: tpm.clone(), counter: counted.index, counted: counted.value, registers })
    }

    /// The TPM of a log whose newest block states `stated`. A crash between the block and the counter is made good;
    /// anything else that does not agree is refused.
    pub(crate) fn resume(
        tpm: &Tpm,
        log_id: &LogId,
        registers: Registers,
        stated: u64,
    ) -> Result<Self, HardwareError> {
        let found = tpm.find_counter(owner(log_id))?.ok_or(CounterFault::Missing { log: stated })?;
        let mut hardware = Self { tpm: tpm.clone(), counter: found.index, counted: found.value, registers };
        if found.value > stated {
            return Err(CounterFault::RolledBack { log: stated, tpm: found.value }.into());
        }
        if found.value + 1 < stated {
            return Err(CounterFault::TpmBehind { log: stated, tpm: found.value }.into());
        }
        if found.value < stated {
            hardware.advance(stated)?;
            hardware.counted = stated;
        }
        Ok(hardware)
    }

    /// What the counter stood at when this was opened.
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// What kind of TPM it is.
    pub fn protection(&self) -> Protection {
        self.tpm.identity().protection
    }

    /// The registers that quotes show.
    pub fn registers(&self) -> Registers {
        self.registers
    }

    /// Increments the counter once; the block that states `to` is durable.
    pub fn advance(&self, to: u64) -> Result<(), HardwareError> {
        let reached = self.tpm.increment(self.counter)?;
        if reached == to { Ok(()) } else { Err(CounterFault::RolledBack { log: to, tpm: reached }.into()) }
    }

    /// Has the TPM sign what it is asked about, with what its registers hold.
    pub fn attest(&self, about: &Attested) -> Result<Quote, HardwareError> {
        Ok(self.tpm.quote(about.digest(), self.registers)?)
    }

    /// Gives the counter's place in the TPM back, when another key has taken over elsewhere.
    pub fn retire(self) -> Result<(), HardwareError> {
        Ok(self.tpm.remove_counter(self.counter)?)
    }
}

/// Says in the TPM which log a counter belongs to.
fn owner(log_id: &LogId) -> [u8; 32] {
    blake3::derive_key("triad hardware counter of a log, version 1", log_id)
}
