//! Explicit repair: every block that can still be found, linked from record 0, into a fresh database.
//!
//! Repair never edits the damaged database. It reads what its tables still give, finds whole blocks in the
//! journals by
//! their own magic and checksum, follows the chain from genesis as far as it goes, writes that into a new
//! database and
//! puts the old one aside.

use crate::contents;
use crate::database::{ATTACHMENTS_KEYSPACE, BLOCKS_KEYSPACE, DatabaseError, WRITTEN_ONCE};
use crate::directory::{LogDirectory, OpenError};
use crate::fjall_store::{FjallReader, OpenDatabase};
use crate::index::commit_of;
use crate::journals;
use crate::records::blocks;
use crate::storage::{Attachment, BlockBytes, ReadError, Storage};
use crate::unchecked::{keyspace_path, mend_list};
use crate::watermark::{self, Found, Mark, Watermark};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use triad_proof::build::Position;
use triad_proof::verify::{Linker, Report, Trust, check_block};
use triad_proof::{Block, Break, Fault};

/// What a repair found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// What the new database holds, verified from genesis.
    pub report: Report,
    /// The last acknowledged sequence, when the watermark could be read.
    pub watermark: Option<u64>,
    /// Blocks that were found in journals only.
    pub salvaged_blocks: u64,
    /// Attachments that could be read, and are kept. Whether a record names one, only who attached it can tell.
    pub attachments: u64,
    /// Where the damaged database was put.
    pub set_aside: PathBuf,
}

