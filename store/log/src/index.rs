//! The index of a block, recomputed from the block alone: postings and tiles. Repair rebuilds with it,
//! verification compares.

use crate::posting::Posting;
use crate::records::blocks;
use crate::storage::{BlockBytes, Commit, LogRead, ReadError};
use std::collections::BTreeMap;
use triad_proof::Block;
use triad_proof::build::Position;
use triad_proof::tree::leaf_hashes;

/// The commit that must have written `block`, given the position before it; `position` moves past the block. What was
/// attached does not follow from a block.
pub fn commit_of(block: &BlockBytes, position: &mut Position) -> Result<Commit, ReadError> {
    let view = Block::decode(block)?;
    let mut postings: BTreeMap<[u8; 16], Posting> = BTreeMap::new();
    let records = view.records().collect::<Result<Vec<_>, _>>()?;
    let leaves = leaf_hashes(records.iter().map(|record| record.header_bytes.as_slice()));
    let (Position { edge, rows, .. }, mut tiles) = (&mut *position, Vec::new());
    edge.append_all(leaves, |height, root| {
        rows.push(height, root, |id, hashes| tiles.push((id, hashes)));
    });
    for (place, record) in records.iter().enumerate() {
        position.time_us = record.header.time_us;
        position.elapsed_us = record.header.elapsed_us;
        let posting = postings.entry(record.header.stream).or_insert_with(|| Posting {
            stream: record.header.stream,
            block_first: view.first_sequence,
            first_ordinal: record.header.stream_ordinal,
            places: Vec::new(),
        });
        posting.places.push(u16::try_from(place).expect("invariant: a block holds at most 65,536 records"));
    }
    position.next_sequence = view.tree_size();
    position.chain = view.head.chain;
    Ok(Commit {
        first_sequence: view.first_sequence,
        last_sequence: view.last_sequence(),
        chain: view.head.chain,
        block: block.clone(),
        tiles,
        postings: postings.into_values().collect(),
        statement: view.head.statement.as_ref().map(|statement| (statement.epoch, statement.encode())),
        attachments: Vec::new(),
    })
}

/// Compares the index of the whole log up to the block that holds `last` with what follows from the blocks. `progress` hears
/// of each block's last sequence.
pub fn check_whole_index<R: LogRead>(
    reader: &R,
    last: u64,
    mut progress: impl FnMut(u64),
) -> Result<(), ReadError> {
    let mut position = Position::default();
    for block in blocks(reader, 0, last) {
        check_index(reader, &block?, &mut position)?;
        progress(position.next_sequence - 1);
    }
    Ok(())
}

/// Compares what is stored beside `block` with what follows from the block; `position` is the one before it,
/// and moves
/// past it. The block itself is not verified.
pub fn check_index<R: LogRead>(
    reader: &R,
    block: &BlockBytes,
    position: &mut Position,
) -> Result<(), ReadError> {
    let commit = commit_of(block, position)?;
    check_tiles(reader, &commit)?;
    let wrong = |what: String| Err(ReadError::Index { sequence: commit.first_sequence, what });
    for posting in &commit.postings {
        if reader.posting_at_or_before(posting.stream, commit.first_sequence)?.as_ref() != Some(posting) {
            let first = posting.sequences().next().unwrap_or(commit.first_sequence);
            return wrong(format!("the stream of record {first}"));
        }
    }
    Ok(())
}

/// Compares the tiles and the key statement that a commit must have written with what is stored.
pub(crate) fn check_tiles<R: LogRead>(reader: &R, commit: &Commit) -> Result<(), ReadError> {
    let wrong = |what: String| Err(ReadError::Index { sequence: commit.first_sequence, what });
    for (id, hashes) in &commit.tiles {
        if reader.tile(*id)?.as_ref() != Some(hashes) {
            return wrong(format!("tile {} of level {}", id.index, id.level));
        }
    }
    let Some((epoch, statement)) = &commit.statement else { return Ok(()) };
    match reader.statement(*epoch)? {
        Some(stored) if stored.encode() == *statement => Ok(()),
        Some(_) | None => wrong(format!("the key statement of epoch {epoch}")),
    }
}
