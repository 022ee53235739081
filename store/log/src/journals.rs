//! fjall's journals, seen from outside: copied before fjall opens (and cuts) them, and searched for whole blocks.

use crate::database::ATTACHMENTS_KEYSPACE;
use crate::journal_batches;
use crate::storage::Attachment;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use triad_proof::block::{BLOCK_MAGIC, BLOCK_PREFIX_LENGTH, Prefix};
use triad_proof::{Block, LogId};

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

/// Copies the journals into a new directory and syncs it. The directory appears when the copy is whole, or not
/// at all.
pub fn copy_aside(database: &Path, target: &Path) -> io::Result<()> {
    let partial = target.with_file_name("journals.partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    let copied = copy_into(database, &partial).and_then(|()| std::fs::rename(&partial, target));
    if copied.is_err() {
        // It holds nothing that is not in the database, and on a full disk it is in the way.
        drop(std::fs::remove_dir_all(&partial));
        return copied;
    }
    target.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn copy_into(database: &Path, target: &Path) -> io::Result<()> {
    std::fs::create_dir(target)?;
    for path in journal_paths(database)? {
        copy_journal(&path, &target.join(path.file_name().unwrap_or_default()))?.sync_all()?;
    }
    File::open(target)?.sync_all()
}

/// Copies a journal up to its last byte that is not zero.
pub(crate) fn copy_journal(path: &Path, target: &Path) -> io::Result<File> {
    let mut source = File::open(path)?;
    let length = extent(&mut source)?;
    source.seek(SeekFrom::Start(0))?;
    let mut copy = File::create(target)?;
    io::copy(&mut source.take(length), &mut copy)?;
    Ok(copy)
}

/// Whether a copy holds what the journals hold.
pub fn is_copy(database: &Path, copy: &Path) -> io::Result<bool> {
    let extents = extents(database)?;
    if extents != self::extents(copy)? {
        return Ok(false);
    }
    for (name, length) in extents {
        let one = File::open(database.join(&name))?.take(length);
        let other = File::open(copy.join(&name))?.take(length);
        if !read_alike(one, other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_alike(one: impl Read, other: impl Read) -> io::Result<bool> {
    let mut one = io::BufReader::with_capacity(CHUNK_LENGTH, one);
    let mut other = io::BufReader::with_capacity(CHUNK_LENGTH, other);
    loop {
        let (this, that) = (one.fill_buf()?, other.fill_buf()?);
        let length = this.len().min(that.len());
        if this[..length] != that[..length] || (length == 0 && this.len() != that.len()) {
            return Ok(false);
        }
        if length == 0 {
            return Ok(true);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// First sequence of the oldest block of a log that lies whole in a journal.
pub fn oldest_block(database: &Path, log_id: &LogId) -> io::Result<Option<u64>> {
    let mut oldest: Option<u64> = None;
    for path in journal_paths(database)? {
        let first = first_block(&read_journal(&path)?, log_id);
        oldest = oldest.into_iter().chain(first).min();
    }
    Ok(oldest)
}

/// Within a journal blocks lie in the order in which they were committed.
fn first_block(bytes: &[u8], log_id: &LogId) -> Option<u64> {
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], BLOCK_MAGIC) {
        at += found;
        let block = whole_block(&bytes[at..]).and_then(|bytes| Block::decode(bytes).ok());
        if let Some(block) = block.filter(|block| block.log_id == *log_id) {
            return Some(block.first_sequence);
        }
        at += 1;
    }
    None
}

/// Every whole block that lies in the journals of a directory, in no particular order.
pub fn salvage(directory: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut blocks = Vec::new();
    for path in journal_paths(directory)? {
        find_blocks(&read_journal(&path)?, &mut blocks);
    }
    Ok(blocks)
}

/// Every attachment that lies in a whole batch of the journals of a directory, older ones first.
pub(crate) fn salvage_attachments(directory: &Path) -> io::Result<Vec<Attachment>> {
    let mut attachments = Vec::new();
    for path in journal_paths(directory)? {
        attachments.extend(journal_batches::values(&read_journal(&path)?, ATTACHMENTS_KEYSPACE));
    }
    Ok(attachments)
}

fn read_journal(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = extent(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Blocks carry their own magic, length and checksum, so the journal's framing is not needed to find them.
fn find_blocks(bytes: &[u8], blocks: &mut Vec<Vec<u8>>) {
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], BLOCK_MAGIC) {
        at += found;
        match whole_block(&bytes[at..]) {
            Some(block) => {
                blocks.push(block.to_vec());
                at += block.len();
            }
            None => at += 1,
        }
    }
}

/// The block with which `bytes` begin.
fn whole_block(bytes: &[u8]) -> Option<&[u8]> {
    let prefix = Prefix::decode(bytes.first_chunk::<BLOCK_PREFIX_LENGTH>()?).ok()?;
    let block = bytes.get(..prefix.block_length as usize)?;
    Block::decode(block).is_ok().then_some(block)
}

fn find(bytes: &[u8], needle: &[u8; 8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

pub(crate) fn journal_paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            paths.push(path);
        }
    }
    // Names are numbers without leading zeros: 10.jnl is newer than 9.jnl.
    paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    Ok(paths)
}

/// The offset after the last byte that is not zero. Holes are not read: a fresh journal is one.
fn extent(file: &mut File) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK_LENGTH];
    for region in data_regions(file)?.into_iter().rev() {
        let mut end = region.end;
        while end > region.start {
            let start = end.saturating_sub(CHUNK_LENGTH as u64).max(region.start);
            let chunk = &mut chunk[..(end - start) as usize];
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(chunk)?;
            if let Some(last) = chunk.iter().rposition(|byte| *byte != 0) {
                return Ok(start + last as u64 + 1);
            }
            end = start;
        }
    }
    Ok(0)
}

/// The parts of a file that are not holes; all of it where the file system does not tell.
fn data_regions(file: &File) -> io::Result<Vec<Range<u64>>> {
    let length = file.metadata()?.len();
    let (mut regions, mut offset) = (Vec::new(), 0);
    while offset < length {
        let start = match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(offset)) {
            Ok(start) => start,
            Err(Errno::NXIO) => break,
            Err(Errno::INVAL) => offset,
            Err(error) => return Err(error.into()),
        };
        offset = match rustix::fs::seek(file, rustix::fs::SeekFrom::Hole(start)) {
            Ok(end) => end,
            Err(Errno::INVAL) => length,
            Err(error) => return Err(error.into()),
        };
        regions.push(start..offset);
    }
    Ok(regions)
}
