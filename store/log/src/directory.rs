//! A log's directory: creating it, opening it, and the rules by which an opening trusts what it finds.
//!
//! ```text
//! DIR/lock        held by the one process that has the log open
//! DIR/watermark   how far the log is durable, outside the database
//! DIR/db/         fjall
//! DIR/journals-N/ journals as they were before an opening that found something to report
//! ```

use crate::fjall_store::{DatabaseError, FjallReader, FjallStorage, OpenDatabase};
use crate::resume::position_after;
use crate::storage::{CompletionSink, LogRead, ReadError};
use crate::watermark::{self, Found, Mark, Watermark};
use crate::{journals, replayed, set_aside};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use triad_proof::build::Position;
use triad_proof::chain::Chain;
use triad_proof::{Block, Break, Fault, LogId};

pub use crate::resume::OpenedHead;
pub use crate::set_aside::Dropped;

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
    #[error("{} is open in another process: stop that one first, or ask it: `triad log head`, `verify` and `copy` take --server URL", .0.display())]
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
        /// What is wrong with it.
        source: DatabaseError,
    },
    /// A newer release wrote here.
    #[error("the log was written by a newer release: use that one; nothing was changed")]
    Newer {
        /// What this release does not know.
        source: Break,
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

#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
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

/// How often a lock that another process holds is tried before it is reported.
const LOCK_TRIES: u32 = 25;
/// Between two tries.
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

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
    was_closed: bool,
    /// The end of the log; where a writer continues.
    pub position: Position,
    /// What the newest block says; None in a log that is just being created.
    pub head: Option<OpenedHead>,
    /// What an unclean stop cost: bytes of a commit that was never acknowledged.
    pub dropped: Option<Dropped>,
}

