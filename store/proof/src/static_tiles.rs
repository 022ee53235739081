//! The C2SP `tlog-tiles` v1.0.0 layout as files (format document, section 8): what a static web server needs to
//! serve a log's checkpoint, tree and entries.

use crate::header::HEADER_LENGTH;
use crate::path::NodeSource;
use crate::tile::{TILE_WIDTH, TileId, entries_path, level_width};

/// One file of the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticFile {
    /// Path below the prefix that is served, with `/` between its parts.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// All files of a tree of `size` leaves: bundles of entries, tiles of every level, and at last the checkpoint
/// `note`, so that a copy that was interrupted never announces what it does not hold. Files that are not full
/// have the partial form; there is none without content. `entry` is asked for the header of each sequence,
/// ascending from 0.
pub fn files<S: NodeSource>(
    size: u64,
    note: &str,
    source: &mut S,
    mut entry: impl FnMut(u64) -> Result<[u8; HEADER_LENGTH], S::Error>,
) -> impl Iterator<Item = Result<StaticFile, S::Error>> {
    let bundles = spans(size).map(move |(index, width)| bundle(index, width, &mut entry));
    let tiles = tiles(size).map(move |(id, width)| tile(id, width, source));
    let checkpoint = StaticFile { path: "checkpoint".into(), bytes: note.into() };
    bundles.chain(tiles).chain(std::iter::once(Ok(checkpoint)))
}

/// The tiles of a tree of `size` leaves with the number of hashes in each, level by level.
pub fn tiles(size: u64) -> impl Iterator<Item = (TileId, u64)> {
    let levels = (0..).map(move |level| (level, level_width(size, level)));
    levels.take_while(|(_, hash_count)| *hash_count > 0).flat_map(|(level, hash_count)| {
        spans(hash_count).map(move |(index, width)| (TileId { level, index }, width))
    })
}

/// Cuts a row into tiles: the position of each and its width.
fn spans(row_length: u64) -> impl Iterator<Item = (u64, u64)> {
    let count = row_length.div_ceil(TILE_WIDTH);
    (0..count).map(move |index| (index, TILE_WIDTH.min(row_length - index * TILE_WIDTH)))
}

fn tile<S: NodeSource>(id: TileId, width: u64, source: &mut S) -> Result<StaticFile, S::Error> {
    let hashes = source.row(id.level, id.index * TILE_WIDTH, width)?;
    Ok(StaticFile { path: id.path(width), bytes: hashes.into_flattened() })
}

fn bundle<E>(
    index: u64,
    width: u64,
    entry: &mut impl FnMut(u64) -> Result<[u8; HEADER_LENGTH], E>,
) -> Result<StaticFile, E> {
    let first = index * TILE_WIDTH;
    let mut bytes = Vec::with_capacity(width as usize * (2 + HEADER_LENGTH));
    for sequence in first..first + width {
        bytes.extend_from_slice(&(HEADER_LENGTH as u16).to_be_bytes());
        bytes.extend_from_slice(&entry(sequence)?);
    }
    Ok(StaticFile { path: entries_path(index, width), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Hash;

    /// Says where each hash comes from.
    struct Places;

    impl NodeSource for Places {
        type Error = String;
        fn row(&mut self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, String> {
            let place = |n: u64| std::array::from_fn(|byte| if byte == 0 { level } else { n as u8 });
            Ok((first..first + count).map(place).collect())
        }
    }

    fn check_paths(size: u64, expected: &[&str]) {
        let mut source = Places;
        let files = files(size, "note", &mut source, |sequence| Ok([sequence as u8; HEADER_LENGTH]));
        let paths: Vec<String> = files.map(|file| file.expect("has a source").path).collect();
        assert_eq!(paths, expected, "size {size}");
    }

    #[test]
    fn every_tile_is_there_and_none_is_empty() {
        check_paths(0, &["checkpoint"]);
        check_paths(1, &["tile/entries/000.p/1", "tile/0/000.p/1", "checkpoint"]);
        check_paths(256, &["tile/entries/000", "tile/0/000", "tile/1/000.p/1", "checkpoint"]);
        check_paths(
            257,
            &[
                "tile/entries/000",
                "tile/entries/001.p/1",
                "tile/0/000",
                "tile/0/001.p/1",
                "tile/1/000.p/1",
                "checkpoint",
            ],
        );
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_that_the_specification_lists() {
        let tiles: Vec<(TileId, u64)> = tiles(70_000).collect();
        let at = |level| {
            tiles.iter().filter(move |(id, _)| id.level == level).map(|(id, width)| (id.index, *width))
        };
        assert_eq!(at(0).filter(|(_, width)| *width == 256).count(), 273);
        assert_eq!(at(0).next_back(), Some((273, 112)));
        assert_eq!(at(1).collect::<Vec<_>>(), [(0, 256), (1, 17)]);
        assert_eq!(at(2).collect::<Vec<_>>(), [(0, 1)]);
        assert_eq!(at(3).count(), 0);
    }

    #[test]
    fn an_entry_follows_its_length_and_a_missing_one_stops_its_bundle() {
        let entry = |sequence: u64| Ok([sequence as u8; HEADER_LENGTH]);
        let mut source = Places;
        let files: Vec<_> =
            files(2, "note", &mut source, entry).collect::<Result<_, _>>().expect("has a source");
        assert_eq!(files[0].bytes[..3], [0, 192, 0]);
        assert_eq!(files[0].bytes[194..197], [0, 192, 1]);
        assert_eq!(files[0].bytes.len(), 2 * 194);
        assert_eq!(files[1].bytes.len(), 64);
        assert_eq!(files[2].bytes, b"note");
        let gone = |_| Err("gone".to_owned());
        assert_eq!(super::files(2, "note", &mut source, gone).next(), Some(Err("gone".into())));
    }
}
