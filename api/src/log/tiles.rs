//! `triad log tiles`

use crate::failure::Failure;
use crate::output::Output;
use std::path::Path;
use triad_log::directory::LogDirectory;
use triad_log::records::blocks;
use triad_log::tree_reader::TreeReader;
use triad_proof::Block;
use triad_proof::tile::{TILE_WIDTH, TileId, entries_path, level_width};

pub(crate) fn run(directory: &Path, target: &Path, output: &Output) -> Result<(), Failure> {
    if target.exists() {
        return Err(Failure::usage(format!("{} exists already: choose another name", target.display())));
    }
    let opened = LogDirectory::open(directory)?;
    let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
    let size = head.last_sequence + 1;
    let bar = output.progress("writing tiles", size);
    let mut tree = TreeReader::new(opened.reader().clone(), size);
    let mut count = 0;
    for level in 0..=u8::MAX {
        let width = level_width(size, level);
        if width == 0 {
            break;
        }
        for index in 0..width.div_ceil(TILE_WIDTH) {
            let hashes = tree.tile(TileId { level, index })?;
            write(target, &TileId { level, index }.path(hashes.len() as u64), hashes.as_flattened())?;
            count += 1;
        }
    }
    let mut bundle = Vec::new();
    for bytes in blocks(opened.reader(), 0, head.last_sequence) {
        let bytes = bytes?;
        let block = Block::decode(&bytes)?;
        for record in block.records() {
            let record = record?;
            let entry = record.header_bytes;
            bundle.extend_from_slice(&(entry.len() as u16).to_be_bytes());
            bundle.extend_from_slice(entry);
            let after = record.header.sequence + 1;
            if after.is_multiple_of(TILE_WIDTH) || after == size {
                let index = record.header.sequence / TILE_WIDTH;
                write(target, &entries_path(index, after - index * TILE_WIDTH), &bundle)?;
                bundle.clear();
                bar.set_position(after);
            }
        }
    }
    write(target, "checkpoint", head.checkpoint_note.as_bytes())?;
    bar.finish_and_clear();
    let text =
        || format!("{count} tiles, their entries and the checkpoint at size {size} to {}", target.display());
    output.result(text, || serde_json::json!({ "target": target, "tiles": count, "size": size }));
    opened.close().map_err(Failure::file("close", directory))
}

fn write(target: &Path, path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let file = target.join(path);
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(Failure::file("failed to create", parent))?;
    }
    std::fs::write(&file, bytes).map_err(Failure::file("failed to write", &file))
}
