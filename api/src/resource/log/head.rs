//! Where the log stands, as its newest durable block says.

use triad_keys::LogKey;
use triad_log::FjallReader;
use triad_log::resume::epochs;
use triad_log::storage::{LogRead, ReadError};
use triad_proof::checkpoint::{Checkpoint, verifier};
use triad_proof::protection_note::ProtectionNote;
use triad_proof::quote::Attested;
use triad_proof::succession::Succession;
use triad_proof::{Block, KeyStatement, LogId};

/// Where the log stands.
pub(crate) struct Head {
    pub(crate) log_id: LogId,
    pub(crate) last_sequence: u64,
    pub(crate) last_time_us: i64,
    pub(crate) statement: KeyStatement,
    epochs: Succession,
    pub(crate) protection: &'static str,
    pub(crate) nv_counter: u64,
    pub(crate) genesis_key: String,
    pub(crate) checkpoint: Checkpoint,
    /// The checkpoint, signed.
    pub(crate) note: String,
}

impl Head {
    pub(crate) fn attested(&self) -> Attested {
        Attested {
            log_id: self.log_id,
            checkpoint: self.checkpoint.clone(),
            verifying_key: self.statement.verifying_key,
            key_epoch: self.statement.epoch,
        }
    }

    pub(crate) fn protection_note(&self, key: &LogKey) -> String {
        let stated = ProtectionNote {
            checkpoint: self.checkpoint.clone(),
            key_epoch: self.statement.epoch,
            protection: self.statement.protection,
            nv_counter: self.nv_counter,
        };
        stated.sign(&self.epochs, |text| key.sign(text))
    }
}

/// Reads the newest durable block.
pub(crate) fn read_head(reader: &FjallReader) -> Result<Head, ReadError> {
    let missing = |what: &str| ReadError::Missing { what: what.to_owned() };
    let bytes = reader.last_block()?.ok_or_else(|| missing("its first block"))?;
    let block = Block::decode(&bytes)?;
    let last = block.record_at(block.last_sequence()).ok_or_else(|| missing("its last record"))??;
    let epochs = epochs(reader, block.head.key_epoch)?;
    let [genesis, ..] = epochs.statements() else { return Err(missing("the key statement of genesis")) };
    let statement = epochs.newest().cloned().ok_or_else(|| missing("the key statement in force"))?;
    Ok(Head {
        log_id: block.log_id,
        last_sequence: block.last_sequence(),
        last_time_us: last.header.time_us,
        protection: statement.protection.describe(),
        nv_counter: block.head.nv_counter,
        genesis_key: verifier(&block.log_id, genesis.verifying_key).to_string(),
        checkpoint: block.checkpoint(),
        note: epochs.note(&block.checkpoint(), &block.head.signature),
        statement,
        epochs,
    })
}
