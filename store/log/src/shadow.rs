//! A database that is read without being touched: a directory elsewhere with its journals copied and its tables linked, in which
//! fjall may do what it does when it opens.
//!
//! fjall cannot open a database for reading alone: it takes a lock, cuts journals and removes tables. Here it does so with what
//! is not the log's. Tables and what lies apart from them are never written again, and everything else is small.

use crate::database::WRITTEN_ONCE;
use crate::journals::{self, journal_paths};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A database to be opened in place of another one; gone when this is dropped.
pub(crate) struct Shadow {
    directory: TempDir,
    /// Files that are kept open because their owner may remove them meanwhile.
    _files: Vec<File>,
}

/// Why there is no shadow.
pub(crate) enum Unshadowed {
    /// What was to be read changed meanwhile, or is not whole.
    Changed(io::Error),
    /// There is no place for it.
    NoPlace { path: PathBuf, source: io::Error },
}

impl Shadow {
    /// Of a database that `is_written` by somebody else, or that nobody writes.
    pub(crate) fn of(database: &Path, is_written: bool) -> Result<Self, Unshadowed> {
        let source = database.canonicalize().map_err(Unshadowed::Changed)?;
        let no_place = |source| Unshadowed::NoPlace { path: std::env::temp_dir(), source };
        let directory = tempfile::Builder::new().prefix("triad-reading-").tempdir().map_err(no_place)?;
        let mut shadow = Self { directory, _files: Vec::new() };
        if is_written {
            raise_file_limit();
        }
        let before = lists(&source).map_err(Unshadowed::Changed)?;
        shadow.fill(&source, is_written)?;
        let after = lists(&source).map_err(Unshadowed::Changed)?;
        if before == after {
            return Ok(shadow);
        }
        Err(Unshadowed::Changed(io::Error::other("tables were written meanwhile")))
    }

    /// Where fjall finds it.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("db")
    }

    fn fill(&mut self, source: &Path, is_written: bool) -> Result<(), Unshadowed> {
        let target = self.path();
        let no_place = |source| Unshadowed::NoPlace { path: target.clone(), source };
        std::fs::create_dir(&target).map_err(no_place)?;
        // Journals last: what is flushed after its keyspace was linked is in neither, and the lists say so.
        let keyspaces = source.join("keyspaces");
        for keyspace in names(&keyspaces).map_err(Unshadowed::Changed)? {
            self.link_keyspace(
                &keyspaces.join(&keyspace),
                &target.join("keyspaces").join(&keyspace),
                is_written,
            )?;
        }
        for name in names(source).map_err(Unshadowed::Changed)? {
            let (from, to) = (source.join(&name), target.join(&name));
            if from.is_file() && from.extension().is_none_or(|extension| extension != "jnl") {
                copy(&from, &to)?;
            }
        }
        for journal in journal_paths(source).map_err(Unshadowed::Changed)? {
            let to = target.join(journal.file_name().unwrap_or_default());
            journals::copy_journal(&journal, &to).map_err(|source| no_room_or_changed(&to, source))?;
        }
        Ok(())
    }

    fn link_keyspace(&mut self, from: &Path, to: &Path, is_written: bool) -> Result<(), Unshadowed> {
        let no_place = |source| Unshadowed::NoPlace { path: to.to_owned(), source };
        std::fs::create_dir_all(to).map_err(no_place)?;
        for name in names(from).map_err(Unshadowed::Changed)? {
            let file = from.join(&name);
            if file.is_file() {
                copy(&file, &to.join(&name))?;
            }
        }
        for folder in WRITTEN_ONCE {
            let (files, links) = (from.join(folder), to.join(folder));
            if !files.is_dir() {
                continue;
            }
            std::fs::create_dir_all(&links).map_err(no_place)?;
            for name in names(&files).map_err(Unshadowed::Changed)? {
                let file = files.join(&name);
                let link =
                    if is_written { self.keep_open(&file).map_err(Unshadowed::Changed)? } else { file };
                symlink(link, links.join(&name)).map_err(no_place)?;
            }
        }
        Ok(())
    }

    /// A path under which this process finds the file for as long as the shadow lives.
    fn keep_open(&mut self, path: &Path) -> io::Result<PathBuf> {
        let file = File::open(path)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        self._files.push(file);
        Ok(path)
    }
}

/// As many tables are kept open as the system allows a process; where that is too few, opening them says so.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let _stays = setrlimit(Resource::Nofile, raised).is_err();
}

fn copy(from: &Path, to: &Path) -> Result<(), Unshadowed> {
    let bytes = std::fs::read(from).map_err(Unshadowed::Changed)?;
    std::fs::write(to, bytes).map_err(|source| Unshadowed::NoPlace { path: to.to_owned(), source })
}

/// Copying a journal reads here and writes there; a full disk is there.
fn no_room_or_changed(path: &Path, source: io::Error) -> Unshadowed {
    match source.kind() == io::ErrorKind::StorageFull || source.kind() == io::ErrorKind::QuotaExceeded {
        true => Unshadowed::NoPlace { path: path.to_owned(), source },
        false => Unshadowed::Changed(source),
    }
}

/// What says which tables and journals count: while it stays the same, what was linked and copied belongs together.
fn lists(database: &Path) -> io::Result<Vec<Vec<u8>>> {
    let keyspaces = database.join("keyspaces");
    let mut lists = Vec::new();
    for keyspace in names(&keyspaces)? {
        // A damaged database may lack one; opening says so.
        lists.push(std::fs::read(keyspaces.join(keyspace).join("current")).unwrap_or_default());
    }
    lists.extend(journal_paths(database)?.into_iter().map(|path| path.into_os_string().into_encoded_bytes()));
    Ok(lists)
}

fn names(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names =
        entries.map(|entry| Ok(entry?.file_name().into())).collect::<io::Result<Vec<PathBuf>>>()?;
    names.sort();
    Ok(names)
}