/// Why a repair did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The directory could not be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No record could be found at all.
    #[error("no record from sequence 0 on could be found: restore the directory from a copy")]
    NothingFound,
    /// What can be found does not reach what was acknowledged.
    #[error(
        "what can be found ends at sequence {end}, but records up to {watermark} were acknowledged. Restore a better copy, or \
         accept the loss of {lost} acknowledged records with --accept-loss; nothing was changed"
    )]
    Loss {
        /// Last sequence that can be had.
        end: u64,
        /// Last acknowledged sequence.
        watermark: u64,
        /// How many are lost.
        lost: u64,
    },
    /// What can be found is another history than what was acknowledged.
    #[error(
        "the record at sequence {watermark} is not the acknowledged one: this directory holds another history; nothing was changed"
    )]
    Diverged {
        /// Last acknowledged sequence.
        watermark: u64,
    },
    /// The watermark is unusable, so a loss cannot be told from none.
    #[error(
        "there is no whole watermark, so nobody can tell whether acknowledged records are missing after sequence {end}: repeat with --accept-loss"
    )]
    NoWatermark {
        /// Last sequence that can be had.
        end: u64,
    },
    /// The new database could not be written.
    #[error("the new database could not be written; the old one is as it was")]
    Database(#[from] DatabaseError),
    /// The new database could not be read back.
    #[error("the new database could not be read back; the old one is as it was")]
    Read(#[from] ReadError),
    /// The file system refused.
    #[error("the file system refused")]
    Io(#[from] io::Error),
}

/// Repairs the log in a directory that no process has open.
pub fn repair(path: &Path, accept_loss: bool) -> Result<Repaired, RepairError> {
    if contents::remains(path)?.is_empty() {
        return Err(OpenError::Absent(path.to_owned()).into());
    }
    let directory = LogDirectory::lock(path)?;
    if let Some(set_aside) = newest_set_aside(path).filter(|_| !directory.database().exists()) {
        // A repair was interrupted between its two renames.
        std::fs::rename(set_aside, directory.database())?;
    }
    let mark = match watermark::read(&directory.watermark())? {
        Found::Mark(mark) => Some(mark),
        Found::Damaged | Found::Empty | Found::Absent => None,
    };
    let candidates = gather(&directory)?;
    let chosen = link(&candidates, mark.as_ref());
    let report = chosen.report.ok_or(RepairError::NothingFound)?;
    let end = report.checkpoint.size - 1;
    if !accept_loss {
        match mark {
            Some(mark) if end < mark.sequence => {
                let lost = mark.sequence - end;
                return Err(RepairError::Loss { end, watermark: mark.sequence, lost });
            }
            Some(mark) if !chosen.meets_mark => {
                return Err(RepairError::Diverged { watermark: mark.sequence });
            }
            Some(_) => {}
            None => return Err(RepairError::NoWatermark { end }),
        }
    }
    let salvaged_blocks = chosen.blocks.iter().filter(|block| !candidates.in_tables(block)).count() as u64;
    let fresh = path.join("db.repairing");
    let written = write(&fresh, &chosen.blocks, &report, &directory);
    let attachments = written.inspect_err(|_| drop(remove(&fresh)))?;
    let set_aside = free_name(path)?;
    match std::fs::rename(directory.database(), &set_aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    std::fs::rename(&fresh, directory.database())?;
    std::fs::File::open(path)?.sync_all()?;
    let mut watermark = Watermark::open(&directory.watermark())?;
    // Both slots, so that no mark of the lost history remains.
    for _ in 0..2 {
        watermark.write(&Mark { log_id: report.log_id, sequence: end, chain: report.chain, closed: true })?;
    }
    watermark.sync()?;
    Ok(Repaired {
        report,
        watermark: mark.map(|mark| mark.sequence),
        salvaged_blocks,
        attachments,
        set_aside,
    })
}

/// Whole blocks by first sequence; the same sequence may have several when a failed commit was followed by another.
struct Candidates {
    by_first: BTreeMap<u64, Vec<BlockBytes>>,
    tables: BTreeMap<u64, BlockBytes>,
}

impl Candidates {
    fn add(&mut self, block: BlockBytes) {
        let Ok(view) = Block::decode(&block) else { return };
        let known = self.by_first.entry(view.first_sequence).or_default();
        if !known.contains(&block) {
            known.push(block);
        }
    }

    fn in_tables(&self, block: &BlockBytes) -> bool {
        self.tables.values().any(|known| known == block)
    }
}

fn gather(directory: &LogDirectory) -> Result<Candidates, RepairError> {
    let mut candidates = Candidates { by_first: BTreeMap::new(), tables: BTreeMap::new() };
    for block in with_tables(directory, BLOCKS_KEYSPACE, read_blocks)?.unwrap_or_default() {
        if let Ok(view) = Block::decode(&block) {
            candidates.tables.insert(view.first_sequence, block.clone());
        }
        candidates.add(block);
    }
    let database = directory.database();
    let mut places: Vec<PathBuf> = database.exists().then_some(database).into_iter().collect();
    places.extend(directory.copies()?.into_values().rev());
    for place in places {
        for block in journals::salvage(&place)? {
            candidates.add(block.into());
        }
    }
    Ok(candidates)
}

/// Reads what fjall can still read from the tables of a keyspace; None when there are none that open. They are put into
/// a new database, so that damage to journals, to the index or to fjall's own keyspace does not matter.
fn with_tables<T>(
    directory: &LogDirectory,
    keyspace: u64,
    read: impl FnOnce(&FjallReader) -> Result<T, RepairError>,
) -> Result<Option<T>, RepairError> {
    let copy = directory.path().join("db.reading");
    remove(&copy)?;
    let tables = keyspace_path(&directory.database(), keyspace);
    let opened = copy_tables(&tables, &copy, keyspace);
    let found = opened.and_then(|database| database.map(|database| read(database.reader())).transpose());
    remove(&copy)?;
    found
}

fn copy_tables(tables: &Path, copy: &Path, keyspace: u64) -> Result<Option<OpenDatabase>, RepairError> {
    if std::fs::read_dir(tables.join("tables")).map_or(0, Iterator::count) == 0 {
        return Ok(None);
    }
    drop(OpenDatabase::create(copy)?);
    let target = keyspace_path(copy, keyspace);
    remove(&target)?;
    if link_or_copy(tables, &target).and_then(|()| mend_list(&target)).is_err() {
        return Ok(None);
    }
    // Tables that do not open give nothing; the journals may.
    Ok(OpenDatabase::open(copy).ok())
}

fn read_blocks(reader: &FjallReader) -> Result<Vec<BlockBytes>, RepairError> {
    let mut found = Vec::new();
    for block in blocks(reader, 0, u64::MAX) {
        match block {
            Ok(block) => found.push(block),
            Err(ReadError::Break(source @ Break { fault: Fault::NewerVersion { .. }, .. })) => {
                return Err(OpenError::Newer { source }.into());
            }
            // A damaged table ends the scan; what came before it is good.
            Err(_) => break,
        }
    }
    Ok(found)
}

fn remove(path: &Path) -> io::Result<()> {
    if path.exists() { std::fs::remove_dir_all(path) } else { Ok(()) }
}

/// What is never written again needs no copy: a second name for it is as good as a copy, and needs no space.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            link_or_copy(&path, &target)?;
        } else if !WRITTEN_ONCE.iter().any(|folder| from.ends_with(folder))
            || std::fs::hard_link(&path, &target).is_err()
        {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

struct Chosen {
    blocks: Vec<BlockBytes>,
    report: Option<Report>,
    meets_mark: bool,
}

/// Follows the chain from record 0 as far as blocks link. Among several that link, one that has a successor wins.
fn link(candidates: &Candidates, mark: Option<&Mark>) -> Chosen {
    let mut linker = Linker::new(Trust::default(), None);
    let (mut chosen, mut meets_mark) = (Vec::new(), false);
    let mut chain = triad_proof::chain::START;
    while let Some(block) = choose(candidates, linker.next_sequence(), chain) {
        let Ok(checked) = check_block(block, linker.current_key()) else { break };
        if linker.link(checked).is_err() {
            break;
        }
        let Ok(view) = Block::decode(block) else { break };
        chain = view.head.chain;
        meets_mark |= mark.is_some_and(|mark| holds(&view, mark));
        chosen.push(block.clone());
    }
    Chosen { blocks: chosen, report: linker.finish(None).ok(), meets_mark }
}

fn choose(candidates: &Candidates, sequence: u64, chain: [u8; 32]) -> Option<&BlockBytes> {
    let linking = || {
        candidates.by_first.get(&sequence).into_iter().flatten().filter(move |block| follows(block, chain))
    };
    let continued = |block: &&BlockBytes| {
        let Ok(view) = Block::decode(block) else { return false };
        let next = candidates.by_first.get(&view.tree_size()).into_iter().flatten();
        next.into_iter().any(|next| follows(next, view.head.chain))
    };
    linking().find(continued).or_else(|| linking().next())
}

fn follows(block: &BlockBytes, chain: [u8; 32]) -> bool {
    let first = Block::decode(block).and_then(|view| Ok(view.record(0)?.header.previous_chain));
    first.is_ok_and(|previous| previous == chain)
}

fn holds(block: &Block<'_>, mark: &Mark) -> bool {
    let record = block.record_at(mark.sequence).and_then(Result::ok);
    record.is_some_and(|record| triad_proof::chain::Chain::default().after(record.header_bytes) == mark.chain)
}

/// Puts blocks and attachments into a new database, and counts the attachments.
fn write(
    path: &Path,
    blocks: &[BlockBytes],
    report: &Report,
    directory: &LogDirectory,
) -> Result<u64, RepairError> {
    remove(path)?;
    let database = OpenDatabase::create(path)?;
    carry_attachments(directory, &database)?;
    let attachments = database.reader().attachments().count() as u64;
    let scratch = path.join("watermark.repairing");
    let (results, completions) = std::sync::mpsc::channel();
    let sink = Box::new(move |completion| drop(results.send(completion)));
    let mut storage = database.start(Watermark::open(&scratch)?, report.log_id, None, sink);
    let mut position = Position::default();
    for block in blocks {
        storage.submit(commit_of(block, &mut position)?);
    }
    let last = storage.reader();
    storage.close().map_err(|error| io::Error::other(error.to_string()))?;
    let failed = completions.into_iter().find(|done| done.outcome != crate::storage::Outcome::Durable);
    if let Some(failed) = failed {
        return Err(io::Error::other(format!("{:?}", failed.outcome)).into());
    }
    drop(last);
    std::fs::remove_file(scratch)?;
    Ok(attachments)
}

/// Puts every attachment that can be read into a new database. What is newer goes over what is older: an opening put what
/// fjall kept of the journals set aside into tables, and the journals of the database hold its last commits.
fn carry_attachments(directory: &LogDirectory, fresh: &OpenDatabase) -> Result<(), RepairError> {
    let carry =
        |found: &mut dyn Iterator<Item = Attachment>| fresh.carry(found).map_err(DatabaseError::Fjall);
    for copy in directory.copies()?.into_values() {
        carry(&mut journals::salvage_attachments(&copy)?.into_iter())?;
    }
    with_tables(directory, ATTACHMENTS_KEYSPACE, |reader| Ok(carry(&mut reader.attachments())?))?;
    match directory.database().exists() {
        true => Ok(carry(&mut journals::salvage_attachments(&directory.database())?.into_iter())?),
        false => Ok(()),
    }
}

fn set_aside_name(path: &Path, number: u32) -> PathBuf {
    path.join(format!("db.damaged-{number}"))
}

fn free_name(path: &Path) -> io::Result<PathBuf> {
    let free = (1..).map(|number| set_aside_name(path, number)).find(|name| !name.exists());
    free.ok_or_else(|| io::Error::other("no free name for the damaged database"))
}

fn newest_set_aside(path: &Path) -> Option<PathBuf> {
    (1..).map(|number| set_aside_name(path, number)).take_while(|name| name.exists()).last()
}
