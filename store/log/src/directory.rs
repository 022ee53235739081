//! A log's directory: creating it, opening it, and the rules by which an opening trusts what it finds.
//!
//! ```text
//! DIR/lock        held by the one process that has the log open
//! DIR/watermark   how far the log is durable, outside the database
//! DIR/db/         fjall
//! DIR/journals-N/ journals as they were before an opening that found something to report
//! ```

use crate::fjall_store::{FjallReader, FjallStorage, OpenDatabase};
use crate::journals;
use crate::resume::position_after;
use crate::storage::{CompletionSink, LogRead, ReadError};
use crate::watermark::{self, Found, Mark, Watermark};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use triad_proof::build::Position;
use triad_proof::chain::Chain;
use triad_proof::{Block, LogId};

pub use crate::resume::OpenedHead;

/// Why a directory could not be opened. The texts say what to do; nothing was changed unless they say so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no log.
    #[error("{} holds no log: create one with `triad log init --dir {}`", .0.display(), .0.display())]
    Absent(PathBuf),
    /// There is something already.
    #[error("{} already holds a log: choose another directory, or remove this one if you are sure", .0.display())]
    Exists(PathBuf),
    /// The genesis was never written.
    #[error("{} was never finished: its first record is missing; remove it and run `triad log init` again", .0.display())]
    Unfinished(PathBuf),
    /// Another process has it open.
    #[error("{} is open in another process: stop that one first, or ask it (for example over HTTP)", .0.display())]
    Locked(PathBuf),
    /// Acknowledged records are not there.
    #[error(
        "records up to sequence {watermark} were acknowledged, but the database ends {end}: acknowledged records are missing. \
         The directory was rolled back or damaged; nothing was changed in what is left. Run `triad log repair`, or restore a copy"
    )]
    AcknowledgedMissing {
        /// The watermark's sequence.
        watermark: u64,
        /// Where the database ends.
        end: End,
    },
    /// The record at the watermark is another one.
    #[error(
        "the record at sequence {watermark} is not the one that was acknowledged: the database was replaced by another history. \
         Restore the right copy; `triad log repair` looks for the right records in the journals"
    )]
    Diverged {
        /// The watermark's sequence.
        watermark: u64,
    },
    /// The watermark cannot be read.
    #[error("the watermark in {} is {state}: without it a rollback cannot be told; run `triad log repair` to check every record and make a new one", .directory.display())]
    NoWatermark {
        /// The directory.
        directory: PathBuf,
        /// Missing or damaged.
        state: &'static str,
    },
    /// The database refuses to open.
    #[error(
        "the database does not open. Records up to sequence {watermark} were acknowledged: run `triad log repair`, which finds them in the journals"
    )]
    Database {
        /// The watermark's sequence.
        watermark: u64,
        /// What fjall said.
        source: fjall::Error,
    },
    /// The newest block does not verify, or something that must be there is not.
    #[error(
        "the end of the log does not verify. Records up to sequence {watermark} were acknowledged: run `triad log verify`, then `triad log repair`"
    )]
    Damaged {
        /// The watermark's sequence.
        watermark: u64,
        /// What is wrong.
        source: ReadError,
    },
    /// The file system refused.
    #[error("{} cannot be used{}", .path.display(), hint(.source))]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// Where a database ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It has no record.
    Empty,
    /// Sequence of its last record.
    At(u64),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("before the first record"),
            Self::At(sequence) => write!(f, "at sequence {sequence}"),
        }
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ". Free some space and try again; nothing was lost"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ". The file system is mounted read-only: remount it, or copy the log elsewhere"
        }
        io::ErrorKind::PermissionDenied => ". Run as the user that owns the directory",
        _ => "",
    }
}

/// A directory, locked for this process.
#[derive(Debug)]
pub struct LogDirectory {
    path: PathBuf,
    _lock: File,
}

/// A log, open and checked, before its writer starts.
pub struct Opened {
    directory: LogDirectory,
    database: OpenDatabase,
    watermark: Watermark,
    last: Option<Mark>,
    /// The end of the log; where a writer continues.
    pub position: Position,
    /// What the newest block says; None in a log that is just being created.
    pub head: Option<OpenedHead>,
    /// What an unclean stop cost: bytes of a commit that was never acknowledged.
    pub dropped: Option<Dropped>,
}

/// A torn tail that fjall cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// Sequence of the last record that is still there.
    pub after_sequence: u64,
    /// Bytes cut from the journals.
    pub bytes: u64,
}

