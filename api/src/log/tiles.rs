//! `triad log tiles`

use crate::failure::Failure;
use crate::output::Output;
use std::path::Path;
use triad_log::ReadOnly;
use triad_log::publish::publish;
use triad_proof::static_tiles::{StaticFile, tiles};
use triad_proof::tile::TILE_WIDTH;

pub(crate) fn run(directory: &Path, target: &Path, output: &Output) -> Result<(), Failure> {
    if target.exists() {
        return Err(Failure::usage(format!("{} exists already: choose another name", target.display())));
    }
    let opened = ReadOnly::open(directory)?;
    let head = &opened.head;
    let size = head.last_sequence + 1;
    let count = tiles(size).count() as u64;
    let bar = output.progress("writing tiles", size.div_ceil(TILE_WIDTH) + count + 1);
    publish(opened.reader(), size, &head.checkpoint_note, |file| {
        bar.inc(1);
        write(target, &file)
    })?;
    bar.finish_and_clear();
    let text =
        || format!("{count} tiles, their entries and the checkpoint at size {size} to {}", target.display());
    output.result(text, || serde_json::json!({ "target": target, "tiles": count, "size": size }))
}

fn write(target: &Path, StaticFile { path, bytes }: &StaticFile) -> Result<(), Failure> {
    let file = target.join(path);
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(Failure::file("failed to create", parent))?;
    }
    std::fs::write(&file, bytes).map_err(Failure::file("failed to write", &file))
}
