//! A log opened for reading alone: nothing in its directory changes, it may lie on a file system that cannot be written, and a
//! server may write it meanwhile.

use crate::directory::{damaged, meet, read_mark, refusal};
use crate::fjall_store::{FjallReader, OpenDatabase};
use crate::open_error::OpenError;
use crate::resume::{OpenedHead, position_after};
use crate::shadow::{Shadow, Unshadowed};
use crate::watermark::Mark;
use crate::{journals, replayed};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;
use triad_proof::build::Position;

/// How often a log is tried that somebody writes: each try fails only when tables are written within the same moment.
const TRIES: u32 = 10;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// A log as it was at one moment.
pub struct ReadOnly {
    path: PathBuf,
    // Before the files that it reads.
    database: OpenDatabase,
    /// The end of the log at that moment.
    pub position: Position,
    /// What the newest block says.
    pub head: OpenedHead,
    _shadow: Shadow,
}

impl ReadOnly {
    /// Opens a log by the same rules as [`crate::LogDirectory::open`]: it must hold everything that was acknowledged, unchanged.
    /// Journals are copied into the directory for temporary files, up to some hundred megabytes.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut tries = 1;
        loop {
            let is_written = is_written(path);
            match Self::try_open(path, is_written) {
                // What is written may look damaged in between.
                Err(_) if is_written && tries < TRIES => std::thread::sleep(PAUSE),
                opened => return opened,
            }
            tries += 1;
        }
    }

    /// Reads the log.
    pub fn reader(&self) -> &FjallReader {
        self.database.reader()
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn try_open(path: &Path, is_written: bool) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let mark = read_mark(path)?;
        let shadow = Shadow::of(&path.join("db"), is_written).map_err(|error| match error {
            Unshadowed::Changed(source) => io(source),
            Unshadowed::NoPlace { path, source } => OpenError::NoPlace { path, source },
        })?;
        let replayed_from = match mark.closed {
            true => None,
            false => journals::oldest_block(&shadow.path(), &mark.log_id).map_err(io)?,
        };
        let database = OpenDatabase::open_quietly(&shadow.path());
        let database = database.map_err(|source| refusal(path, mark.sequence, source))?;
        let (position, head) = check(database.reader(), &mark, replayed_from)?;
        Ok(Self { path: path.to_owned(), database, position, head, _shadow: shadow })
    }
}

fn check(
    reader: &FjallReader,
    mark: &Mark,
    replayed_from: Option<u64>,
) -> Result<(Position, OpenedHead), OpenError> {
    let end = meet(reader, mark)?;
    let resumed = position_after(reader).map_err(|source| damaged(mark, source))?;
    if let Some(from) = replayed_from.filter(|from| *from <= end) {
        replayed::check(reader, from, end).map_err(|source| damaged(mark, source))?;
    }
    Ok(resumed.expect("invariant: the log has a last block"))
}

/// Whether somebody holds the lock of a log. Who may not even open it does not know, and then it reads as one that is written.
fn is_written(path: &Path) -> bool {
    let Ok(lock) = File::open(path.join("lock")) else { return path.join("lock").exists() };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}
