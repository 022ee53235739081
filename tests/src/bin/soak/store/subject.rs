//! The directories that are damaged, and what their logs hold.

use fixtures::directory_image::DirectoryImage;
use fixtures::disk_log::{DiskLog, entry};
use fixtures::whole_log::check_whole;
use std::path::Path;
use triad_log::FjallReader;
use triad_log::directory::LogDirectory;
use triad_log::storage::{Attachment, BlockBytes, LogRead};
use triad_log::watermark::{Found, read};
use triad_proof::Block;

/// Names of the subjects.
pub(crate) const SUBJECTS: [&str; 4] = ["closed", "abandoned", "mixed", "in-flight"];

/// A small log in a directory.
pub(crate) struct Subject {
    pub(crate) image: DirectoryImage,
    /// Its blocks, one after another.
    pub(crate) blocks: Vec<Vec<u8>>,
    /// Sequence of the last record that was acknowledged.
    pub(crate) watermark: u64,
    /// What was attached to blocks of which somebody was told that they are durable.
    pub(crate) attached: Vec<Attachment>,
}

/// So short that it lies beside its key, and so long that it lies apart from it.
const ATTACHED_BYTES: [usize; 2] = [17, 700];

/// Writes the directory of the named subject.
pub(crate) fn write(name: &str, path: &Path) -> Result<(), String> {
    match name {
        "closed" => {
            sessions(path, 6).close();
            empty_journals(path).map_err(|error| error.to_string())?;
        }
        "abandoned" => begun(path).abandon(),
        "mixed" => sessions(path, 3).abandon(),
        _ => in_flight(path)?,
    }
    Ok(())
}

/// Leaves the tables as the only place where anything lies, as in a log whose journals were rotated since.
fn empty_journals(path: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path.join("db"))? {
        let journal = entry?.path();
        if journal.extension().is_some_and(|extension| extension == "jnl") {
            let file = std::fs::File::create(journal)?;
            file.set_len(64 << 20)?;
        }
    }
    Ok(())
}

fn begun(path: &Path) -> DiskLog {
    let mut log = DiskLog::create(path).expect("an empty directory");
    append(&mut log, 8, 30);
    append(&mut log, 1, 40);
    log
}

/// Several processes one after another, so that there are tables on several levels; the last one has not ended.
fn sessions(path: &Path, count: usize) -> DiskLog {
    let mut log = begun(path);
    for _ in 0..count {
        log.close();
        log = DiskLog::open(path).expect("opens");
        append(&mut log, 4, 12);
    }
    log
}

/// A process that died after its last commit reached the journal, and before anybody heard of it.
fn in_flight(path: &Path) -> Result<(), String> {
    let mut log = begun(path);
    let before = std::fs::read(path.join("watermark")).map_err(|error| error.to_string())?;
    log.append([entry(3, vec![b'x'; 20_000])]).map_err(|outcome| format!("{outcome:?}"))?;
    log.abandon();
    std::fs::write(path.join("watermark"), before).map_err(|error| error.to_string())
}

/// Blocks of one entry in each of some streams.
fn append(log: &mut DiskLog, streams: u8, count: usize) {
    for n in 0..count {
        let text = |stream: u8| format!("entry {n} of stream {stream}").repeat(1 + n % 7);
        let first = log.durable.borrow().next_sequence;
        attachments(first).for_each(|(key, value)| log.writer.attach(key, value));
        log.append((0..streams).map(|stream| entry(stream, text(stream)))).expect("durable");
    }
}

/// What is attached to the block that begins there.
fn attachments(first_sequence: u64) -> impl Iterator<Item = Attachment> {
    ATTACHED_BYTES.into_iter().map(move |length| {
        let key = format!("{length} bytes of {first_sequence}").into_bytes();
        let mut value = vec![0; length];
        blake3::Hasher::new().update(&key).finalize_xof().fill(&mut value);
        (key, value)
    })
}

/// What is attached to the acknowledged blocks of a log that nothing happened to.
fn attached(reader: &FjallReader, blocks: &[BlockBytes], watermark: u64) -> Result<Vec<Attachment>, String> {
    let mut attached = Vec::new();
    for block in blocks {
        let first = Block::decode(block).map_err(|error| error.to_string())?.first_sequence;
        for (key, value) in attachments(first).filter(|_| first <= watermark) {
            // The first block and those of openings carry nothing.
            if let Some(found) = reader.attachment(&key).map_err(|error| error.to_string())? {
                assert!(*found == *value, "invariant: what was attached is found");
                attached.push((key, value));
            }
        }
    }
    Ok(attached)
}

impl Subject {
    /// Reads a directory that [`write`] made; it is not opened.
    pub(crate) fn load(path: &Path, scratch: &Path) -> Result<Self, String> {
        let image = DirectoryImage::of(path).map_err(|error| error.to_string())?;
        let Ok(Found::Mark(mark)) = read(&path.join("watermark")) else {
            return Err(format!("{} has no watermark", path.display()));
        };
        image.write_to(scratch).map_err(|error| error.to_string())?;
        let opened = LogDirectory::open(scratch).map_err(|error| error.to_string())?;
        let whole = check_whole(opened.reader()).map_err(|error| error.to_string())?;
        let attached = attached(opened.reader(), &whole.blocks, mark.sequence)?;
        drop(opened);
        std::fs::remove_dir_all(scratch).map_err(|error| error.to_string())?;
        let blocks = whole.blocks.iter().map(|block| block.to_vec()).collect();
        Ok(Self { image, blocks, watermark: mark.sequence, attached })
    }

    /// The blocks of which somebody was told that they are durable.
    pub(crate) fn acknowledged(&self) -> &[Vec<u8>] {
        let waits =
            |block: &&Vec<u8>| Block::decode(block).is_ok_and(|block| block.first_sequence > self.watermark);
        let waiting = self.blocks.iter().rev().take_while(waits).count();
        &self.blocks[..self.blocks.len() - waiting]
    }
}
