//! Opens the database, or begins again when it cannot be trusted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use triad_event::ids::LogId;

use super::memory::Memory;
use super::store::Store;
use super::stored::Stored;
use super::table::Table;
use crate::read_error::ReadError;

/// Directories of databases, by generation: one that cannot be trusted is not touched again, the next one
/// takes its place.
const GENERATION: &str = "views-";

/// How the views began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// There was nothing before.
    New,
    /// They go on from where they were stored.
    Resumed,
    /// What was stored is of no use, and they begin again from the first record.
    FromZero(FromZero),
}

/// Why views begin again from the first record.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FromZero {
    /// They are of another log.
    #[error("they are of log {found}")]
    OtherLog {
        /// Its id.
        found: LogId,
    },
    /// The log does not hold the record up to which they were stored, or another one in its place.
    #[error("the log has no such record {sequence}")]
    OtherHistory {
        /// Its sequence.
        sequence: u64,
    },
    /// They were stored by another version of the program.
    #[error("they were stored in another version")]
    OtherVersion,
    /// They cannot be read.
    #[error("they are damaged: {why}")]
    Damaged {
        /// What was found.
        why: String,
    },
}

/// Why the views could not be opened. Nothing is wrong with what is stored, as far as could be seen.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has them open.
    #[error("the views are open in another process")]
    Locked,
    /// The directory cannot be used.
    #[error("failed to use the directory of the views")]
    Directory(#[from] io::Error),
    /// No database could be made.
    #[error("failed to make a database for the views")]
    Database(#[source] fjall::Error),
}

/// The views of a log as they begin: what is in memory of them, and how they began.
pub(super) fn open<T: Table>(
    directory: &Path,
    log: LogId,
    chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
) -> Result<(Memory<T>, Opening), OpenError> {
    fs::create_dir_all(directory)?;
    let generations = generations(directory)?;
    let newest = generations.last().copied();
    let resumed = newest.map(|newest| resume(directory, newest, log, chain_at)).transpose()?;
    let opening = match &resumed {
        Some(Ok(memory)) if memory.next_sequence > 0 => Opening::Resumed,
        Some(Ok(_)) | None => Opening::New,
        Some(Err(why)) => Opening::FromZero(why.clone()),
    };
    let memory = match resumed {
        Some(Ok(memory)) => memory,
        Some(Err(_)) | None => {
            let store = create(directory, newest.map_or(0, |newest| newest + 1))?;
            Memory::new(Stored::now(Arc::new(store)))
        }
    };
    for old in generations.into_iter().filter(|old| *old != memory.stored.store.generation) {
        remove(directory, old)?;
    }
    Ok((memory, opening))
}

/// Makes an empty database.
pub(super) fn create(directory: &Path, generation: u64) -> Result<Store, OpenError> {
    Store::open(&path(directory, generation), generation).map_err(OpenError::Database)
}

/// Removes a database that another one has taken the place of.
pub(super) fn remove(directory: &Path, generation: u64) -> io::Result<()> {
    fs::remove_dir_all(path(directory, generation))
}

/// What was in memory when a database was written last, or why that is of no use.
fn resume<T: Table>(
    directory: &Path,
    generation: u64,
    log: LogId,
    chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
) -> Result<Result<Memory<T>, FromZero>, OpenError> {
    let opened = Store::open(&path(directory, generation), generation).map_err(ReadError::from);
    match opened.and_then(|store| recall(Stored::now(Arc::new(store)), log, chain_at)) {
        Ok(recalled) => Ok(recalled),
        Err(ReadError::Damaged { why }) => Ok(Err(FromZero::Damaged { why })),
        Err(ReadError::Database(fjall::Error::Locked)) => Err(OpenError::Locked),
        Err(ReadError::Database(error)) => Err(OpenError::Database(error)),
    }
}

fn recall<T: Table>(
    stored: Stored,
    log: LogId,
    chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
) -> Result<Result<Memory<T>, FromZero>, ReadError> {
    let Some(cursor) = stored.cursor()? else { return Ok(Ok(Memory::new(stored))) };
    if cursor.versions != Memory::<T>::versions() {
        return Ok(Err(FromZero::OtherVersion));
    }
    if cursor.log != log {
        return Ok(Err(FromZero::OtherLog { found: cursor.log }));
    }
    if let Some(sequence) = cursor.next_sequence.checked_sub(1)
        && chain_at(sequence) != Some(cursor.chain)
    {
        return Ok(Err(FromZero::OtherHistory { sequence }));
    }
    Memory::recall(stored, &cursor).map(Ok)
}

/// The generations that are there, oldest first.
pub(super) fn generations(directory: &Path) -> io::Result<Vec<u64>> {
    let mut generations = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number: Option<u64> = name.to_str().and_then(|name| name.strip_prefix(GENERATION)?.parse().ok());
        generations.extend(number);
    }
    generations.sort_unstable();
    Ok(generations)
}

pub(super) fn path(directory: &Path, generation: u64) -> PathBuf {
    directory.join(format!("{GENERATION}{generation}"))
}
