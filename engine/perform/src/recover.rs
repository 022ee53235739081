//! Recovery: the world as a fold of the records, from the newest trusted snapshot on.

use crate::snapshot_file;
use std::path::Path;
use triad_decide::{Illegal, World, evolve};
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, codec};
use triad_log::records::blocks;
use triad_log::{LogRead, ReadError};
use triad_proof::record::{Presence, Record};
use triad_proof::verify::check_records;
use triad_proof::{Block, Break, Fault};

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

/// Folds the log up to the record `last`. The records after the snapshot are verified; those before it are what the
/// snapshot's logged digest stands for.
pub(crate) fn recover<R: LogRead>(reader: &R, last: u64, directory: &Path) -> Result<World, RecoverError> {
    let mut world = snapshot_file::newest_trusted(reader, last, directory)?.unwrap_or_default();
    let from = world.next_sequence();
    let mut chain = None;
    for bytes in blocks(reader, from, last) {
        let bytes = bytes?;
        let block = Block::decode(&bytes).map_err(ReadError::Break)?;
        check_records(&block, None).map_err(ReadError::Break)?;
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
        stream: StreamId(header.stream),
        ordinal: header.stream_ordinal,
        cause: header.cause,
        principal: PrincipalId(header.principal),
        event,
    })
}
