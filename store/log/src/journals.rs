//! fjall's journals, seen from outside: copied before fjall opens (and cuts) them, and searched for whole blocks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use triad_proof::Block;
use triad_proof::block::{BLOCK_MAGIC, BLOCK_PREFIX_LENGTH, Prefix};

const CHUNK_LENGTH: usize = 1 << 20;

/// How far each journal holds anything but zeros, by file name. Journals are made 64 MiB long and mostly empty.
pub fn extents(database: &Path) -> io::Result<BTreeMap<String, u64>> {
    let mut extents = BTreeMap::new();
    for path in journal_paths(database)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        extents.insert(name, extent(&mut File::open(&path)?)?);
    }
    Ok(extents)
}

/// How many bytes the journals that are still there have lost at their ends.
pub fn dropped_bytes(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> u64 {
    before.iter().filter_map(|(name, extent)| Some(extent.saturating_sub(*after.get(name)?))).sum()
}

/// Copies the journals into a new directory and syncs it.
pub fn copy_aside(database: &Path, target: &Path) -> io::Result<()> {
    std::fs::create_dir_all(target)?;
    for path in journal_paths(database)? {
        let mut source = File::open(&path)?;
        let length = extent(&mut source)?;
        source.seek(SeekFrom::Start(0))?;
        let mut copy = File::create(target.join(path.file_name().unwrap_or_default()))?;
        io::copy(&mut source.take(length), &mut copy)?;
        copy.sync_all()?;
    }
    File::open(target)?.sync_all()
}

/// Every whole block that lies in the journals of a directory, in no particular order.
pub fn salvage(directory: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut blocks = Vec::new();
    for path in journal_paths(directory)? {
        let mut file = File::open(&path)?;
        let length = extent(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::with_capacity(length as usize);
        file.take(length).read_to_end(&mut bytes)?;
        find_blocks(&bytes, &mut blocks);
    }
    Ok(blocks)
}

/// Blocks carry their own magic, length and checksum, so the journal's framing is not needed to find them.
fn find_blocks(bytes: &[u8], blocks: &mut Vec<Vec<u8>>) {
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], BLOCK_MAGIC) {
        at += found;
        let candidate = &bytes[at..];
        let length = candidate
            .first_chunk::<BLOCK_PREFIX_LENGTH>()
            .and_then(|prefix| Prefix::decode(prefix).ok())
            .map_or(0, |prefix| prefix.block_length as usize);
        let whole = candidate.get(..length).filter(|bytes| Block::decode(bytes).is_ok());
        match whole {
            Some(block) => {
                blocks.push(block.to_vec());
                at += length;
            }
            None => at += 1,
        }
    }
}

fn find(bytes: &[u8], needle: &[u8; 8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn journal_paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The offset after the last byte that is not zero.
fn extent(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut chunk = vec![0; CHUNK_LENGTH];
    while end > 0 {
        let start = end.saturating_sub(CHUNK_LENGTH as u64);
        let chunk = &mut chunk[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(chunk)?;
        if let Some(last) = chunk.iter().rposition(|byte| *byte != 0) {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
