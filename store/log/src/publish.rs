//! The log as files that a static web server hands out, in the layout of [`triad_proof::static_tiles`].

use crate::records::blocks;
use crate::storage::{LogRead, ReadError};
use crate::tree_reader::TreeReader;
use std::collections::VecDeque;
use triad_proof::Block;
use triad_proof::header::HEADER_LENGTH;
use triad_proof::static_tiles::{StaticFile, files};

/// Hands each file of the first `size` records to `take`: the entries, the tiles, and at last `note`, the signed checkpoint at
/// that size.
pub fn publish<R: LogRead, E: From<ReadError>>(
    reader: &R,
    size: u64,
    note: &str,
    mut take: impl FnMut(StaticFile) -> Result<(), E>,
) -> Result<(), E> {
    let mut tree = TreeReader::new(reader.clone(), size);
    let mut blocks = blocks(reader, 0, size.saturating_sub(1));
    let mut headers: VecDeque<[u8; HEADER_LENGTH]> = VecDeque::new();
    let entry = |sequence: u64| {
        let missing = || ReadError::Missing { what: format!("record {sequence}") };
        if headers.is_empty() {
            let bytes = blocks.next().ok_or_else(missing)??;
            for record in Block::decode(&bytes)?.records() {
                headers.push_back(*record?.header_bytes);
            }
        }
        headers.pop_front().ok_or_else(missing)
    };
    for file in files(size, note, &mut tree, entry) {
        take(file?)?;
    }
    Ok(())
}
