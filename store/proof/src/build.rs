//! Building blocks: where a draft becomes a record, a link of the chain and a leaf of the tree.

use crate::block::{
    BLOCK_LENGTH_MAX, BLOCK_MAGIC, BLOCK_PREFIX_LENGTH, Block, HEAD_FIXED_LENGTH, RECORD_COUNT_MAX,
};
use crate::chain::{self, Chain};
use crate::checkpoint::Checkpoint;
use crate::counter::{self, COUNTER_SIGNATURE_LENGTH};
use crate::header::{
    HEADER_LENGTH, Header, PAYLOAD_COMMIT_OFFSET, PAYLOAD_LENGTH_MAX, PREVIOUS_CHAIN_OFFSET,
};
use crate::key::{KeyStatement, STATEMENT_LENGTH};
use crate::record::{PRESENT_OVERHEAD, Presence, REMOVED_LENGTH, SALT_LENGTH, commitments};
use crate::tile::{TileId, TileRows};
use crate::tree::{Edge, Hash, leaf_hashes};
use crate::{FORMAT_VERSION, LogId};

/// Records that are hashed together. More make lanes hardly fuller, and what waits for sealing is hashed while the
/// caller waits.
const RUN_LENGTH: usize = 64;

/// An event on its way into the log: what the writer does not assign itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<'a> {
    /// Event kind.
    pub kind: u16,
    /// Version of the payload struct.
    pub kind_version: u8,
    /// Sequence of the first record of its group; the next sequence when it begins one.
    pub group: u64,
    /// Microseconds since the Unix epoch; at least that of the record before.
    pub time_us: i64,
    /// Microseconds that had passed for this log; at least those of the record before.
    pub elapsed_us: u64,
    /// 1 steady, 2 stepped, 3 waiting.
    pub clock_state: u8,
    /// 1 engine, 2 operator, 3 client, 4 timer, 5 effect.
    pub source: u8,
    /// 0 none, 1 success, 2 failure, 3 refused.
    pub outcome: u8,
    /// The stream.
    pub stream: [u8; 16],
    /// Position in the stream.
    pub stream_ordinal: u64,
    /// Who caused it.
    pub principal: [u8; 16],
    /// Sequence that led to it; the next sequence when none did.
    pub cause: u64,
    /// Fresh random bytes.
    pub salt: [u8; SALT_LENGTH],
    /// At most 1 MiB.
    pub payload: &'a [u8],
}

/// Where a log stands: all that is needed to append to it.
#[derive(Debug, Clone)]
pub struct Position {
    /// Sequence of the next record.
    pub next_sequence: u64,
    /// Chain value of the last record.
    pub chain: [u8; 32],
    /// Time of the last record.
    pub time_us: i64,
    /// What had passed at the last record.
    pub elapsed_us: u64,
    /// Right edge of the tree.
    pub edge: Edge,
    /// Unfinished tiles.
    pub rows: TileRows,
}

impl Default for Position {
    fn default() -> Self {
        let (edge, rows) = (Edge::default(), TileRows::default());
        Self { next_sequence: 0, chain: chain::START, time_us: i64::MIN, elapsed_us: 0, edge, rows }
    }
}

/// A finished block and what goes to disk beside it.
#[derive(Debug, Clone)]
pub struct SealedBlock {
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Sequence of the last record.
    pub last_sequence: u64,
    /// Chain value of the last record.
    pub chain: [u8; 32],
    /// The block.
    pub bytes: Vec<u8>,
    /// Tiles that became full.
    pub tiles: Vec<(TileId, Vec<Hash>)>,
}

/// Appends records to one block after another. Synchronous; no clock, no chance, no disk.
///
/// Records are hashed in runs: their commitments at once, then link by link of the chain, then their leaves and the tree's
/// new nodes, row by row. What is left of a run is hashed when the block is sealed.
#[derive(Debug)]
pub struct BlockBuilder {
    log_id: LogId,
    node: [u8; 16],
    key_epoch: u32,
    hasher: Chain,
    position: Position,
    first_sequence: u64,
    group: u64,
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    /// Records of the open block that are hashed.
    hashed: usize,
    tiles: Vec<(TileId, Vec<Hash>)>,
    /// Where the block after the open one is built.
    spare: Vec<u8>,
}

