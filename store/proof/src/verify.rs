//! Verification (format document, section 7): each block by itself, then the links between blocks.
//!
//! [`check_block`] needs nothing but the block and is what runs in parallel; [`Linker`] is the sequential rest and is
//! cheap: one node hash per record and a look-up per stream.

use crate::LogId;
use crate::block::Block;
use crate::break_point::{Break, CounterRule, Fault, hex};
use crate::chain::{self, Chain};
use crate::checkpoint::Checkpoint;
use crate::counter;
use crate::file::EndMark;
use crate::held::SignedCheckpoint;
use crate::key::{Authority, KeyStatement, verify_strict};
use crate::record::{Presence, Record};
use crate::run_of_records::RunOfRecords;
use crate::succession::Succession;
use crate::tree::{Edge, Hash};
use std::collections::{BTreeMap, BTreeSet};

/// What the reader knows from elsewhere. An empty one still proves that the log is whole and consistent with itself,
/// but not whose it is.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The verifying key at genesis.
    pub genesis_key: Option<[u8; 32]>,
    /// Checkpoints received earlier. Each must be signed by the key that the log had in force at its size.
    pub checkpoints: Vec<SignedCheckpoint>,
}

/// Records by what could be said of their payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Payload present, commitment matched.
    pub verified: u64,
    /// Payload withheld from this copy.
    pub redacted: u64,
    /// Payload destroyed at the source.
    pub erased: u64,
    /// Record not in this copy. A copy of a whole log has none.
    pub missing: u64,
}

/// What a whole log was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log.
    pub log_id: LogId,
    /// Records by state.
    pub counts: Counts,
    /// Blocks, each with one checked signature.
    pub block_count: u64,
    /// Streams whose ordinals are without gap.
    pub stream_count: u64,
    /// Key statements, one per epoch.
    pub epochs: Vec<KeyStatement>,
    /// Whether an epoch was authorised by the recovery key.
    pub recovered: bool,
    /// Hardware counter that the newest block states; 0 without one.
    pub nv_counter: u64,
    /// Whether the genesis key was known from elsewhere.
    pub key_was_given: bool,
    /// The newest checkpoint and its signature.
    pub checkpoint: Checkpoint,
    /// Signature of the newest checkpoint.
    pub signature: [u8; 64],
    /// Chain value of the last record.
    pub chain: [u8; 32],
    /// Time of the first record.
    pub first_time_us: i64,
    /// Time of the last record.
    pub last_time_us: i64,
}

/// A block whose records are right by themselves.
#[derive(Debug)]
pub struct CheckedBlock {
    first_sequence: u64,
    log_id: LogId,
    previous_chain: [u8; 32],
    leaves: Vec<Hash>,
    streams: BTreeMap<[u8; 16], (u64, u64)>,
    first_time_us: i64,
    last_time_us: i64,
    first_elapsed_us: u64,
    last_elapsed_us: u64,
    counts: Counts,
    head: crate::block::Head,
    checkpoint: Checkpoint,
    signed_by: Option<[u8; 32]>,
}

/// Checks all of a block that can be checked without the blocks before it. `likely_key` saves the linker the
/// signature when it is the key of the block's epoch.
pub fn check_block(bytes: &[u8], likely_key: Option<[u8; 32]>) -> Result<CheckedBlock, Break> {
    let block = Block::decode(bytes).map_err(|damage| locate(bytes, damage))?;
    check_records(&block, likely_key)
}

/// Checks the records of a framed block.
pub fn check_records(block: &Block<'_>, likely_key: Option<[u8; 32]>) -> Result<CheckedBlock, Break> {
    let first = block.record(0)?.header;
    let mut checked = CheckedBlock {
        first_sequence: block.first_sequence,
        log_id: block.log_id,
        previous_chain: first.previous_chain,
        leaves: Vec::with_capacity(block.record_count()),
        streams: BTreeMap::new(),
        first_time_us: first.time_us,
        last_time_us: first.time_us,
        first_elapsed_us: first.elapsed_us,
        last_elapsed_us: first.elapsed_us,
        counts: Counts::default(),
        head: block.head.clone(),
        checkpoint: block.checkpoint(),
        signed_by: None,
    };
    let hasher = Chain::default();
    let (mut chain, mut group) = (first.previous_chain, first.sequence);
    let mut index = 0;
    while index < block.record_count() {
        let run = RunOfRecords::read(block, index, &hasher);
        for ((record, after), commits) in run.records.iter().zip(run.chains).zip(run.commits) {
            let checked_record = checked.take(record, block, index, chain, group, commits);
            checked_record.map_err(|fault| block.break_at(index, fault))?;
            chain = after;
            group = record.header.group;
            index += 1;
        }
        run.end?;
        checked.leaves.extend(run.leaves);
    }
    if chain != block.head.chain {
        return Err(Break::at(block.last_sequence(), Fault::Chain));
    }
    let text = checked.checkpoint.text();
    checked.signed_by = likely_key.filter(|key| verify_strict(key, text.as_bytes(), &block.head.signature));
    Ok(checked)
}

