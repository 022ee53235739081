//! Recovery: the world as a fold of the records, from the newest trusted snapshot on.

use std::io;
use std::sync::mpsc::sync_channel;
use triad_decide::{Illegal, World, evolve, snapshot};
use triad_event::governance::{Event as GovernanceEvent, SnapshotTaken};
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, codec};
use triad_log::records::{blocks, stream_sequences};
use triad_log::{BlockBytes, LogRead, ReadError};
use triad_proof::record::{Presence, Record};
use triad_proof::verify::check_records;
use triad_proof::{Block, Break, Fault};

/// Records that are folded by the thread that also verifies them: another thread would not pay for its start.
const FOLDED_ALONE_MAX: u64 = 4_096;
/// Blocks that are verified before they are folded, at most; bounds memory.
const BLOCKS_AHEAD: usize = 8;

/// Why the world could not be recovered. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// The log could not be read, or does not verify.
    #[error("the log cannot be folded: run `triad log verify`")]
    Read(#[from] ReadError),
    /// A payload is not of a kind and version that this program knows.
    #[error("record {sequence} cannot be read by this program: {source}")]
    Decode {
        /// The record.
        sequence: u64,
        /// Why.
        source: codec::DecodeError,
    },
    /// A payload was removed, so the world cannot be folded through it.
    #[error("the payload of record {sequence} is gone, so what follows from it cannot be known")]
    Removed {
        /// The record.
        sequence: u64,
    },
    /// A record cannot follow those before it.
    #[error("the log was not written by this version of the core")]
    Illegal(#[from] Illegal),
    /// A file could not be read.
    #[error("a snapshot could not be read")]
    Io(#[from] std::io::Error),
}

/// Snapshots of the world that earlier lives left. One is trusted only if its digest stands in the log.
pub trait Snapshots {
    /// The last record that each of them holds.
    fn sequences(&self) -> io::Result<Vec<u64>>;
    /// The snapshot through that record.
    fn read(&self, through_sequence: u64) -> io::Result<Vec<u8>>;
}

/// A world that came back.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// The world.
    pub world: World,
    /// The last record of the snapshot that the fold began with; none when it began with the first record.
    pub snapshot: Option<u64>,
}

/// Folds the log up to the record `last`. The records after the snapshot are verified; those before it are what the
/// snapshot's logged digest stands for.
pub fn recover<R: LogRead>(
    reader: &R,
    last: u64,
    snapshots: &impl Snapshots,
) -> Result<Recovered, RecoverError> {
    let trusted = newest_trusted(reader, last, snapshots)?;
    let snapshot = trusted.as_ref().map(|(through, _)| *through);
    let world = trusted.map(|(_, world)| world).unwrap_or_default();
    let from = world.next_sequence();
    let verified = blocks(reader, from, last).map(|bytes| verify(bytes?));
    let world = if last < from + FOLDED_ALONE_MAX {
        fold(world, verified)?
    } else {
        std::thread::scope(|scope| {
            let (ahead, behind) = sync_channel(BLOCKS_AHEAD);
            scope.spawn(move || verified.map(|block| ahead.send(block)).take_while(Result::is_ok).count());
            fold(world, behind.into_iter())
        })?
    };
    Ok(Recovered { world, snapshot })
}

fn verify(bytes: BlockBytes) -> Result<BlockBytes, ReadError> {
    let block = Block::decode_again(&bytes)?;
    check_records(&block, None)?;
    Ok(bytes)
}

/// Folds what follows the world, of blocks that are what they say by themselves.
fn fold(
    mut world: World,
    verified: impl Iterator<Item = Result<BlockBytes, ReadError>>,
) -> Result<World, RecoverError> {
    let (from, mut chain) = (world.next_sequence(), None);
    for bytes in verified {
        let bytes = bytes?;
        let block = Block::decode_again(&bytes).map_err(ReadError::Break)?;
        follows(&block, chain).map_err(ReadError::Break)?;
        chain = Some(block.head.chain);
        for record in block.records() {
            let record = record.map_err(ReadError::Break)?;
            if record.header.sequence >= from {
                evolve(&mut world, &recorded(&record)?)?;
            }
        }
    }
    Ok(world)
}

/// The world of the newest snapshot whose digest the log holds; None when there is none.
fn newest_trusted<R: LogRead>(
    reader: &R,
    last: u64,
    snapshots: &impl Snapshots,
) -> Result<Option<(u64, World)>, RecoverError> {
    let mut sequences = snapshots.sequences()?;
    sequences.sort_unstable();
    for through in sequences.into_iter().rev().filter(|through| *through <= last) {
        let bytes = snapshots.read(through)?;
        let digest = *blake3::hash(&bytes).as_bytes();
        // A damaged or unrecorded snapshot is passed over: an older one, or the whole log, gives the same world.
        if is_recorded(reader, through, digest)?
            && let Ok(world) = snapshot::decode(&bytes)
        {
            return Ok(Some((through, world)));
        }
    }
    Ok(None)
}

fn is_recorded<R: LogRead>(reader: &R, through: u64, digest: [u8; 32]) -> Result<bool, RecoverError> {
    let mut sequences = log_records_after(reader, through)?.into_iter().peekable();
    while let Some(next) = sequences.peek().copied() {
        let bytes = reader.block_holding(next)?;
        let bytes = bytes.ok_or_else(|| ReadError::Missing { what: format!("record {next}") })?;
        let block = Block::decode(&bytes).map_err(ReadError::Break)?;
        let last = block.last_sequence();
        while let Some(sequence) = sequences.next_if(|sequence| *sequence <= last) {
            if let Some(taken) = snapshot_taken(&block, sequence)?
                && taken.through_sequence == through
            {
                return Ok(taken.digest == digest);
            }
        }
    }
    Ok(false)
}

/// What a record says of a snapshot, if it does.
fn snapshot_taken(block: &Block<'_>, sequence: u64) -> Result<Option<SnapshotTaken>, RecoverError> {
    let Some(record) = block.record_at(sequence) else {
        return Err(ReadError::Missing { what: format!("record {sequence}") }.into());
    };
    let record = record.map_err(ReadError::Break)?;
    record.check_commitment().map_err(|fault| ReadError::Break(Break::at(sequence, fault)))?;
    let Event::Governance(GovernanceEvent::SnapshotTaken(taken)) = recorded(&record)?.event else {
        return Ok(None);
    };
    Ok(Some(taken))
}

/// Sequences of the log's own stream after a record.
fn log_records_after<R: LogRead>(reader: &R, sequence: u64) -> Result<Vec<u64>, ReadError> {
    let ordinal =
        reader.posting_at_or_before(StreamId::LOG.0, sequence)?.map_or(0, |posting| posting.first_ordinal);
    let after = stream_sequences(reader, StreamId::LOG.0, ordinal, usize::MAX)?;
    Ok(after.into_iter().filter(|found| *found > sequence).collect())
}

fn follows(block: &Block<'_>, chain: Option<[u8; 32]>) -> Result<(), Break> {
    let first = block.record(0)?.header;
    match chain {
        Some(chain) if chain != first.previous_chain => Err(Break::at(first.sequence, Fault::Chain)),
        Some(_) | None => Ok(()),
    }
}

/// A record of the log as folds see it.
pub fn recorded(record: &Record<'_>) -> Result<Recorded<Event>, RecoverError> {
    let header = &record.header;
    let sequence = header.sequence;
    if record.presence != Presence::Present {
        return Err(RecoverError::Removed { sequence });
    }
    let event = codec::decode(header.kind, header.kind_version, record.payload)
        .map_err(|source| RecoverError::Decode { sequence, source })?;
    Ok(Recorded {
        sequence,
        group: header.group,
        at: Micros(header.time_us),
        elapsed: Micros(header.elapsed_us.cast_signed()),
        stream: StreamId(header.stream),
        ordinal: header.stream_ordinal,
        cause: header.cause,
        principal: PrincipalId(header.principal),
        event,
    })
}
