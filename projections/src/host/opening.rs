//! Opens the database, or begins again when it cannot be trusted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use thiserror::Error;
use tokio::sync::watch;
use triad_event::ids::LogId;

use super::memory::{Held, Memory};
use super::rows::{AliveRow, versions};
use super::store::{Store, Stored};
use super::{Host, Shared};
use crate::attempt_history::AttemptHistory;
use crate::run::Run;
use crate::timeline::Timeline;
use crate::views::ReadError;

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

impl Host {
    /// Opens the views of a log in a directory of their own. `chain_at` says the chain value of the log's
    /// record with that sequence; none when the log has no such record.
    pub fn open(
        directory: &Path,
        log: LogId,
        chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
    ) -> Result<(Self, Opening), OpenError> {
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
        let store = Arc::clone(&memory.stored.store);
        for old in generations.into_iter().filter(|old| *old != store.generation) {
            remove(directory, old)?;
        }
        let (applied, _) = watch::channel(memory.next_sequence);
        let shared = Arc::new(Shared { memory: RwLock::new(memory), damage: Mutex::new(None) });
        Ok((Self { directory: directory.to_owned(), log, store, shared, applied }, opening))
    }
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
fn resume(
    directory: &Path,
    generation: u64,
    log: LogId,
    chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
) -> Result<Result<Memory, FromZero>, OpenError> {
    let opened = Store::open(&path(directory, generation), generation).map_err(ReadError::from);
    match opened.and_then(|store| recall(&Stored::now(Arc::new(store)), log, chain_at)) {
        Ok(recalled) => Ok(recalled),
        Err(ReadError::Damaged { why }) => Ok(Err(FromZero::Damaged { why })),
        Err(ReadError::Database(fjall::Error::Locked)) => Err(OpenError::Locked),
        Err(ReadError::Database(error)) => Err(OpenError::Database(error)),
    }
}

fn recall(
    stored: &Stored,
    log: LogId,
    chain_at: impl FnOnce(u64) -> Option<[u8; 32]>,
) -> Result<Result<Memory, FromZero>, ReadError> {
    let Some(cursor) = stored.cursor()? else { return Ok(Ok(Memory::new(stored.clone()))) };
    if cursor.versions != versions() {
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
    let mut memory = Memory::new(stored.clone());
    memory.next_sequence = cursor.next_sequence;
    memory.chain = cursor.chain;
    memory.engine = stored.engine()?;
    memory.stored_sequence = cursor.next_sequence;
    for row in stored.alive() {
        let row = row?;
        let id = row.summary.id;
        if let Some(key) = row.summary.idempotency_key.filter(|_| row.holds_key) {
            memory.keys.insert(key, id);
        }
        memory.add(id, Box::new(held(stored, row)?));
    }
    Ok(Ok(memory))
}

fn held(stored: &Stored, row: AliveRow) -> Result<Held, ReadError> {
    let graph = stored.graph(row.summary)?;
    let open = row.open.into_iter().map(|attempt| (attempt.task, attempt)).collect();
    let attempts = AttemptHistory { open, over: Vec::new() };
    let run = Run { graph, attempts, timeline: Timeline::default() };
    Ok(Held { run, is_stored: true, ..Held::default() })
}

/// The generations that are there, oldest first.
fn generations(directory: &Path) -> io::Result<Vec<u64>> {
    let mut generations = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number: Option<u64> = name.to_str().and_then(|name| name.strip_prefix(GENERATION)?.parse().ok());
        generations.extend(number);
    }
    generations.sort_unstable();
    Ok(generations)
}

fn path(directory: &Path, generation: u64) -> PathBuf {
    directory.join(format!("{GENERATION}{generation}"))
}

#[cfg(test)]
mod tests {
    use triad_event::ids::{NodeId, PrincipalId, StreamId, WorkflowId};
    use triad_event::quantity::Micros;
    use triad_event::{Event, Recorded, governance};

    use super::super::rows::CursorRow;
    use super::*;
    use crate::host::{ApplyError, keys};
    use crate::stored::Encoder;
    use crate::views::Answer;

    const LOG: LogId = LogId([1; 16]);

    /// Stores views of one record, changes the database, and opens them again.
    fn opened_after(change: impl FnOnce(&Store, CursorRow)) -> (u64, Opening) {
        let directory = tempfile::tempdir().unwrap();
        let (mut host, _) = Host::open(directory.path(), LOG, |_| None).unwrap();
        drop(host.apply(&[started()], [2; 32]).unwrap());
        host.close().unwrap();
        let store = Arc::new(Store::open(&path(directory.path(), 0), 0).unwrap());
        let cursor = Stored::now(Arc::clone(&store)).cursor().unwrap().unwrap();
        change(&store, cursor);
        drop(store);
        let (host, opening) = Host::open(directory.path(), LOG, |_| Some([2; 32])).unwrap();
        (host.next_sequence(), opening)
    }

    fn started() -> Recorded<Event> {
        let started =
            governance::EngineStarted { build_digest: [0; 32], decide_version: 1, node: NodeId([3; 16]) };
        Recorded {
            sequence: 0,
            group: 0,
            at: Micros(1),
            stream: StreamId::LOG,
            ordinal: 0,
            cause: 0,
            principal: PrincipalId::ZERO,
            event: started.into(),
        }
    }

    #[test]
    fn views_go_on_where_they_were_stored() {
        assert_eq!(opened_after(|_, _| ()), (1, Opening::Resumed));
    }

    #[test]
    fn views_of_another_version_begin_again() {
        for (place, _) in versions().iter().enumerate() {
            let opened = opened_after(|store, mut cursor| {
                cursor.versions[place].1 += 1;
                store.lookups.insert(keys::CURSOR, Encoder::default().encode(&cursor)).unwrap();
            });
            assert_eq!(opened, (0, Opening::FromZero(FromZero::OtherVersion)));
        }
    }

    #[test]
    fn keyspaces_that_were_not_written_together_begin_again() {
        for place in 0..2 {
            let (next, opening) = opened_after(|store, cursor| {
                let keyspace = [&store.settled, &store.pages][place];
                keyspace.remove(keys::mark(cursor.next_sequence)).unwrap();
            });
            assert!(matches!(opening, Opening::FromZero(FromZero::Damaged { .. })), "{opening:?}");
            assert_eq!(next, 0);
        }
    }

    #[test]
    fn views_that_a_reader_finds_damaged_begin_again_in_another_database() {
        let directory = tempfile::tempdir().unwrap();
        let (mut host, _) = Host::open(directory.path(), LOG, |_| None).unwrap();
        let id = WorkflowId([4; 16]);
        host.store.lookups.insert(keys::id(id), keys::settled(7)).unwrap();
        drop(host.apply(&[started()], [2; 32]).unwrap());
        host.flush().unwrap();
        let views = host.views();
        assert!(matches!(views.summary(id), Err(ReadError::Damaged { .. })));
        let next = Recorded { sequence: 1, ..started() };
        let told = host.apply(&[next], [2; 32]);
        assert!(matches!(told, Err(ApplyError::FromZero(FromZero::Damaged { .. }))), "{told:?}");
        assert_eq!((host.next_sequence(), views.applied()), (0, 0));
        assert_eq!(generations(directory.path()).unwrap(), [1]);
        drop(host.apply(&[started()], [2; 32]).unwrap());
        assert_eq!(views.summary(id).unwrap(), Answer { through: Some(0), value: None });
    }
}
