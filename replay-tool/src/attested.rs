//! Attestations: whether TPMs said about this log's checkpoints what its records claim. No TPM and no library is needed.
//!
//! What this cannot show: that a key is in a TPM of a known maker. The first key that a log shows is trusted on first use;
//! what it then proves is that the same TPM went on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use triad_event::log::CheckpointAttested;
use triad_event::{Event, codec, log};
use triad_proof::checkpoint::Checkpoint;
use triad_proof::quote::{Attested, Quote, QuoteFault, Register};
use triad_proof::record::{Presence, Record};
use triad_proof::{Block, LogId};

/// Blocks between a checkpoint and its attestation, at most. A TPM needs a second at the worst, so this is far away; it
/// bounds what is kept.
const BLOCKS_BACK_MAX: usize = 65_536;

/// What was found about attestations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Attestations that hold.
    pub count: u64,
    /// Attestations whose payload is not in this copy.
    pub gone: u64,
    /// Attestation keys in the order in which they appeared, by their names.
    pub keys: Vec<[u8; 32]>,
    /// Size of the newest checkpoint that was attested.
    pub newest_size: Option<u64>,
}

/// Why an attestation does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the attestation in record {sequence} does not hold: {why}")]
pub struct Unattested {
    /// The record.
    pub sequence: u64,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with an attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The quote itself.
    #[error(transparent)]
    Quote(#[from] QuoteFault),
    /// The payload cannot be read.
    #[error("its payload cannot be read")]
    Payload,
    /// No block of this log ends with that checkpoint.
    #[error("no block before it ends with that checkpoint")]
    Checkpoint,
    /// The log was signed by another key there.
    #[error("the checkpoint was signed by another key")]
    Key,
}

/// What one verified block says.
#[derive(Debug)]
pub struct Seen {
    log_id: LogId,
    checkpoint: Checkpoint,
    key_epoch: u32,
    /// The key of the epoch that the block opens.
    opens: Option<[u8; 32]>,
    attestations: Vec<(u64, Found)>,
}

#[derive(Debug)]
enum Found {
    Payload(Box<CheckpointAttested>),
    Gone,
    Unreadable,
}

/// Reads what a verified block says about attestations.
///
/// # Panics
/// When the block was not verified: every record of a verified block decodes.
pub fn seen(block: &Block<'_>) -> Seen {
    let attested = |record: &Record<'_>| record.header.kind == CheckpointAttested::KIND.number();
    let records = block.records().map(|record| record.expect("invariant: a verified block decodes"));
    Seen {
        log_id: block.log_id,
        checkpoint: block.checkpoint(),
        key_epoch: block.head.key_epoch,
        opens: block.head.statement.as_ref().map(|statement| statement.verifying_key),
        attestations: records
            .filter(attested)
            .map(|record| (record.header.sequence, found(&record)))
            .collect(),
    }
}

fn found(record: &Record<'_>) -> Found {
    if record.presence != Presence::Present {
        return Found::Gone;
    }
    match codec::decode(record.header.kind, record.header.kind_version, record.payload) {
        Ok(Event::Log(log::Event::CheckpointAttested(attested))) => Found::Payload(attested),
        Ok(_) | Err(_) => Found::Unreadable,
    }
}

/// Follows the blocks of a log and checks each attestation against the blocks before it.
#[derive(Debug, Default)]
pub struct Attestations {
    report: Report,
    known_keys: BTreeSet<[u8; 32]>,
    epochs: BTreeMap<u32, [u8; 32]>,
    recent: VecDeque<(Checkpoint, u32)>,
}

impl Attestations {
    /// Takes the next block.
    pub fn take(&mut self, seen: Seen) -> Result<(), Unattested> {
        for (sequence, found) in seen.attestations {
            match found {
                Found::Gone => self.report.gone += 1,
                Found::Unreadable => return Err(Unattested { sequence, why: Why::Payload }),
                Found::Payload(attested) => {
                    let checked = self.check(&seen.log_id, *attested);
                    checked.map_err(|why| Unattested { sequence, why })?;
                }
            }
        }
        self.epochs.extend(seen.opens.map(|key| (seen.key_epoch, key)));
        if self.recent.len() == BLOCKS_BACK_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back((seen.checkpoint, seen.key_epoch));
        Ok(())
    }

    fn check(&mut self, log_id: &LogId, attested: CheckpointAttested) -> Result<(), Why> {
        let checkpoint = Checkpoint::new(log_id, attested.size, attested.root);
        let place = self.recent.binary_search_by_key(&attested.size, |(recent, _)| recent.size);
        let block = place.ok().and_then(|place| self.recent.get(place));
        let (_, epoch) = block.filter(|(recent, _)| *recent == checkpoint).ok_or(Why::Checkpoint)?;
        if attested.key_epoch != *epoch || self.epochs.get(epoch) != Some(&attested.verifying_key) {
            return Err(Why::Key);
        }
        let about = Attested {
            log_id: *log_id,
            checkpoint,
            verifying_key: attested.verifying_key,
            key_epoch: attested.key_epoch,
        };
        let register =
            |register: log::QuotedRegister| Register { index: register.index, value: register.value };
        let quote = Quote {
            attestation_key: attested.attestation_key,
            attest: attested.attest,
            signature: attested.signature,
            registers: attested.registers.into_iter().map(register).collect(),
        };
        let said = quote.verify(&about)?;
        if self.known_keys.insert(said.key_name) {
            self.report.keys.push(said.key_name);
        }
        self.report.count += 1;
        self.report.newest_size = Some(about.checkpoint.size);
        Ok(())
    }

    /// What was found, once the log has ended.
    pub fn finish(self) -> Report {
        self.report
    }
}