impl CheckedBlock {
    fn take(
        &mut self,
        record: &Record<'_>,
        block: &Block<'_>,
        index: usize,
        chain: [u8; 32],
        group: u64,
        commits: bool,
    ) -> Result<(), Fault> {
        let header = &record.header;
        let expected = block.first_sequence + index as u64;
        if header.sequence != expected {
            return Err(Fault::Sequence { found: header.sequence, expected });
        }
        if header.log_id != block.log_id {
            return Err(header.other_log(&block.log_id));
        }
        if header.previous_chain != chain {
            return Err(Fault::Chain);
        }
        if header.group != header.sequence && (index == 0 || header.group != group) {
            return Err(Fault::Field { field: "group", value: header.group });
        }
        if header.key_epoch != block.head.key_epoch {
            return Err(Fault::Field { field: "key_epoch", value: header.key_epoch.into() });
        }
        if header.time_us < self.last_time_us {
            return Err(Fault::Field { field: "time_us", value: header.time_us.cast_unsigned() });
        }
        self.last_time_us = header.time_us;
        if header.elapsed_us < self.last_elapsed_us {
            return Err(Fault::Field { field: "elapsed_us", value: header.elapsed_us });
        }
        self.last_elapsed_us = header.elapsed_us;
        if !commits {
            return Err(Fault::Commitment);
        }
        let count = match record.presence {
            Presence::Present => &mut self.counts.verified,
            Presence::Redacted => &mut self.counts.redacted,
            Presence::Erased => &mut self.counts.erased,
        };
        *count += 1;
        let ordinal = header.stream_ordinal;
        let (_, next) = self.streams.entry(header.stream).or_insert((ordinal, ordinal));
        if *next != ordinal {
            return Err(Fault::StreamOrdinal {
                stream: hex(&header.stream),
                found: ordinal,
                expected: *next,
            });
        }
        *next = ordinal + 1;
        Ok(())
    }
}

/// A block failed its checksum: find the record whose own evidence fails, to name it.
fn locate(bytes: &[u8], damage: Break) -> Break {
    if !matches!(damage.fault, Fault::Checksum { .. }) {
        return damage;
    }
    let mut mended = bytes.to_vec();
    let covered = mended.len() - crate::block::CHECKSUM_LENGTH;
    let checksum = blake3::hash(&mended[..covered]);
    mended[covered..].copy_from_slice(checksum.as_bytes());
    match Block::decode(&mended).and_then(|block| check_records(&block, None).map(|_| ())) {
        Err(closer) if closer.sequence >= damage.sequence => closer,
        Ok(()) | Err(_) => damage,
    }
}

/// Follows the links from block to block, from record 0.
#[derive(Debug)]
pub struct Linker {
    trust: Trust,
    log_id: Option<LogId>,
    next_sequence: u64,
    chain: [u8; 32],
    edge: Edge,
    epochs: Succession,
    nv_counter: u64,
    streams: BTreeMap<[u8; 16], u64>,
    counts: Counts,
    block_count: u64,
    first_time_us: i64,
    last_time_us: i64,
    last_elapsed_us: u64,
    newest: Option<(Checkpoint, [u8; 64])>,
}

impl Linker {
    /// Begins before record 0. `log_id` is the one that the file header states, when there is a file.
    pub fn new(trust: Trust, log_id: Option<LogId>) -> Self {
        Self {
            trust,
            log_id,
            next_sequence: 0,
            chain: chain::START,
            edge: Edge::default(),
            epochs: Succession::default(),
            nv_counter: 0,
            streams: BTreeMap::new(),
            counts: Counts::default(),
            block_count: 0,
            first_time_us: i64::MIN,
            last_time_us: i64::MIN,
            last_elapsed_us: 0,
            newest: None,
        }
    }

