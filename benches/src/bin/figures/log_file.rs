//! A `.triadlog` file of the realistic mix, made without a database so that its commits have exactly the size asked
//! for.

use crate::session::Failure;
use benches::workload::{Mix, entries};
use ed25519_dalek::{Signer, SigningKey};
use fixtures::sample_log::{LOG_ID, SEED, genesis_statement};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use triad_log::Entry;
use triad_log::salt::Salts;
use triad_proof::Block;
use triad_proof::build::{BlockBuilder, Draft, Position, SealedBlock};
use triad_proof::file::{EndMark, file_header};

/// A file, and where its records are.
pub(crate) struct LogFile {
    pub(crate) path: PathBuf,
    pub(crate) record_count: u64,
    pub(crate) bytes: u64,
    pub(crate) blocks: Vec<BlockPlace>,
}

/// Where a block and its records lie.
pub(crate) struct BlockPlace {
    pub(crate) offset: u64,
    pub(crate) length: usize,
    /// Start and end of each record within the block.
    pub(crate) records: Vec<(usize, usize)>,
    pub(crate) signature: [u8; 64],
    pub(crate) checkpoint: String,
}

impl LogFile {
    /// Writes at least `record_count` records in commits of `commit` records or a few more, because groups are not
    /// split. In commits of one, each record is a group.
    pub(crate) fn write(path: &Path, record_count: u64, commit: usize) -> Result<Self, Failure> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        out.write_all(&file_header(&LOG_ID))?;
        let mut file = Self { path: path.to_owned(), record_count: 0, bytes: 32, blocks: Vec::new() };
        let mut source = Source::new();
        while file.record_count < record_count {
            let sealed = source.block(commit);
            file.record_count = sealed.last_sequence + 1;
            file.blocks.push(BlockPlace::of(&sealed.view(), file.bytes, sealed.bytes.len()));
            file.bytes += sealed.bytes.len() as u64;
            out.write_all(&sealed.bytes)?;
        }
        let (block_count, chain) = (file.blocks.len() as u64, source.builder.position().chain);
        out.write_all(&EndMark { block_count, record_count: file.record_count, chain }.encode())?;
        out.into_inner()?.sync_all()?;
        Ok(file)
    }
}

impl BlockPlace {
    fn of(block: &Block<'_>, offset: u64, length: usize) -> Self {
        const PREFIX_LENGTH: usize = 48;
        let mut end = PREFIX_LENGTH;
        let records = (0..block.record_count()).map(|index| {
            let start = end;
            end += block.record_bytes(index).len();
            (start, end)
        });
        let records = records.collect();
        Self {
            offset,
            length,
            records,
            signature: block.head.signature,
            checkpoint: block.checkpoint().text(),
        }
    }
}

struct Source {
    mix: Mix,
    waiting: VecDeque<Entry<Vec<u8>>>,
    builder: BlockBuilder,
    ordinals: BTreeMap<[u8; 16], u64>,
    salts: Salts,
    key: SigningKey,
}

impl Source {
    fn new() -> Self {
        Self {
            mix: Mix::default(),
            waiting: VecDeque::new(),
            builder: BlockBuilder::new(LOG_ID, [1; 16], 0, Position::default()),
            ordinals: BTreeMap::new(),
            salts: Salts::system(),
            key: SigningKey::from_bytes(&SEED),
        }
    }

    fn block(&mut self, commit: usize) -> SealedBlock {
        let first = self.builder.first_sequence();
        let statement = (first == 0).then(|| genesis_statement(&LOG_ID, &self.key));
        loop {
            let input = self.mix.next_sequence();
            if self.waiting.is_empty() {
                self.waiting.extend(entries(&self.mix.next_group(), input));
            }
            while let Some(entry) = self.waiting.pop_front() {
                self.append(&entry, commit == 1);
                if commit == 1 {
                    break;
                }
            }
            if self.builder.position().next_sequence >= first + commit as u64 {
                return self.builder.seal(|text| self.key.sign(text).to_bytes(), 0, statement.as_ref());
            }
        }
    }

    fn append(&mut self, entry: &Entry<Vec<u8>>, alone: bool) {
        let ordinal = self.ordinals.entry(entry.stream).or_default();
        let sequence = self.builder.position().next_sequence;
        let input = entry.cause.unwrap_or(sequence);
        self.builder.append(&Draft {
            kind: entry.kind,
            kind_version: entry.kind_version,
            group: if alone { sequence } else { input },
            time_us: entry.time_us,
            elapsed_us: entry.elapsed_us,
            clock_state: entry.clock_state,
            source: entry.source,
            outcome: entry.outcome,
            stream: entry.stream,
            stream_ordinal: *ordinal,
            principal: entry.principal,
            cause: input,
            salt: self.salts.next(),
            payload: &entry.payload,
        });
        *ordinal += 1;
    }
}
