//! C2SP `tlog-tiles` v1.0.0: the tree as files that never change once full.

use crate::tree::Hash;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Levels of the tree that one level of tiles spans.
pub const TILE_HEIGHT: u32 = 8;

/// A full tile: 256 hashes at one tile level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    /// Tile level: 0 holds leaf hashes, 1 the roots of full level-0 tiles, and so on.
    pub level: u8,
    /// Position among the tiles of its level.
    pub index: u64,
}

impl TileId {
    /// The path of the tile with `width` hashes: `tile/<L>/<N>`, with `.p/<W>` when it is not full.
    pub fn path(self, width: u64) -> String {
        format!("tile/{}/{}{}", self.level, index_path(self.index), partial_suffix(width))
    }
}

/// The path of the bundle with the entries of the level-0 tile at `index`.
pub fn entries_path(index: u64, width: u64) -> String {
    format!("tile/entries/{}{}", index_path(index), partial_suffix(width))
}

/// How many hashes a tree of `size` leaves has at tile `level`.
pub fn level_width(size: u64, level: u8) -> u64 {
    size.checked_shr(TILE_HEIGHT * u32::from(level)).unwrap_or(0)
}

fn partial_suffix(width: u64) -> String {
    if width == TILE_WIDTH { String::new() } else { format!(".p/{width}") }
}

/// `1234067` is `x001/x234/067`.
fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// Collects the hashes of each level's unfinished tile while the tree grows.
#[derive(Debug, Clone, Default)]
pub struct TileRows {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Default)]
struct Row {
    index: u64,
    hashes: Vec<Hash>,
}

impl TileRows {
    /// The unfinished rows of a tree of `size` leaves; `partial(level)` gives the hashes of the unfinished tile.
    pub fn resume<E>(size: u64, mut partial: impl FnMut(u8) -> Result<Vec<Hash>, E>) -> Result<Self, E> {
        let mut rows = Vec::new();
        let mut level = 0;
        while level_width(size, level) > 0 {
            let index = level_width(size, level) / TILE_WIDTH;
            let hashes = partial(level)?;
            debug_assert_eq!(hashes.len() as u64, level_width(size, level) % TILE_WIDTH);
            rows.push(Row { index, hashes });
            level += 1;
        }
        Ok(Self { rows })
    }

    /// Takes a complete subtree as [`crate::tree::Edge::append`] reports it; `full` receives each tile that fills up.
    pub fn push(&mut self, height: u32, root: &Hash, mut full: impl FnMut(TileId, Vec<Hash>)) {
        if !height.is_multiple_of(TILE_HEIGHT) {
            return;
        }
        let level = (height / TILE_HEIGHT) as usize;
        if self.rows.len() == level {
            self.rows.push(Row::default());
        }
        let row = &mut self.rows[level];
        row.hashes.push(*root);
        if row.hashes.len() as u64 == TILE_WIDTH {
            let id = TileId { level: level as u8, index: row.index };
            row.index += 1;
            full(id, std::mem::take(&mut row.hashes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_specification() {
        assert_eq!(TileId { level: 0, index: 1_234_067 }.path(256), "tile/0/x001/x234/067");
        assert_eq!(TileId { level: 1, index: 0 }.path(17), "tile/1/000.p/17");
        assert_eq!(entries_path(273, 112), "tile/entries/273.p/112");
    }

    #[test]
    fn a_tree_of_70_000_has_the_widths_of_the_specification() {
        assert_eq!((0..4).map(|level| level_width(70_000, level)).collect::<Vec<_>>(), [70_000, 273, 1, 0]);
    }
}