    /// The key that signs the current epoch, once known.
    pub fn current_key(&self) -> Option<[u8; 32]> {
        self.epochs.newest().map(|statement| statement.verifying_key)
    }

    /// Sequence of the next record.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Takes the next block.
    pub fn link(&mut self, block: CheckedBlock) -> Result<(), Break> {
        let first = block.first_sequence;
        let log_id = *self.log_id.get_or_insert(block.log_id);
        if block.log_id != log_id {
            let fault = Fault::OtherLog { found: hex(&block.log_id), expected: hex(&log_id) };
            return Err(Break::at(self.next_sequence, fault));
        }
        if first != self.next_sequence {
            return Err(Break::at(
                self.next_sequence,
                Fault::Sequence { found: first, expected: self.next_sequence },
            ));
        }
        if block.previous_chain != self.chain {
            return Err(Break::at(first, Fault::Chain));
        }
        if block.first_time_us < self.last_time_us {
            let value = block.first_time_us.cast_unsigned();
            return Err(Break::at(first, Fault::Field { field: "time_us", value }));
        }
        if block.first_elapsed_us < self.last_elapsed_us {
            let value = block.first_elapsed_us;
            return Err(Break::at(first, Fault::Field { field: "elapsed_us", value }));
        }
        self.link_streams(&block).map_err(|fault| Break::at(first, fault))?;
        self.grow_tree(&block)?;
        self.check_key(&block, &log_id).map_err(|fault| Break::at(first, fault))?;
        if self.block_count == 0 {
            self.first_time_us = block.first_time_us;
        }
        self.last_time_us = block.last_time_us;
        self.last_elapsed_us = block.last_elapsed_us;
        self.chain = block.head.chain;
        self.block_count += 1;
        self.counts.verified += block.counts.verified;
        self.counts.redacted += block.counts.redacted;
        self.counts.erased += block.counts.erased;
        self.newest = Some((block.checkpoint, block.head.signature));
        Ok(())
    }

    fn link_streams(&mut self, block: &CheckedBlock) -> Result<(), Fault> {
        for (stream, (first, next)) in &block.streams {
            let expected = self.streams.entry(*stream).or_insert(0);
            if first != expected {
                return Err(Fault::StreamOrdinal { stream: hex(stream), found: *first, expected: *expected });
            }
            *expected = *next;
        }
        Ok(())
    }

    fn grow_tree(&mut self, block: &CheckedBlock) -> Result<(), Break> {
        let end = self.next_sequence + block.leaves.len() as u64;
        let held = self.trust.checkpoints.iter().map(|held| held.checkpoint.size);
        let mut sizes: BTreeSet<u64> =
            held.filter(|size| (self.next_sequence + 1..end).contains(size)).collect();
        sizes.insert(end);
        let mut leaves = block.leaves.as_slice();
        for size in sizes {
            let (these, rest) = leaves.split_at((size - self.next_sequence) as usize);
            self.edge.append_all(these.to_vec(), |_, _| ());
            (self.next_sequence, leaves) = (size, rest);
            let of_size = self.trust.checkpoints.iter().filter(|held| held.checkpoint.size == size);
            let other = of_size.into_iter().find(|held| held.checkpoint.root != self.edge.root());
            if let Some(other) = other {
                return Err(Break::at(size - 1, self.contradiction(other, block)));
            }
        }
        let field = if self.edge != block.head.edge {
            "edge"
        } else if self.edge.root() != block.head.root {
            "root"
        } else {
            return Ok(());
        };
        Err(Break::at(block.first_sequence, Fault::Tree { field }))
    }

    /// What a checkpoint with another root is: evidence, when it is signed by a key that this log had in force.
    fn contradiction(&self, held: &SignedCheckpoint, block: &CheckedBlock) -> Fault {
        let size = held.checkpoint.size;
        let mut epochs = self.epochs.clone();
        if let Some(statement) = block.head.statement.clone() {
            // What is wrong with the statement is said when it is taken.
            let _says_later = epochs.push(&block.log_id, statement).is_err();
        }
        if held.is_signed_within(&epochs) {
            Fault::ForeignCheckpoint { size }
        } else {
            Fault::CheckpointKey { size }
        }
    }

