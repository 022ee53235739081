//! A log's directory: creating it, opening it, and the rules by which an opening trusts what it finds.
//!
//! ```text
//! DIR/lock        held by the one process that has the log open
//! DIR/watermark   how far the log is durable, outside the database
//! DIR/place       which directory is the log's own
//! DIR/db/         fjall
//! DIR/journals-N/ journals as they were before an opening that found something to report
//! ```

use crate::database::DatabaseError;
use crate::fjall_store::{FjallReader, FjallStorage, OpenDatabase};
use crate::open_error::{hint, io_cause};
use crate::place::{self, NotHere, PlaceError, Standing};
use crate::resume::position_after;
use crate::storage::{CompletionSink, LogRead, ReadError};
use crate::watermark::{self, Found, Mark, Watermark};
use crate::{contents, journals, replayed, set_aside};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use triad_proof::break_point::hex;
use triad_proof::build::Position;
use triad_proof::chain::Chain;
use triad_proof::{Block, Break, Fault, LogId};

pub use crate::open_error::{End, OpenError};
pub use crate::resume::OpenedHead;
pub use crate::set_aside::Dropped;

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

    /// Makes a directory for a new log. Its first record must follow at once. What a creation left that did not come to its
    /// first record is set aside.
    pub fn create(path: &Path) -> Result<Opened, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(io)?;
        let directory = Self::lock(path)?;
        if contents::is_unfinished(path).map_err(io)? {
            contents::set_aside(path).map_err(io)?;
        }
        let remains = contents::remains(path).map_err(io)?;
        if !remains.is_empty() {
            return Err(OpenError::Exists { path: path.to_owned(), what: remains.join(", ") });
        }
        // Before the database, so that one without a watermark was never a log that lost it.
        let watermark = Watermark::open(&directory.watermark()).map_err(io)?;
        let database = OpenDatabase::create(&directory.database());
        let database = database.map_err(|source| refusal(path, 0, source))?;
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
        // Before the lock, which would be made.
        read_mark(path)?;
        let directory = Self::lock(path)?;
        let mark = read_mark(path)?;
        let extents = journals::extents(&directory.database()).map_err(io)?;
        let replayed_from = if mark.closed { None } else { directory.prepare(&mark).map_err(io)? };
        let database = OpenDatabase::open(&directory.database());
        let database = database.map_err(|source| refusal(path, mark.sequence, source))?;
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

/// The watermark of a log that has one and a database. Whatever is missing or empty beside a log that has records is damage.
pub(crate) fn read_mark(path: &Path) -> Result<Mark, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    if !path.try_exists().map_err(io)? {
        return Err(OpenError::Absent(path.to_owned()));
    }
    let (file, directory) = (path.join("watermark"), path.to_owned());
    let found = watermark::read(&file).map_err(io)?;
    let has_database = path.join("db").try_exists().map_err(io)?;
    match found {
        Found::Mark(mark) if has_database => Ok(mark),
        Found::Mark(mark) => {
            Err(OpenError::AcknowledgedMissing { watermark: mark.sequence, end: End::Empty })
        }
        Found::Absent | Found::Empty | Found::Damaged if !has_database => {
            no_database(path, found).map_err(io)?
        }
        Found::Empty if contents::is_unfinished(path).map_err(io)? => Err(OpenError::Unfinished(directory)),
        Found::Absent if is_foreign(path).map_err(io)? => Err(OpenError::Absent(directory)),
        Found::Empty => Err(OpenError::NoWatermark { directory, state: "empty" }),
        Found::Damaged => Err(OpenError::NoWatermark { directory, state: "damaged" }),
        Found::Absent => Err(OpenError::NoWatermark { directory, state: "missing" }),
    }
}

/// Whether a directory has a database that is none of a log: nothing locked it, and no record is in it.
fn is_foreign(path: &Path) -> io::Result<bool> {
    Ok(!path.join("lock").try_exists()? && !contents::tells_of_records(path)?)
}

/// What a directory is that has neither a database nor a watermark that says something.
fn no_database(path: &Path, found: Found) -> io::Result<Result<Mark, OpenError>> {
    let remains = contents::remains(path)?;
    let is_new = remains.is_empty() && found != Found::Damaged;
    Ok(Err(match is_new {
        true => OpenError::Absent(path.to_owned()),
        false => OpenError::NoDatabase { path: path.to_owned(), what: remains.join(", ") },
    }))
}

/// Why a database does not open, for whoever has to do something about it.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
pub(crate) fn refusal(path: &Path, watermark: u64, source: DatabaseError) -> OpenError {
    match &source {
        DatabaseError::Fjall(fjall::Error::Locked) => OpenError::Locked(path.to_owned()),
        DatabaseError::OtherFormat { .. } => OpenError::OtherDatabase { watermark, source },
        _ => match io_cause(&source).filter(|cause| !hint(cause).is_empty()).map(io::Error::kind) {
            Some(kind) => OpenError::Io { path: path.to_owned(), source: io::Error::new(kind, source) },
            None => OpenError::Database { watermark, source },
        },
    }
}

/// Makes the entries of a new directory durable, and its own.
fn sync_entries(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
pub(crate) fn damaged(mark: &Mark, source: ReadError) -> OpenError {
    match source {
        ReadError::Break(source @ Break { fault: Fault::NewerVersion { .. }, .. }) => {
            OpenError::Newer { source }
        }
        source => OpenError::Damaged { watermark: mark.sequence, source },
    }
}

/// The database must reach the watermark and hold its record; returns where it ends.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
pub(crate) fn meet(reader: &FjallReader, mark: &Mark) -> Result<u64, OpenError> {
    let found = read_end(reader, mark).map_err(|source| damaged(mark, source))?;
    if let Some(log_id) = found.log_id.filter(|log_id| *log_id != mark.log_id) {
        return Err(OpenError::OtherLog { watermark: hex(&mark.log_id), database: hex(&log_id) });
    }
    match found.end {
        End::At(end) if end >= mark.sequence && found.mark_holds => Ok(end),
        End::At(end) if end >= mark.sequence => Err(OpenError::Diverged { watermark: mark.sequence }),
        end => Err(OpenError::AcknowledgedMissing { watermark: mark.sequence, end }),
    }
}

struct FoundEnd {
    /// The log of the newest block.
    log_id: Option<LogId>,
    end: End,
    mark_holds: bool,
}

fn read_end(reader: &FjallReader, mark: &Mark) -> Result<FoundEnd, ReadError> {
    let Some(bytes) = reader.last_block()? else {
        return Ok(FoundEnd { log_id: None, end: End::Empty, mark_holds: false });
    };
    let newest = Block::decode(&bytes)?;
    let (log_id, end) = (Some(newest.log_id), End::At(newest.last_sequence()));
    let Some(bytes) = reader.block_holding(mark.sequence)? else {
        return Ok(FoundEnd { log_id, end, mark_holds: false });
    };
    let block = Block::decode(&bytes)?;
    let record = block.record_at(mark.sequence).transpose()?;
    let mark_holds = block.log_id == mark.log_id
        && record.is_some_and(|record| Chain::default().after(record.header_bytes) == mark.chain);
    Ok(FoundEnd { log_id, end, mark_holds })
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

    /// Whether the directory is where the log was last taken into service. Who goes on writing asks for it first.
    pub fn check_place(&self) -> Result<(), PlaceError> {
        match place::standing(self.path(), self.reader())? {
            Standing::Here(_) => Ok(()),
            Standing::Elsewhere(why) => Err(NotHere { directory: self.path().to_owned(), why }.into()),
        }
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
