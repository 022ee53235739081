//! A block: one commit, self-delimiting (format document, section 3).

use crate::break_point::{Break, Fault, hex};
use crate::bytes::{array_at, u16_at, u32_at, u64_at};
use crate::checkpoint::Checkpoint;
use crate::counter::COUNTER_SIGNATURE_LENGTH;
use crate::key::{KeyStatement, STATEMENT_LENGTH};
use crate::record::Record;
use crate::tree::{Edge, Hash};
use crate::{FORMAT_VERSION, LogId};

/// The first bytes of a block.
pub const BLOCK_MAGIC: &[u8; 8] = b"TRIADBLK";
/// Bytes before the records area.
pub const BLOCK_PREFIX_LENGTH: usize = 48;
/// Bytes of a block's checksum.
pub const CHECKSUM_LENGTH: usize = 32;
/// Most records in a block; bounds the offset table.
pub const RECORD_COUNT_MAX: u32 = 65_536;
/// Longest block: a group is never split, and the largest group with the largest payloads stays below this.
pub const BLOCK_LENGTH_MAX: u32 = 64 << 20;
/// Bytes of the head besides edge and key statement.
pub(crate) const HEAD_FIXED_LENGTH: usize = 32 + 32 + 64 + 8 + 4 + 4 + 4;

/// What a block states about the log as it is after its last record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Chain value of the last record.
    pub chain: [u8; 32],
    /// Root of the tree.
    pub root: Hash,
    /// Ed25519 signature over the checkpoint text.
    pub signature: [u8; 64],
    /// Hardware rollback counter in force; 0 without one.
    pub nv_counter: u64,
    /// Signature over that counter at this checkpoint; present exactly when it is not 0.
    pub counter_signature: Option<[u8; COUNTER_SIGNATURE_LENGTH]>,
    /// Epoch of the signing key.
    pub key_epoch: u32,
    /// Right edge of the tree.
    pub edge: Edge,
    /// Present in the block that opens an epoch.
    pub statement: Option<KeyStatement>,
}

/// A framed block whose lengths, offsets and checksum are right. Records are not yet checked.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// The log that the block says it belongs to.
    pub log_id: LogId,
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// The stated head.
    pub head: Head,
    records: &'a [u8],
    offsets: &'a [[u8; 4]],
}

/// What the prefix of a block announces; enough to read the whole of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Number of records.
    pub record_count: u32,
    /// Bytes from the magic to the end of the checksum.
    pub block_length: u32,
    records_length: u32,
    log_id: LogId,
}

impl Prefix {
    /// Reads the prefix of a block that is there as a whole, or is cut off.
    pub fn of(block: &[u8]) -> Result<Self, Break> {
        let Some(prefix) = block.first_chunk() else {
            let missing = (BLOCK_PREFIX_LENGTH - block.len()) as u64;
            return Err(Break::before_records(Fault::Truncated { what: "a block", missing }));
        };
        Self::decode(prefix).map_err(Break::before_records)
    }

    /// Reads the prefix, so that a reader knows how many bytes to fetch; every length is bounded first.
    pub fn decode(bytes: &[u8; BLOCK_PREFIX_LENGTH]) -> Result<Self, Fault> {
        if !bytes.starts_with(BLOCK_MAGIC) {
            return Err(Fault::Foreign { what: "the block", expected: "TRIADBLK" });
        }
        let version = u16_at(bytes, 8);
        if version > FORMAT_VERSION {
            return Err(Fault::NewerVersion { what: "a block", found: version, known: FORMAT_VERSION });
        }
        let prefix = Self {
            first_sequence: u64_at(bytes, 40),
            record_count: u32_at(bytes, 12),
            block_length: u32_at(bytes, 16),
            records_length: u32_at(bytes, 20),
            log_id: array_at(bytes, 24),
        };
        let refuse = |field, value: u32| Err(Fault::Field { field, value: value.into() });
        if version != FORMAT_VERSION || u16_at(bytes, 10) != 0 {
            return refuse("reserved", u16_at(bytes, 10).into());
        }
        if !(1..=RECORD_COUNT_MAX).contains(&prefix.record_count) {
            return refuse("record_count", prefix.record_count);
        }
        if prefix.block_length > BLOCK_LENGTH_MAX || u64::from(prefix.block_length) < prefix.least_length() {
            return refuse("block_length", prefix.block_length);
        }
        if prefix.first_sequence.checked_add(u64::from(prefix.record_count)).is_none() {
            return Err(Fault::Field { field: "first_sequence", value: prefix.first_sequence });
        }
        Ok(prefix)
    }