impl LogDirectory {
    /// Locks an existing directory.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let lock =
            File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    /// Makes a directory for a new log. Its first record must follow at once.
    pub fn create(path: &Path) -> Result<Opened, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(io)?;
        let directory = Self::lock(path)?;
        if directory.database().exists() || directory.watermark().exists() {
            return Err(OpenError::Exists(path.to_owned()));
        }
        let database = OpenDatabase::open(&directory.database());
        let database = database.map_err(|source| OpenError::Database { watermark: 0, source })?;
        let watermark = Watermark::open(&directory.watermark()).map_err(io)?;
        let position = Position::default();
        Ok(Opened { directory, database, watermark, last: None, position, head: None, dropped: None })
    }

    /// Opens a log by the rules of `docs/recovery.md`: it must hold everything that was acknowledged, unchanged.
    pub fn open(path: &Path) -> Result<Opened, OpenError> {
        if !path.join("db").exists() {
            return Err(OpenError::Absent(path.to_owned()));
        }
        let directory = Self::lock(path)?;
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let mark = match watermark::read(&directory.watermark()).map_err(io)? {
            Found::Mark(mark) => mark,
            found => return Err(directory.without_watermark(found)),
        };
        let before = directory.prepare(&mark).map_err(io)?;
        let database = OpenDatabase::open(&directory.database());
        let database = database.map_err(|source| OpenError::Database { watermark: mark.sequence, source })?;
        let after = journals::extents(&directory.database()).map_err(io)?;
        let damaged = |source| OpenError::Damaged { watermark: mark.sequence, source };
        let found = read_end(database.reader(), &mark).map_err(damaged)?;
        let End::At(end) = found.end else {
            return Err(OpenError::AcknowledgedMissing { watermark: mark.sequence, end: End::Empty });
        };
        if end < mark.sequence {
            return Err(OpenError::AcknowledgedMissing { watermark: mark.sequence, end: found.end });
        }
        if !found.mark_holds {
            return Err(OpenError::Diverged { watermark: mark.sequence });
        }
        let resumed = position_after(database.reader()).map_err(damaged)?;
        let (position, head) = resumed.expect("invariant: the log has a last block");
        let dropped_bytes = if mark.closed { 0 } else { journals::dropped_bytes(&before, &after) };
        let dropped = (dropped_bytes > 0).then_some(Dropped { after_sequence: end, bytes: dropped_bytes });
        if dropped.is_none() {
            directory.forget_newest_copy(&mark).map_err(io)?;
        }
        let last = Mark { log_id: head.log_id, sequence: end, chain: position.chain, closed: false };
        let mut watermark = Watermark::open(&directory.watermark()).map_err(io)?;
        watermark.write(&last).and_then(|()| watermark.sync()).map_err(io)?;
        Ok(Opened { directory, database, watermark, last: Some(last), position, head: Some(head), dropped })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("db")
    }

    pub(crate) fn watermark(&self) -> PathBuf {
        self.path.join("watermark")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn without_watermark(&self, found: Found) -> OpenError {
        let state = match found {
            Found::Absent if !self.watermark().exists() => "missing",
            Found::Absent | Found::Damaged | Found::Mark(_) => "damaged",
        };
        let empty = std::fs::metadata(self.watermark()).is_ok_and(|metadata| metadata.len() == 0);
        if empty {
            OpenError::Unfinished(self.path.clone())
        } else {
            OpenError::NoWatermark { directory: self.path.clone(), state }
        }
    }

    /// After an unclean stop, sets the journals aside before fjall cuts them.
    fn prepare(&self, mark: &Mark) -> io::Result<std::collections::BTreeMap<String, u64>> {
        let extents = journals::extents(&self.database())?;
        if !mark.closed {
            // An opening that is refused again and again must not fill the disk with the same copy.
            let newest = self.copies()?.into_values().next_back();
            let copied = newest.map(|copy| journals::extents(&copy)).transpose()?;
            if copied.as_ref() != Some(&extents) {
                journals::copy_aside(&self.database(), &self.next_copy()?)?;
            }
        }
        Ok(extents)
    }

    fn next_copy(&self) -> io::Result<PathBuf> {
        let newest = self.copies()?.into_iter().next_back().map_or(0, |(number, _)| number);
        Ok(self.path.join(format!("journals-{}", newest + 1)))
    }

    /// Journals set aside by earlier openings, oldest first.
    pub(crate) fn copies(&self) -> io::Result<std::collections::BTreeMap<u64, PathBuf>> {
        let mut copies = std::collections::BTreeMap::new();
        for entry in std::fs::read_dir(&self.path)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(number) = name.strip_prefix("journals-").and_then(|number| number.parse().ok()) {
                copies.insert(number, path);
            }
        }
        Ok(copies)
    }

    /// Nothing was lost: the copy made by this opening is not needed, nor are any that are older than the newest few.
    fn forget_newest_copy(&self, mark: &Mark) -> io::Result<()> {
        let mut copies = self.copies()?;
        if !mark.closed
            && let Some((_, newest)) = copies.pop_last()
        {
            std::fs::remove_dir_all(newest)?;
        }
        while copies.len() > COPIES_KEPT {
            if let Some((_, oldest)) = copies.pop_first() {
                std::fs::remove_dir_all(oldest)?;
            }
        }
        Ok(())
    }
}

/// Journals set aside that are kept for whoever investigates.
const COPIES_KEPT: usize = 3;

struct FoundEnd {
    end: End,
    mark_holds: bool,
}

fn read_end(reader: &FjallReader, mark: &Mark) -> Result<FoundEnd, ReadError> {
    let Some(bytes) = reader.last_block()? else {
        return Ok(FoundEnd { end: End::Empty, mark_holds: false });
    };
    let end = End::At(Block::decode(&bytes)?.last_sequence());
    let Some(bytes) = reader.block_holding(mark.sequence)? else {
        return Ok(FoundEnd { end, mark_holds: false });
    };
    let block = Block::decode(&bytes)?;
    let record = block.record_at(mark.sequence).transpose()?;
    let mark_holds = block.log_id == mark.log_id
        && record.is_some_and(|record| Chain::default().after(record.header_bytes) == mark.chain);
    Ok(FoundEnd { end, mark_holds })
}

impl Opened {
    /// Reads the log as it was found.
    pub fn reader(&self) -> &FjallReader {
        self.database.reader()
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Starts the storage thread; the lock is held until the returned guard is dropped.
    pub fn start(
        self,
        log_id: LogId,
        sink: CompletionSink,
    ) -> Result<(FjallStorage, LogDirectory), fjall::Error> {
        if self.last.is_some() {
            self.database.begin_journal()?;
        }
        Ok((self.database.start(self.watermark, log_id, self.last, sink), self.directory))
    }

    /// Ends an opening that wrote nothing.
    pub fn close(mut self) -> io::Result<()> {
        if let Some(last) = self.last {
            self.watermark.write(&Mark { closed: true, ..last })?;
            self.watermark.sync()?;
        }
        Ok(())
    }
}
