//! What fjall replayed from its journals, compared with itself: the part of a log that an unclean stop puts at risk.
//!
//! fjall skips a batch whose number says that it is in a table already, and its checksum does not cover that
//! number. A
//! flipped bit there would take a block, or its index, out of the middle without a word.

use crate::fjall_store::FjallReader;
use crate::index::{check_tiles, commit_of};
use crate::records::blocks;
use crate::storage::{LogRead, ReadError};
use crate::tree_reader::TreeReader;
use triad_proof::build::Position;
use triad_proof::{Block, Break, Fault};

/// Checks that the blocks from the one that holds `from` up to `end` follow from each other, that their tiles follow from
/// them, and that no batch of the stream index is missing. Single postings are not looked up: a batch is checksummed, and
/// taken whole or not at all.
pub(crate) fn check(reader: &FjallReader, from: u64, end: u64) -> Result<(), ReadError> {
    reader.check_index_batches(from)?;
    let mut position = position_before(reader, from)?;
    for bytes in blocks(reader, from, end) {
        let bytes = bytes?;
        let block = Block::decode(&bytes)?;
        if block.record(0)?.header.previous_chain != position.chain {
            return Err(Break::at(block.first_sequence, Fault::Chain).into());
        }
        check_tiles(reader, &commit_of(&bytes, &mut position)?)?;
        if position.edge != block.head.edge {
            return Err(Break::at(block.first_sequence, Fault::Tree { field: "edge" }).into());
        }
    }
    Ok(())
}

/// Where the log stood before the block that begins with `sequence`.
fn position_before(reader: &FjallReader, sequence: u64) -> Result<Position, ReadError> {
    let Some(last) = sequence.checked_sub(1) else { return Ok(Position::default()) };
    let missing = || ReadError::Missing { what: format!("record {last}") };
    let bytes = reader.block_holding(last)?.ok_or_else(missing)?;
    let block = Block::decode(&bytes)?;
    let record = block.record_at(last).ok_or_else(missing)??;
    Ok(Position {
        next_sequence: sequence,
        chain: block.head.chain,
        time_us: record.header.time_us,
        elapsed_us: record.header.elapsed_us,
        edge: block.head.edge.clone(),
        rows: TreeReader::new(reader.clone(), sequence).rows()?,
    })
}