impl LogDirectory {
    /// Locks an existing directory.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let lock =
            File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(io)?;
        for _ in 0..LOCK_TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path: path.to_owned(), _lock: lock }),
                // A process that has just ended may have left the lock to a child that is about to start its program.
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
        }
        Err(OpenError::Locked(path.to_owned()))
    }

    /// Makes a directory for a new log. Its first record must follow at once.
    pub fn create(path: &Path) -> Result<Opened, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(io)?;
        let directory = Self::lock(path)?;
        let unfinished = std::fs::metadata(directory.watermark()).is_ok_and(|metadata| metadata.len() == 0);
        match directory.database().try_exists().map_err(io)? {
            true if unfinished => return Err(OpenError::Unfinished(path.to_owned())),
            false if unfinished || !directory.watermark().try_exists().map_err(io)? => {}
            true | false => return Err(OpenError::Exists(path.to_owned())),
        }
        // Before the database, so that one without a watermark was never a log that lost it.
        let watermark = Watermark::open(&directory.watermark()).map_err(io)?;
        let database = OpenDatabase::create(&directory.database());
        let database = database.map_err(|source| directory.refusal(0, source))?;
        sync_entries(path).map_err(io)?;
        Ok(Opened {
            directory,
            database,
            watermark,
            last: None,
            was_closed: false,
            position: Position::default(),
            head: None,
            dropped: None,
        })
    }

    /// Opens a log by the rules of `docs/recovery.md`: it must hold everything that was acknowledged, unchanged.
    pub fn open(path: &Path) -> Result<Opened, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        if !path.join("lock").try_exists().map_err(io)? && !path.join("watermark").try_exists().map_err(io)? {
            return Err(OpenError::Absent(path.to_owned()));
        }
        let directory = Self::lock(path)?;
        let mark = directory.read_mark()?;
        let extents = journals::extents(&directory.database()).map_err(io)?;
        let replayed_from = if mark.closed { None } else { directory.prepare(&mark).map_err(io)? };
        let database = OpenDatabase::open(&directory.database());
        let database = database.map_err(|source| directory.refusal(mark.sequence, source))?;
        let end = meet(database.reader(), &mark)?;
        let resumed = position_after(database.reader()).map_err(|source| damaged(&mark, source))?;
        let (position, head) = resumed.expect("invariant: the log has a last block");
        if let Some(from) = replayed_from.filter(|from| *from <= end) {
            replayed::check(database.reader(), from, end).map_err(|source| damaged(&mark, source))?;
        }
        let dropped = directory.what_was_dropped(&mark, end, &extents).map_err(io)?;
        let last = Mark { log_id: head.log_id, sequence: end, chain: position.chain, closed: false };
        let mut watermark = Watermark::open(&directory.watermark()).map_err(io)?;
        watermark.write(&last).and_then(|()| watermark.sync()).map_err(io)?;
        let (last, was_closed, head) = (Some(last), mark.closed, Some(head));
        Ok(Opened { directory, database, watermark, last, was_closed, position, head, dropped })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("db")
    }

    pub(crate) fn watermark(&self) -> PathBuf {
        self.path.join("watermark")
    }

    /// Journals set aside by earlier openings, oldest first.
    pub(crate) fn copies(&self) -> io::Result<BTreeMap<u64, PathBuf>> {
        set_aside::copies(&self.path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The watermark of a log that has one and a database.
    fn read_mark(&self) -> Result<Mark, OpenError> {
        let io = |source| OpenError::Io { path: self.path.clone(), source };
        let found = watermark::read(&self.watermark()).map_err(io)?;
        let has_database = self.database().try_exists().map_err(io)?;
        let empty = std::fs::metadata(self.watermark()).is_ok_and(|metadata| metadata.len() == 0);
        let directory = self.path.clone();
        match found {
            Found::Mark(mark) if has_database => Ok(mark),
            Found::Mark(mark) => {
                Err(OpenError::AcknowledgedMissing { watermark: mark.sequence, end: End::Empty })
            }
            Found::Absent | Found::Damaged if !has_database => Err(OpenError::Absent(directory)),
            Found::Damaged if empty => Err(OpenError::Unfinished(directory)),
            Found::Damaged => Err(OpenError::NoWatermark { directory, state: "damaged" }),
            Found::Absent => Err(OpenError::NoWatermark { directory, state: "missing" }),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
    fn refusal(&self, watermark: u64, source: DatabaseError) -> OpenError {
        match &source {
            DatabaseError::Fjall(fjall::Error::Locked) => OpenError::Locked(self.path.clone()),
            _ => match io_cause(&source).filter(|cause| !hint(cause).is_empty()).map(io::Error::kind) {
                Some(kind) => OpenError::Io { path: self.path.clone(), source: io::Error::new(kind, source) },
                None => OpenError::Database { watermark, source },
            },
        }
    }

    /// After an unclean stop, sets the journals aside before fjall cuts them, and says from where on fjall
    /// will replay.
    fn prepare(&self, mark: &Mark) -> io::Result<Option<u64>> {
        set_aside::set_aside(&self.path, &self.database())?;
        journals::oldest_block(&self.database(), &mark.log_id)
    }

    /// What fjall cut off a log that is whole up to its watermark; or an opening before this one, after which
    /// nobody wrote.
    fn what_was_dropped(
        &self,
        mark: &Mark,
        end: u64,
        before: &BTreeMap<String, u64>,
    ) -> io::Result<Option<Dropped>> {
        let after = journals::extents(&self.database())?;
        let bytes = if mark.closed { 0 } else { journals::dropped_bytes(before, &after) };
        if bytes > 0 {
            set_aside::note_dropped(&self.path, Dropped { after_sequence: end, bytes })?;
        } else if !mark.closed {
            set_aside::forget_newest(&self.path)?;
        }
        set_aside::forget_oldest(&self.path)?;
        set_aside::noted_dropped(&self.path)
    }
}

/// Makes the entries of a new directory durable, and its own.
fn sync_entries(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn io_cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    error.downcast_ref().or_else(|| io_cause(error.source()?))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
fn damaged(mark: &Mark, source: ReadError) -> OpenError {
    match source {
        ReadError::Break(source @ Break { fault: Fault::NewerVersion { .. }, .. }) => {
            OpenError::Newer { source }
        }
        source => OpenError::Damaged { watermark: mark.sequence, source },
    }
}

/// The database must reach the watermark and hold its record; returns where it ends.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
fn meet(reader: &FjallReader, mark: &Mark) -> Result<u64, OpenError> {
    let found = read_end(reader, mark).map_err(|source| damaged(mark, source))?;
    match found.end {
        End::At(end) if end >= mark.sequence && found.mark_holds => Ok(end),
        End::At(end) if end >= mark.sequence => Err(OpenError::Diverged { watermark: mark.sequence }),
        end => Err(OpenError::AcknowledgedMissing { watermark: mark.sequence, end }),
    }
}

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
        if self.dropped.is_some() {
            set_aside::dropped_was_told(self.directory.path())?;
        }
        Ok((self.database.start(self.watermark, log_id, self.last, sink), self.directory))
    }

    /// Ends an opening that wrote nothing. A log that was found open stays open: its newest blocks may lie in
    /// the journals
    /// alone, which the next opening must then set aside too.
    pub fn close(mut self) -> io::Result<()> {
        if let Some(last) = self.last.filter(|_| self.was_closed) {
            self.watermark.write(&Mark { closed: true, ..last })?;
            self.watermark.sync()?;
        }
        Ok(())
    }
}
