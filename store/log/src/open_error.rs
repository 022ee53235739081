//! Why a log's directory does not open, and what its owner can do: docs/recovery.md has a table of these, and a test makes every
//! state of it and follows the advice.
//!
//! No advice may cost data: what is named here reads, looks, or sets aside.

use crate::database::DatabaseError;
use crate::storage::ReadError;
use std::io;
use std::path::PathBuf;
use triad_proof::Break;

/// Why a directory could not be opened. The texts say what to do; nothing was changed unless they say so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no log.
    #[error("{} holds no log: create one with `triad log init --dir {}`", .0.display(), .0.display())]
    Absent(PathBuf),
    /// There is something already.
    #[error("{} already holds a log, or what is left of one ({what}): choose another directory", .path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
        /// What lies there, by name.
        what: String,
    },
    /// The genesis was never written.
    #[error(
        "the creation of a log in {} was not finished, and nothing was ever recorded there: `triad log init --dir {}` sets aside what is \
         there and begins anew",
        .0.display(), .0.display()
    )]
    Unfinished(PathBuf),
    /// A log was here and its database is not.
    #[error(
        "the database of the log in {} is missing, although there is {what} of a log: put `db` back where it was, or restore the directory from \
         a copy. `triad log repair` looks for records in what is left",
        .path.display()
    )]
    NoDatabase {
        /// The directory.
        path: PathBuf,
        /// What lies there, by name.
        what: String,
    },
    /// Another process has it open.
    #[error("{} is open in another process: stop that one first; reading, copying and verifying work meanwhile", .0.display())]
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
    /// Watermark and database are of two logs.
    #[error(
        "the watermark is of log {watermark} and the database of log {database}: one of them was put here from elsewhere. Put the right one \
         back; nothing was changed"
    )]
    OtherLog {
        /// The log of the watermark, in hex.
        watermark: String,
        /// The log of the database, in hex.
        database: String,
    },
    /// The watermark cannot be read.
    #[error(
        "the watermark in {} is {state}, and the log has records: without it a rollback cannot be told. Put the file back if you have it; \
         `triad log repair` checks every record that is there and makes a new one",
        .directory.display()
    )]
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
    /// Another version of the database wrote here.
    #[error(
        "the log's database was written by another release: use that one; nothing was changed. Records up to \
         sequence {watermark} were acknowledged. If no other release was ever used here, the file `db/version` is damaged: put \
         back that of a copy, or of any log of this release"
    )]
    OtherDatabase {
        /// The watermark's sequence.
        watermark: u64,
        /// What it says.
        source: DatabaseError,
    },
    /// There is no room for what reading needs.
    #[error(
        "{} cannot be used for temporary files, where reading copies the log's journals: free some space there, or name another directory \
         in TMPDIR",
        .path.display()
    )]
    NoPlace {
        /// Where.
        path: PathBuf,
        /// The cause.
        source: io::Error,
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
pub(crate) fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ". Free some space and try again; nothing was lost"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ". The file system is mounted read-only: remount it to write; reading, copying and verifying work as it is"
        }
        io::ErrorKind::PermissionDenied => ". Run as the user that owns the directory",
        _ => "",
    }
}

pub(crate) fn io_cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    error.downcast_ref().or_else(|| io_cause(error.source()?))
}
