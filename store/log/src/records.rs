//! Reading records: in log order, by sequence, and by stream.

use crate::storage::{BlockBytes, LogRead, ReadError};
use triad_proof::Block;

/// The blocks from the one that holds `from` up to the one that holds `last`. Never ends early without an
/// error: a gap is one.
pub fn blocks<R: LogRead>(
    reader: &R,
    from: u64,
    last: u64,
) -> impl Iterator<Item = Result<BlockBytes, ReadError>> {
    let reader = reader.clone();
    let mut next = Some(from).filter(|from| *from <= last);
    std::iter::from_fn(move || {
        let sequence = next?;
        let read = read_block(&reader, sequence);
        next = match &read {
            Ok((_, after)) => Some(*after).filter(|after| *after <= last),
            Err(_) => None,
        };
        Some(read.map(|(bytes, _)| bytes))
    })
}

fn read_block<R: LogRead>(reader: &R, sequence: u64) -> Result<(BlockBytes, u64), ReadError> {
    let missing = || ReadError::Missing { what: format!("record {sequence}") };
    let bytes = reader.block_holding(sequence)?.ok_or_else(missing)?;
    let block = Block::decode(&bytes)?;
    if sequence > block.last_sequence() {
        return Err(missing());
    }
    let after = block.tree_size();
    Ok((bytes, after))
}

/// Sequences of a stream's records in order, from ordinal `from`, at most `limit`.
pub fn stream_sequences<R: LogRead>(
    reader: &R,
    stream: [u8; 16],
    from: u64,
    limit: usize,
) -> Result<Vec<u64>, ReadError> {
    let mut sequences = Vec::new();
    let mut block_first = 0;
    while sequences.len() < limit {
        let postings = reader.postings(stream, block_first, POSTINGS_PER_READ)?;
        let Some(last) = postings.last() else { break };
        block_first = last.block_first + 1;
        for posting in &postings {
            let skip = from.saturating_sub(posting.first_ordinal) as usize;
            sequences.extend(posting.sequences().skip(skip).take(limit - sequences.len()));
        }
    }
    Ok(sequences)
}

/// Postings fetched in one read of a stream.
const POSTINGS_PER_READ: usize = 1024;
