//! The watermark: a small file outside the database that says how far the log is durable (format document,
//! section 9).
//!
//! fjall's own recovery can drop acknowledged batches without an error when a bit in the middle of its journal flips.
//! The watermark is how an opening notices.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use triad_proof::LogId;

const MAGIC: &[u8; 8] = b"TRIADMRK";
const SLOT_LENGTH: usize = 128;
const COVERED_LENGTH: usize = 96;

/// What the watermark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The log.
    pub log_id: LogId,
    /// Sequence of the last durable record.
    pub sequence: u64,
    /// Its chain value.
    pub chain: [u8; 32],
    /// Whether the log was closed cleanly after it.
    pub closed: bool,
}

/// Writes the two slots in turn, so that one is always whole.
#[derive(Debug)]
pub struct Watermark {
    path: PathBuf,
    file: File,
    /// Device and inode of the file.
    identity: (u64, u64),
    generation: u64,
    synced: bool,
}

/// What is found in a watermark file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The newest whole slot.
    Mark(Mark),
    /// The file holds no whole slot.
    Damaged,
    /// The file holds nothing: it was made and never written, or a file system lost what was in it.
    Empty,
    /// There is no file.
    Absent,
}

/// Reads a watermark file.
pub fn read(path: &Path) -> io::Result<Found> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Absent),
        Err(error) => return Err(error),
    };
    if bytes.is_empty() {
        return Ok(Found::Empty);
    }
    Ok(newest(&bytes).map_or(Found::Damaged, |(_, mark)| Found::Mark(mark)))
}

fn newest(bytes: &[u8]) -> Option<(u64, Mark)> {
    let slots = bytes.as_chunks::<SLOT_LENGTH>().0.iter().take(2);
    slots.filter_map(decode).max_by_key(|(generation, _)| *generation)
}

impl Watermark {
    /// Opens the file, creating it when absent, to write marks after the newest that it holds.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let bytes = std::fs::read(path)?;
        let generation = newest(&bytes).map_or(0, |(generation, _)| generation);
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        Ok(Self { path: path.to_owned(), file, identity, generation, synced: false })
    }

    /// Writes a mark; it survives the process at once and a power cut after [`Self::sync`].
    pub fn write(&mut self, mark: &Mark) -> io::Result<()> {
        self.generation += 1;
        let slot = self.generation % 2 * SLOT_LENGTH as u64;
        self.synced = false;
        self.file.write_all_at(&encode(self.generation, mark), slot)
    }

    /// Whether the file is still found where it was opened. When its directory was moved or removed, what is written goes where
    /// nobody will look for it, or nowhere.
    pub fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }

    /// Syncs what was written since the last sync, if anything was.
    pub fn sync(&mut self) -> io::Result<()> {
        if !self.synced {
            self.file.sync_data()?;
            self.synced = true;
        }
        Ok(())
    }
}

fn encode(generation: u64, mark: &Mark) -> [u8; SLOT_LENGTH] {
    let mut slot = [0; SLOT_LENGTH];
    slot[..8].copy_from_slice(MAGIC);
    slot[8..24].copy_from_slice(&mark.log_id);
    slot[24..32].copy_from_slice(&generation.to_le_bytes());
    slot[32..40].copy_from_slice(&mark.sequence.to_le_bytes());
    slot[40..72].copy_from_slice(&mark.chain);
    slot[72] = if mark.closed { 2 } else { 1 };
    let checksum = blake3::hash(&slot[..COVERED_LENGTH]);
    slot[COVERED_LENGTH..].copy_from_slice(checksum.as_bytes());
    slot
}

fn decode(slot: &[u8; SLOT_LENGTH]) -> Option<(u64, Mark)> {
    let formed = matches!(slot[72], 1 | 2) && slot[73..COVERED_LENGTH].iter().all(|byte| *byte == 0);
    let whole = formed
        && slot.starts_with(MAGIC)
        && blake3::hash(&slot[..COVERED_LENGTH]).as_bytes() == &slot[COVERED_LENGTH..];
    let number = |at: usize| Some(u64::from_le_bytes(*slot[at..].first_chunk()?));
    let mark = Mark {
        log_id: *slot[8..].first_chunk()?,
        sequence: number(32)?,
        chain: *slot[40..].first_chunk()?,
        closed: slot[72] == 2,
    };
    whole.then_some((number(24)?, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(sequence: u64) -> Mark {
        Mark { log_id: [3; 16], sequence, chain: [sequence as u8; 32], closed: false }
    }

    #[test]
    fn the_newest_whole_slot_counts_whichever_byte_of_the_other_is_damaged() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("watermark");
        assert_eq!(read(&path).expect("reads"), Found::Absent);
        let mut watermark = Watermark::open(&path).expect("opens");
        watermark.write(&mark(1)).expect("writes");
        watermark.write(&mark(2)).expect("writes");
        assert_eq!(read(&path).expect("reads"), Found::Mark(mark(2)));
        let whole = std::fs::read(&path).expect("reads");
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 16;
            std::fs::write(&path, &damaged).expect("writes");
            let expected = if place < SLOT_LENGTH { mark(1) } else { mark(2) };
            assert_eq!(read(&path).expect("reads"), Found::Mark(expected), "byte {place}");
        }
        std::fs::write(&path, vec![0; 256]).expect("writes");
        assert_eq!(read(&path).expect("reads"), Found::Damaged);
    }
}