    fn least_length(&self) -> u64 {
        let fixed = (BLOCK_PREFIX_LENGTH + HEAD_FIXED_LENGTH + CHECKSUM_LENGTH) as u64;
        fixed + u64::from(self.records_length) + 4 * u64::from(self.record_count)
    }

    /// Leaves in the tree after the block.
    pub fn tree_size(&self) -> u64 {
        self.first_sequence + u64::from(self.record_count)
    }
}

impl<'a> Block<'a> {
    /// Reads the block that fills `bytes` exactly. A break names the block's first sequence when that is known.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Break> {
        let prefix = Prefix::of(bytes)?;
        let checked = check_extent(&prefix, bytes).and_then(|()| check_checksum(bytes));
        let decoded = checked.and_then(|()| Self::decode_body(&prefix, bytes));
        decoded.map_err(|fault| Break::at(prefix.first_sequence, fault))
    }

    /// Reads a block anew whose bytes were decoded before and did not leave memory since: its checksum was right.
    pub fn decode_again(bytes: &'a [u8]) -> Result<Self, Break> {
        let prefix = Prefix::of(bytes)?;
        let decoded = check_extent(&prefix, bytes).and_then(|()| Self::decode_body(&prefix, bytes));
        decoded.map_err(|fault| Break::at(prefix.first_sequence, fault))
    }

    fn decode_body(prefix: &Prefix, bytes: &'a [u8]) -> Result<Self, Fault> {
        let records_end = BLOCK_PREFIX_LENGTH + prefix.records_length as usize;
        let offsets_end = records_end + 4 * prefix.record_count as usize;
        let records = &bytes[BLOCK_PREFIX_LENGTH..records_end];
        let offsets = bytes[records_end..offsets_end].as_chunks::<4>().0;
        check_offsets(offsets, prefix.records_length)?;
        let head = decode_head(&bytes[offsets_end..bytes.len() - CHECKSUM_LENGTH], prefix.tree_size())?;
        Ok(Self { log_id: prefix.log_id, first_sequence: prefix.first_sequence, head, records, offsets })
    }

    /// Number of records; at least one.
    pub fn record_count(&self) -> usize {
        self.offsets.len()
    }

    /// Sequence of the last record.
    pub fn last_sequence(&self) -> u64 {
        self.first_sequence + self.offsets.len() as u64 - 1
    }

    /// Leaves in the tree after this block.
    pub fn tree_size(&self) -> u64 {
        self.last_sequence() + 1
    }

    /// The checkpoint that the block's signature covers.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(&self.log_id, self.tree_size(), self.head.root)
    }

    /// The bytes of the record at `index` within the block.
    ///
    /// # Panics
    /// When `index` is not below [`Self::record_count`].
    pub fn record_bytes(&self, index: usize) -> &'a [u8] {
        let start = u32::from_le_bytes(self.offsets[index]) as usize;
        let end =
            self.offsets.get(index + 1).map_or(self.records.len(), |next| u32::from_le_bytes(*next) as usize);
        &self.records[start..end]
    }

    /// The record at `index` within the block, its fixed fields checked.
    pub fn record(&self, index: usize) -> Result<Record<'a>, Break> {
        Record::decode(self.record_bytes(index)).map_err(|fault| self.break_at(index, fault))
    }

    /// The record with this sequence, or None when it is not in the block.
    pub fn record_at(&self, sequence: u64) -> Option<Result<Record<'a>, Break>> {
        let index = usize::try_from(sequence.checked_sub(self.first_sequence)?).ok()?;
        (index < self.record_count()).then(|| self.record(index))
    }

    /// All records in order.
    pub fn records(&self) -> impl Iterator<Item = Result<Record<'a>, Break>> + '_ {
        (0..self.record_count()).map(|index| self.record(index))
    }

    pub(crate) fn break_at(&self, index: usize, fault: Fault) -> Break {
        let offset = self.offsets.get(index).map_or(0, |offset| u32::from_le_bytes(*offset));
        let sequence = Some(self.first_sequence + index as u64);
        Break { sequence, offset_bytes: Some(BLOCK_PREFIX_LENGTH as u64 + u64::from(offset)), fault }
    }

    pub(crate) fn other_log(&self, expected: &LogId) -> Fault {
        Fault::OtherLog { found: hex(&self.log_id), expected: hex(expected) }
    }
}