impl BlockBuilder {
    /// Continues a log from `position`; records are stamped with `node` and `key_epoch`.
    pub fn new(log_id: LogId, node: [u8; 16], key_epoch: u32, position: Position) -> Self {
        let first_sequence = position.next_sequence;
        Self {
            log_id,
            node,
            key_epoch,
            hasher: Chain::default(),
            position,
            first_sequence,
            group: first_sequence,
            bytes: vec![0; BLOCK_PREFIX_LENGTH],
            offsets: Vec::new(),
            hashed: 0,
            tiles: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Where the log stands after the last appended record; its chain value, edge and unfinished tiles only while no
    /// record waits to be sealed.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Sequence of the first record of the open block.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    /// Whether no record waits to be sealed.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Bytes that the open block has so far, without its head.
    pub fn length_bytes(&self) -> usize {
        self.bytes.len() + 4 * self.offsets.len()
    }

    /// Whether a group of this many records and payload bytes still fits into the open block.
    pub fn fits(&self, record_count: usize, payload_bytes: usize) -> bool {
        let records = self.offsets.len() + record_count;
        let head = HEAD_FIXED_LENGTH + 64 * 32 + STATEMENT_LENGTH + COUNTER_SIGNATURE_LENGTH + 32;
        let bytes = self.length_bytes() + payload_bytes + record_count * (PRESENT_OVERHEAD + 4) + head;
        records <= RECORD_COUNT_MAX as usize && bytes <= BLOCK_LENGTH_MAX as usize
    }

    /// Appends a record and returns its sequence.
    ///
    /// # Panics
    /// When an invariant of the format is broken by the caller: time running backwards, a group that is neither the
    /// open one nor new, a payload over 1 MiB, a block over its limits.
    pub fn append(&mut self, draft: &Draft<'_>) -> u64 {
        let sequence = self.position.next_sequence;
        self.check(draft, sequence);
        let header = Header {
            kind: draft.kind,
            kind_version: draft.kind_version,
            log_id: self.log_id,
            sequence,
            group: draft.group,
            time_us: draft.time_us,
            key_epoch: self.key_epoch,
            clock_state: draft.clock_state,
            source: draft.source,
            outcome: draft.outcome,
            stream: draft.stream,
            stream_ordinal: draft.stream_ordinal,
            principal: draft.principal,
            node: self.node,
            cause: draft.cause,
            payload_length: draft.payload.len() as u32,
            // Both are written when the run is hashed.
            previous_chain: [0; 32],
            payload_commit: [0; 32],
            elapsed_us: draft.elapsed_us,
        }
        .encode();
        self.offsets.push((self.bytes.len() - BLOCK_PREFIX_LENGTH) as u32);
        self.bytes.extend_from_slice(&header);
        self.bytes.push(Presence::Present as u8);
        self.bytes.extend_from_slice(&draft.salt);
        self.bytes.extend_from_slice(draft.payload);
        self.position.next_sequence += 1;
        self.position.time_us = draft.time_us;
        self.position.elapsed_us = draft.elapsed_us;
        self.group = draft.group;
        if self.offsets.len() - self.hashed == RUN_LENGTH {
            self.hash_run();
        }
        sequence
    }

    /// Hashes the records that are not hashed yet.
    fn hash_run(&mut self) {
        let starts = self.offsets[self.hashed..].iter().map(|offset| BLOCK_PREFIX_LENGTH + *offset as usize);
        let starts: Vec<usize> = starts.collect();
        self.commit_run(&starts);
        self.chain_run(&starts);
        let (bytes, position, tiles) = (&self.bytes, &mut self.position, &mut self.tiles);
        let leaves = leaf_hashes(starts.iter().map(|start| &bytes[*start..*start + HEADER_LENGTH]));
        position.edge.append_all(leaves, |height, root| {
            position.rows.push(height, root, |id, hashes| tiles.push((id, hashes)));
        });
        self.hashed = self.offsets.len();
    }

    /// Writes the commitments of the records that begin at `starts`, the last of which ends the block so far.
    fn commit_run(&mut self, starts: &[usize]) {
        let ends = starts.iter().skip(1).copied().chain([self.bytes.len()]);
        let payload =
            |(start, end): (&usize, usize)| self.bytes[*start + REMOVED_LENGTH..end].split_at(SALT_LENGTH);
        let payloads: Vec<_> = starts.iter().zip(ends).map(payload).collect();
        let commitments = commitments(&payloads);
        for (start, commitment) in starts.iter().zip(commitments) {
            self.bytes[*start + PAYLOAD_COMMIT_OFFSET..][..32].copy_from_slice(&commitment);
        }
    }

    /// Links the records that begin at `starts`, whose commitments are written.
    fn chain_run(&mut self, starts: &[usize]) {
        let begin = |start: &usize| {
            self.bytes[*start..].first_chunk().expect("invariant: a record begins with a header")
        };
        let begun = self.hasher.begin_each(&starts.iter().map(begin).collect::<Vec<_>>());
        for (start, begun) in starts.iter().zip(&begun) {
            let last_block = self.bytes[*start + PREVIOUS_CHAIN_OFFSET..].first_chunk_mut();
            let last_block = last_block.expect("invariant: a record begins with a header");
            last_block[..32].copy_from_slice(&self.position.chain);
            self.position.chain = self.hasher.finish(begun, last_block);
        }
    }

    fn check(&self, draft: &Draft<'_>, sequence: u64) {
        let joins = draft.group == sequence || (draft.group == self.group && !self.is_empty());
        assert!(joins, "invariant: a group is contiguous and within one block");
        assert!(draft.time_us >= self.position.time_us, "invariant: time does not run backwards");
        assert!(
            draft.elapsed_us >= self.position.elapsed_us,
            "invariant: what passed does not run backwards"
        );
        assert!(draft.cause <= sequence, "invariant: a cause comes first");
        assert!(draft.payload.len() <= PAYLOAD_LENGTH_MAX as usize, "invariant: a payload is at most 1 MiB");
        assert!(self.fits(1, draft.payload.len()), "invariant: a block keeps its limits");
    }

    /// Finishes the open block; the next one begins empty. `sign` signs the checkpoint text, and `nv_counter` unless it
    /// is 0.
    ///
    /// # Panics
    /// When no record waits.
    pub fn seal(
        &mut self,
        mut sign: impl FnMut(&[u8]) -> [u8; 64],
        nv_counter: u64,
        statement: Option<&KeyStatement>,
    ) -> SealedBlock {
        assert!(!self.is_empty(), "invariant: a block holds at least one record");
        self.hash_run();
        let root = self.position.edge.root();
        let checkpoint = Checkpoint::new(&self.log_id, self.position.next_sequence, root);
        let signature = sign(checkpoint.text().as_bytes());
        let counted =
            (nv_counter != 0).then(|| sign(&counter::signed_bytes(&self.log_id, &checkpoint, nv_counter)));
        self.write_prefix_and_offsets(statement, counted.as_ref());
        let bytes = &mut self.bytes;
        bytes.extend_from_slice(&self.position.chain);
        bytes.extend_from_slice(&root);
        bytes.extend_from_slice(&signature);
        bytes.extend_from_slice(&nv_counter.to_le_bytes());
        bytes.extend_from_slice(&self.key_epoch.to_le_bytes());
        bytes.extend_from_slice(&(self.position.edge.roots().len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.position.edge.roots().as_flattened());
        bytes.extend_from_slice(&(statement.map_or(0, |_| STATEMENT_LENGTH) as u32).to_le_bytes());
        if let Some(statement) = statement {
            bytes.extend_from_slice(&statement.encode());
        }
        bytes.extend(counted.into_iter().flatten());
        let checksum = blake3::hash(bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        let first_sequence = std::mem::replace(&mut self.first_sequence, self.position.next_sequence);
        self.hashed = 0;
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.clear();
        bytes.resize(BLOCK_PREFIX_LENGTH, 0);
        std::mem::swap(&mut self.bytes, &mut bytes);
        SealedBlock {
            first_sequence,
            last_sequence: self.position.next_sequence - 1,
            chain: self.position.chain,
            bytes,
            tiles: std::mem::take(&mut self.tiles),
        }
    }

    /// Gives back the buffer of a sealed block that was copied elsewhere, so that a later block needs no new memory.
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        self.spare = buffer;
    }

    fn write_prefix_and_offsets(&mut self, statement: Option<&KeyStatement>, counted: Option<&[u8; 64]>) {
        let records_length = self.bytes.len() - BLOCK_PREFIX_LENGTH;
        let count = self.offsets.len();
        let head = HEAD_FIXED_LENGTH
            + 32 * self.position.edge.roots().len()
            + statement.map_or(0, |_| STATEMENT_LENGTH)
            + counted.map_or(0, |_| COUNTER_SIGNATURE_LENGTH);
        let block_length = self.bytes.len() + 4 * count + head + 32;
        for offset in self.offsets.drain(..) {
            self.bytes.extend_from_slice(&offset.to_le_bytes());
        }
        let prefix = &mut self.bytes[..BLOCK_PREFIX_LENGTH];
        prefix[..8].copy_from_slice(BLOCK_MAGIC);
        prefix[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        prefix[12..16].copy_from_slice(&(count as u32).to_le_bytes());
        prefix[16..20].copy_from_slice(&(block_length as u32).to_le_bytes());
        prefix[20..24].copy_from_slice(&(records_length as u32).to_le_bytes());
        prefix[24..40].copy_from_slice(&self.log_id);
        prefix[40..48].copy_from_slice(&self.first_sequence.to_le_bytes());
    }

    /// Signs the blocks that follow under another epoch. Only between blocks.
    ///
    /// # Panics
    /// When records wait to be sealed under the old epoch.
    pub fn begin_epoch(&mut self, key_epoch: u32) {
        assert!(self.is_empty(), "invariant: a block has one key epoch");
        self.key_epoch = key_epoch;
    }
}

impl SealedBlock {
    /// The block, read back. It was built here, so it decodes.
    pub fn view(&self) -> Block<'_> {
        Block::decode(&self.bytes).expect("invariant: a sealed block decodes")
    }
}
