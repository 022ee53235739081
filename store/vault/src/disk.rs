//! Every change of the vault's files, one step at a time, so that tests can stop before each of them.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A change of the file system that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Create(PathBuf),
    Write { path: PathBuf, offset: u64, bytes: Vec<u8> },
    Sync(PathBuf),
    Rename { from: PathBuf, to: PathBuf },
    SyncDirectory(PathBuf),
    Remove(PathBuf),
}

/// Hears of each step before it is made, and may refuse it.
#[cfg(test)]
pub(crate) type Watch = std::sync::Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>;

/// The file system, as far as the vault changes it.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    pub(crate) watch: Option<Watch>,
}

/// A file that is being written from its beginning.
pub(crate) struct Growing {
    disk: Disk,
    file: File,
    path: PathBuf,
    length: u64,
}

impl Disk {
    #[cfg(test)]
    fn step(&self, step: impl FnOnce() -> Step) -> io::Result<()> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch(step()))
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "tests refuse steps here")]
    fn step(&self, _step: impl FnOnce() -> Step) -> io::Result<()> {
        Ok(())
    }

    /// Begins a file that only its owner can read, in the place of one that may be there.
    pub(crate) fn create(&self, path: &Path) -> io::Result<Growing> {
        self.step(|| Step::Create(path.to_owned()))?;
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Growing { disk: self.clone(), file, path: path.to_owned(), length: 0 })
    }

    /// Puts a file in its place whole or not at all; what is there under its name is synced, and its name too.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let fresh = path.with_extension("new");
        let mut file = self.create(&fresh)?;
        file.append(bytes)?;
        file.sync()?;
        self.rename(&fresh, path)
    }

    /// Overwrites a part of a file where it lies, and syncs it.
    pub(crate) fn overwrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.step(|| Step::Write { path: path.to_owned(), offset, bytes: bytes.to_vec() })?;
        let file = File::options().write(true).open(path)?;
        file.write_all_at(bytes, offset)?;
        self.step(|| Step::Sync(path.to_owned()))?;
        file.sync_all()
    }

    /// Renames within a directory, and syncs the directory.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.move_to(from, to)?;
        self.sync_directory(to.parent().expect("invariant: files of the vault lie in a directory"))
    }

    /// Renames. Until the directory is synced the old name may come back.
    pub(crate) fn move_to(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| Step::Rename { from: from.to_owned(), to: to.to_owned() })?;
        std::fs::rename(from, to)
    }

    pub(crate) fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.step(|| Step::SyncDirectory(path.to_owned()))?;
        File::open(path)?.sync_all()
    }

    /// Removes a file; it is no failure when there is none.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| Step::Remove(path.to_owned()))?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

impl Growing {
    /// Appends. What a failure left behind the end is overwritten by the next try.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (path, offset) = (&self.path, self.length);
        self.disk.step(|| Step::Write { path: path.clone(), offset, bytes: bytes.to_vec() })?;
        self.file.write_all_at(bytes, offset)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.disk.step(|| Step::Sync(self.path.clone()))?;
        self.file.sync_all()
    }
}

/// The bytes of a file; None when there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
