//! Snapshots of the world on disk.
//!
//! A snapshot is written by a thread of its own from a clone of the world, under the name
//! `snapshots/<sequence>`; then
//! `governance.snapshot_taken` records sequence and digest. Opening looks for the newest file with such a
//! record after it.

use crate::mailbox::Mail;
use crate::shell::message::Message;
use crate::shell::recover::Snapshots;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use triad_decide::{World, snapshot};
use triad_event::governance::SnapshotTaken;
use triad_event::quantity::Bytes;

/// Snapshots that are kept: the newest may not be recorded yet.
const SNAPSHOTS_KEPT: usize = 2;

pub(crate) struct SnapshotFiles {
    directory: PathBuf,
}

impl SnapshotFiles {
    pub(crate) fn of(log_directory: &Path) -> Self {
        Self { directory: log_directory.join("snapshots") }
    }

    /// Writes one on a thread of its own, and tells what came of it.
    pub(crate) fn begin(&self, world: World, mailbox: &Sender<Mail>) {
        let (directory, writer) = (self.directory.clone(), mailbox.clone());
        let tell = |mailbox: &Sender<Mail>, taken| {
            let _ended = mailbox.send(Mail::Shell(Message::SnapshotWritten(taken))).is_err();
        };
        let thread = std::thread::Builder::new().name("snapshot".into());
        // A snapshot that could not be written costs time at the next start, nothing else.
        let spawned = thread.spawn(move || tell(&writer, write(&world, &directory).ok()));
        if spawned.is_err() {
            tell(mailbox, None);
        }
    }
}

impl Snapshots for SnapshotFiles {
    fn sequences(&self) -> io::Result<Vec<u64>> {
        Ok(numbered(&self.directory)?.into_iter().map(|(number, _)| number).collect())
    }

    fn read(&self, through_sequence: u64) -> io::Result<Vec<u8>> {
        std::fs::read(self.directory.join(through_sequence.to_string()))
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
