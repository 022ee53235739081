//! The index of a block, recomputed from the block alone: postings and tiles. Repair rebuilds with it, verification compares.

use crate::posting::Posting;
use crate::storage::{BlockBytes, Commit, ReadError};
use std::collections::BTreeMap;
use triad_proof::Block;
use triad_proof::build::Position;
use triad_proof::tree::leaf_hash;

/// The commit that must have written `block`, given the position before it; `position` moves past the block.
pub fn commit_of(block: &BlockBytes, position: &mut Position) -> Result<Commit, ReadError> {
    let view = Block::decode(block)?;
    let mut postings: BTreeMap<[u8; 16], Posting> = BTreeMap::new();
    let mut tiles = Vec::new();
    for (place, record) in view.records().enumerate() {
        let record = record?;
        let Position { edge, rows, .. } = &mut *position;
        edge.append(leaf_hash(record.header_bytes), |height, root| {
            rows.push(height, root, |id, hashes| tiles.push((id, hashes)));
        });
        position.time_us = record.header.time_us;
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
    })
}
