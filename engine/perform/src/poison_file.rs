//! The note of panics on disk: a plain file beside the log.

use crate::shell::poison::Poison;
use std::io;
use std::path::{Path, PathBuf};
use triad_event::governance::StreamQuarantined;

/// The note of a directory.
#[derive(Debug)]
pub(crate) struct PoisonFile {
    path: PathBuf,
    pub(crate) poison: Poison,
}

impl PoisonFile {
    /// Reads the note; an absent one is empty.
    pub(crate) fn read(directory: &Path) -> io::Result<Self> {
        let path = directory.join("poison");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, poison: Poison::read(&text) })
    }

    /// Streams were set aside, so their panics are told in the log.
    pub(crate) fn forget(&mut self, set_aside: &[StreamQuarantined]) -> io::Result<()> {
        if set_aside.is_empty() {
            return Ok(());
        }
        set_aside.iter().for_each(|one| self.poison.forget(one.quarantined));
        self.write()
    }

    /// Writes it down and syncs it.
    pub(crate) fn write(&self) -> io::Result<()> {
        let file = std::fs::File::create(&self.path)?;
        io::Write::write_all(&mut &file, self.poison.to_string().as_bytes())?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use triad_event::ids::StreamId;

    #[test]
    fn a_note_comes_back_from_its_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut file = PoisonFile::read(directory.path()).expect("none is there");
        file.poison.note(StreamId([7; 16]), "dag");
        file.write().expect("writes");
        assert_eq!(PoisonFile::read(directory.path()).expect("reads").poison, file.poison);
    }
}