fn check_extent(prefix: &Prefix, bytes: &[u8]) -> Result<(), Fault> {
    let announced = u64::from(prefix.block_length);
    if (bytes.len() as u64) < announced {
        return Err(Fault::Truncated { what: "a block", missing: announced - bytes.len() as u64 });
    }
    if bytes.len() as u64 > announced {
        return Err(Fault::Field { field: "block_length", value: announced });
    }
    Ok(())
}

fn check_checksum(bytes: &[u8]) -> Result<(), Fault> {
    let (covered, checksum) = bytes.split_at(bytes.len() - CHECKSUM_LENGTH);
    if blake3::hash(covered).as_bytes() == checksum {
        Ok(())
    } else {
        Err(Fault::Checksum { what: "the block" })
    }
}

fn check_offsets(offsets: &[[u8; 4]], records_length: u32) -> Result<(), Fault> {
    let starts = offsets.iter().map(|offset| u32::from_le_bytes(*offset));
    let increasing = starts.clone().zip(starts.clone().skip(1)).all(|(this, next)| this < next);
    let (first, last) = (starts.clone().next(), starts.clone().next_back());
    if first == Some(0) && increasing && last.is_some_and(|last| last < records_length) {
        Ok(())
    } else {
        Err(Fault::Field { field: "offsets", value: u64::from(first.unwrap_or_default()) })
    }
}

fn decode_head(bytes: &[u8], tree_size: u64) -> Result<Head, Fault> {
    let edge_count = u32_at(bytes, 140) as usize;
    if edge_count != tree_size.count_ones() as usize {
        return Err(Fault::Field { field: "edge_count", value: edge_count as u64 });
    }
    let edge_end = HEAD_FIXED_LENGTH - 4 + 32 * edge_count;
    let short = Fault::Truncated { what: "the block's head", missing: 0 };
    let (Some(edge), Some(rest)) = (bytes.get(HEAD_FIXED_LENGTH - 4..edge_end), bytes.get(edge_end..)) else {
        return Err(short);
    };
    let Some((length, statement)) = rest.split_first_chunk::<4>() else { return Err(short) };
    let nv_counter = u64_at(bytes, 128);
    let signature_length = if nv_counter == 0 { 0 } else { COUNTER_SIGNATURE_LENGTH };
    let length = u32::from_le_bytes(*length) as usize;
    if ![0, STATEMENT_LENGTH].contains(&length) || statement.len() != length + signature_length {
        return Err(Fault::Field { field: "statement_length", value: length as u64 });
    }
    let (statement, signature) = statement.split_at(length);
    let statement = statement.first_chunk().map(KeyStatement::decode).transpose()?;
    let edge = Edge::new(tree_size, edge.as_chunks::<32>().0.to_vec());
    Ok(Head {
        chain: array_at(bytes, 0),
        root: array_at(bytes, 32),
        signature: array_at(bytes, 64),
        nv_counter,
        counter_signature: signature.first_chunk().copied(),
        key_epoch: u32_at(bytes, 136),
        edge: edge.expect("invariant: edge_count was compared with the size"),
        statement,
    })
}
