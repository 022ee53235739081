//! Snapshots of the world on disk. One is trusted only if its digest stands in the log.
//!
//! A snapshot is written by a thread of its own from a clone of the world, under the name
//! `snapshots/<sequence>`; then
//! `governance.snapshot_taken` records sequence and digest. Opening looks for the newest file with such a
//! record after it.

use crate::mailbox::Message;
use crate::recover::{RecoverError, recorded};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use triad_decide::{World, snapshot};
use triad_event::Event;
use triad_event::governance::{Event as GovernanceEvent, SnapshotTaken};
use triad_event::ids::StreamId;
use triad_event::quantity::Bytes;
use triad_log::records::stream_sequences;
use triad_log::{LogRead, ReadError};
use triad_proof::Block;

/// Records between two snapshots: folding this many takes a fraction of a second.
const RECORDS_PER_SNAPSHOT: u64 = 200_000;
/// Snapshots that are kept: the newest may not be recorded yet.
const SNAPSHOTS_KEPT: usize = 2;

/// Writes snapshots now and then.
pub(crate) struct Snapshots {
    directory: PathBuf,
    mailbox: Sender<Message>,
    last_sequence: u64,
    is_writing: bool,
}

impl Snapshots {
    pub(crate) fn new(log_directory: &Path, mailbox: Sender<Message>, last_sequence: u64) -> Self {
        Self { directory: log_directory.join("snapshots"), mailbox, last_sequence, is_writing: false }
    }

    /// Begins a snapshot when enough has happened since the last.
    pub(crate) fn maybe_begin(&mut self, world: &World) {
        let next = world.next_sequence();
        if self.is_writing || next < self.last_sequence + RECORDS_PER_SNAPSHOT {
            return;
        }
        self.is_writing = true;
        self.last_sequence = next;
        let (world, directory, mailbox) = (world.clone(), self.directory.clone(), self.mailbox.clone());
        let thread = std::thread::Builder::new().name("snapshot".into());
        let spawned = thread.spawn(move || {
            // A snapshot that could not be written costs time at the next start, nothing else.
            let taken = write(&world, &directory).ok();
            let _ended = mailbox.send(Message::SnapshotWritten(taken)).is_err();
        });
        self.is_writing = spawned.is_ok();
    }

    /// The snapshot that was begun has ended.
    pub(crate) fn written(&mut self) {
        self.is_writing = false;
    }
}

fn write(world: &World, directory: &Path) -> io::Result<SnapshotTaken> {
    let bytes = snapshot::encode(world);
    let through_sequence = world.next_sequence() - 1;
    std::fs::create_dir_all(directory)?;
    let (partial, path) = (directory.join("partial"), directory.join(through_sequence.to_string()));
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(&partial, &path)?;
    std::fs::File::open(directory)?.sync_all()?;
    let mut stale = numbered(directory)?;
    stale.truncate(stale.len().saturating_sub(SNAPSHOTS_KEPT));
    for (_, path) in stale {
        std::fs::remove_file(path)?;
    }
    let digest = *blake3::hash(&bytes).as_bytes();
    Ok(SnapshotTaken { through_sequence, digest, size: Bytes(bytes.len() as u64) })
}

/// Snapshot files by the sequence that they go through, oldest first.
fn numbered(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        files.extend(number.map(|number| (number, path)));
    }
    files.sort();
    Ok(files)
}

/// The world of the newest snapshot whose digest the log holds; None when there is none.
pub(crate) fn newest_trusted<R: LogRead>(
    reader: &R,
    last: u64,
    log_directory: &Path,
) -> Result<Option<World>, RecoverError> {
    for (through, path) in numbered(&log_directory.join("snapshots"))?.into_iter().rev() {
        if through > last {
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let digest = *blake3::hash(&bytes).as_bytes();
        // A damaged or unrecorded snapshot is passed over: an older one, or the whole log, gives the same world.
        if is_recorded(reader, through, digest)?
            && let Ok(world) = snapshot::decode(&bytes)
        {
            return Ok(Some(world));
        }
    }
    Ok(None)
}

fn is_recorded<R: LogRead>(reader: &R, through: u64, digest: [u8; 32]) -> Result<bool, RecoverError> {
    for sequence in log_records_after(reader, through)? {
        let bytes = reader.block_holding(sequence)?;
        let bytes = bytes.ok_or_else(|| ReadError::Missing { what: format!("record {sequence}") })?;
        let block = Block::decode(&bytes).map_err(ReadError::Break)?;
        let Some(record) = block.record_at(sequence) else { continue };
        let record = record.map_err(ReadError::Break)?;
        record
            .check_commitment()
            .map_err(|fault| ReadError::Break(triad_proof::Break::at(sequence, fault)))?;
        if let Event::Governance(GovernanceEvent::SnapshotTaken(taken)) = recorded(&record)?.event
            && taken.through_sequence == through
        {
            return Ok(taken.digest == digest);
        }
    }
    Ok(false)
}

/// Sequences of the log's own stream after a record.
fn log_records_after<R: LogRead>(reader: &R, sequence: u64) -> Result<Vec<u64>, ReadError> {
    let ordinal =
        reader.posting_at_or_before(StreamId::LOG.0, sequence)?.map_or(0, |posting| posting.first_ordinal);
    let after = stream_sequences(reader, StreamId::LOG.0, ordinal, usize::MAX)?;
    Ok(after.into_iter().filter(|found| *found > sequence).collect())
}