    fn check_key(&mut self, block: &CheckedBlock, log_id: &LogId) -> Result<(), Fault> {
        let epoch = block.head.key_epoch;
        match (&block.head.statement, self.epochs.newest()) {
            (Some(statement), _) => {
                if statement.epoch != epoch || statement.first_sequence != block.first_sequence {
                    return Err(Fault::KeyStatement {
                        epoch,
                        why: "it does not fit the block that holds it",
                    });
                }
                self.check_genesis_key(statement)?;
                self.epochs.push(log_id, statement.clone())?;
                // Another key may be kept by another TPM, which counts from elsewhere.
                self.nv_counter = statement.nv_counter;
            }
            (None, Some(current)) if current.epoch == epoch => {}
            (None, _) => {
                return Err(Fault::KeyStatement { epoch, why: "it is missing where the epoch begins" });
            }
        }
        let newest =
            self.epochs.newest().expect("invariant: an epoch has a statement, or its block was refused");
        let key = newest.verifying_key;
        let text = block.checkpoint.text();
        let signed =
            block.signed_by == Some(key) || verify_strict(&key, text.as_bytes(), &block.head.signature);
        let size = block.checkpoint.size;
        if !signed {
            return Err(Fault::Signature { size, epoch });
        }
        self.check_counter(block, log_id, &key)
    }

    fn check_counter(&mut self, block: &CheckedBlock, log_id: &LogId, key: &[u8; 32]) -> Result<(), Fault> {
        let found = block.head.nv_counter;
        let is_hardware = self.epochs.newest().is_some_and(|statement| statement.protection.is_hardware());
        if !is_hardware && (found != 0 || self.nv_counter != 0) {
            return Err(Fault::Counter { found: found.max(self.nv_counter), expected: CounterRule::Zero });
        }
        if found < self.nv_counter {
            return Err(Fault::Counter { found, expected: CounterRule::AtLeast(self.nv_counter) });
        }
        let signature = block.head.counter_signature.as_ref();
        if !counter::is_signed(key, log_id, &block.checkpoint, found, signature) {
            return Err(Fault::CounterSignature { found, epoch: block.head.key_epoch });
        }
        self.nv_counter = found;
        Ok(())
    }

    fn check_genesis_key(&self, statement: &KeyStatement) -> Result<(), Fault> {
        match self.trust.genesis_key {
            Some(expected) if self.epochs.newest().is_none() && expected != statement.verifying_key => {
                Err(Fault::WrongKey { found: hex(&statement.verifying_key), expected: hex(&expected) })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Ends the log, with the file's end mark when there is a file.
    pub fn finish(self, end: Option<&EndMark>) -> Result<Report, Break> {
        let (Some((checkpoint, signature)), Some(log_id)) = (self.newest, self.log_id) else {
            return Err(Break::before_records(Fault::Empty));
        };
        let last = self.next_sequence - 1;
        if let Some(end) = end {
            let field = if end.block_count != self.block_count {
                Some("block count")
            } else if end.record_count != self.next_sequence {
                Some("record count")
            } else {
                (end.chain != self.chain).then_some("chain value")
            };
            if let Some(field) = field {
                return Err(Break::at(last, Fault::EndMark { field }));
            }
        }
        for held in &self.trust.checkpoints {
            check_held(held, &checkpoint, &self.epochs).map_err(|fault| Break::at(last, fault))?;
        }
        let epochs = self.epochs.statements().to_vec();
        Ok(Report {
            log_id,
            counts: self.counts,
            block_count: self.block_count,
            stream_count: self.streams.len() as u64,
            recovered: epochs.iter().any(|statement| statement.authority == Authority::Recovery),
            epochs,
            nv_counter: self.nv_counter,
            key_was_given: self.trust.genesis_key.is_some(),
            checkpoint,
            signature,
            chain: self.chain,
            first_time_us: self.first_time_us,
            last_time_us: self.last_time_us,
        })
    }
}

/// A held checkpoint must be signed by the key in force at its size and lie within the log, at whose sizes roots were compared.
fn check_held(held: &SignedCheckpoint, end: &Checkpoint, epochs: &Succession) -> Result<(), Fault> {
    let Checkpoint { origin, size, root } = &held.checkpoint;
    let size = *size;
    let is_empty_and_other = size == 0 && *root != Edge::default().root();
    if *origin != end.origin || is_empty_and_other {
        return Err(Fault::ForeignCheckpoint { size });
    }
    if size > end.size && held.follows_from(epochs) {
        return Err(Fault::Shorter { size, found: end.size });
    }
    if held.is_signed_within(epochs) { Ok(()) } else { Err(Fault::CheckpointKey { size }) }
}
