//! The tree at a size, read from stored tiles and, at the right edge, from headers.

use crate::storage::{LogRead, ReadError};
use std::collections::BTreeMap;
use triad_proof::Block;
use triad_proof::path::NodeSource;
use triad_proof::tile::{TILE_WIDTH, TileId, TileRows, level_width};
use triad_proof::tree::{Edge, Hash, complete_root, leaf_hashes};

/// Reads hashes of the tree that the first `size` records make. Unfinished tiles are computed once.
#[derive(Debug, Clone)]
pub struct TreeReader<R> {
    reader: R,
    size: u64,
    unfinished: BTreeMap<u8, Vec<Hash>>,
}

impl<R: LogRead> TreeReader<R> {
    /// The tree of the first `size` records, all of which are durable.
    pub fn new(reader: R, size: u64) -> Self {
        Self { reader, size, unfinished: BTreeMap::new() }
    }

    /// The hashes of the tile at `id`, of which only the last of a level may be partial.
    pub fn tile(&mut self, id: TileId) -> Result<Vec<Hash>, ReadError> {
        if id.index < level_width(self.size, id.level) / TILE_WIDTH {
            let what = || format!("tile {} of level {}", id.index, id.level);
            return self.reader.tile(id)?.ok_or_else(|| ReadError::Missing { what: what() });
        }
        if let Some(hashes) = self.unfinished.get(&id.level) {
            return Ok(hashes.clone());
        }
        let hashes = self.compute_unfinished(id.level)?;
        self.unfinished.insert(id.level, hashes.clone());
        Ok(hashes)
    }

    fn compute_unfinished(&mut self, level: u8) -> Result<Vec<Hash>, ReadError> {
        let width = level_width(self.size, level);
        let first = width - width % TILE_WIDTH;
        let Some(below) = level.checked_sub(1) else { return self.leaf_hashes(first, width) };
        (first..width).map(|index| Ok(complete_root(&self.tile(TileId { level: below, index })?))).collect()
    }

    fn leaf_hashes(&self, from: u64, to: u64) -> Result<Vec<Hash>, ReadError> {
        let mut hashes = Vec::with_capacity((to - from) as usize);
        let mut sequence = from;
        while sequence < to {
            let bytes = self.reader.block_holding(sequence)?;
            let bytes = bytes.ok_or_else(|| ReadError::Missing { what: format!("record {sequence}") })?;
            let block = Block::decode(&bytes)?;
            let end = to.min(block.tree_size());
            let header_bytes = |sequence| {
                let record = block.record_at(sequence);
                let missing = || ReadError::Missing { what: format!("record {sequence}") };
                Ok(record.ok_or_else(missing)??.header_bytes.as_slice())
            };
            let headers = (sequence..end).map(header_bytes).collect::<Result<Vec<_>, ReadError>>()?;
            hashes.extend(leaf_hashes(headers.into_iter()));
            sequence = end;
        }
        Ok(hashes)
    }

    /// The right edge as the stored tiles and the newest headers make it.
    pub fn edge(&mut self) -> Result<Option<Edge>, ReadError> {
        let (size, mut roots) = (self.size, Vec::new());
        for level in (0..u8::MAX).take_while(|level| level_width(size, *level) > 0) {
            let mut row = Edge::default();
            for hash in self.unfinished(level)? {
                row.append(hash, |_, _| ());
            }
            roots.splice(0..0, row.roots().iter().copied());
        }
        Ok(Edge::new(size, roots))
    }

    fn unfinished(&mut self, level: u8) -> Result<Vec<Hash>, ReadError> {
        let width = level_width(self.size, level);
        if width.is_multiple_of(TILE_WIDTH) {
            return Ok(Vec::new());
        }
        self.tile(TileId { level, index: width / TILE_WIDTH })
    }

    /// The unfinished tiles, for a writer that continues from here.
    pub fn rows(&mut self) -> Result<TileRows, ReadError> {
        let size = self.size;
        TileRows::resume(size, |level| self.unfinished(level))
    }
}

impl<R: LogRead> NodeSource for TreeReader<R> {
    type Error = ReadError;

    fn row(&mut self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, ReadError> {
        let hashes = self.tile(TileId { level, index: first / TILE_WIDTH })?;
        let start = (first % TILE_WIDTH) as usize;
        let row = hashes.get(start..start + count as usize);
        row.map(<[Hash]>::to_vec)
            .ok_or_else(|| ReadError::Missing { what: format!("node {first} of level {level}") })
    }
}
