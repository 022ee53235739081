//! What a crash can leave: the steps that were recorded, applied as far as they were synced, and of the rest any choice
//! that a file system may make.
//!
//! Changes of names in a directory reach the disk in their order; bytes of a file reach it whole, half or not at all.

use crate::disk::{Disk, Step};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Records the steps of what is done in a directory.
pub(super) fn record(work: impl FnOnce(Disk)) -> Vec<Step> {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&steps);
    let watch = move |step| {
        recorded.lock().expect("no panic").push(step);
        Ok(())
    };
    work(Disk { watch: Some(Arc::new(watch)) });
    steps.lock().expect("no panic").clone()
}

/// The disk of a machine: what is on it, and what is only in memory yet.
#[derive(Clone)]
pub(super) struct Machine {
    /// Paths are below this directory.
    root: PathBuf,
    names: BTreeMap<PathBuf, usize>,
    contents: Vec<Vec<u8>>,
    unsynced_names: Vec<(PathBuf, NameChange)>,
    unsynced_bytes: Vec<(usize, u64, Vec<u8>)>,
    /// Names as the process sees them.
    seen: BTreeMap<PathBuf, usize>,
}

#[derive(Clone)]
enum NameChange {
    Set(PathBuf, usize),
    Move(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// A choice of what else reached the disk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Luck {
    names: usize,
    bytes: Bytes,
}

#[derive(Debug, Clone, Copy)]
enum Bytes {
    None,
    Half,
    All,
}

impl Machine {
    /// Everything in a directory is on disk.
    pub(super) fn of(root: &Path) -> Self {
        let mut machine = Self {
            root: root.to_owned(),
            names: BTreeMap::new(),
            contents: Vec::new(),
            unsynced_names: Vec::new(),
            unsynced_bytes: Vec::new(),
            seen: BTreeMap::new(),
        };
        for (path, bytes) in super::files(root) {
            machine.names.insert(machine.below(Path::new(&path)), machine.contents.len());
            machine.contents.push(bytes);
        }
        machine.seen = machine.names.clone();
        machine
    }

    fn below(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).expect("below the directory").to_owned()
    }

    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Create(path) => {
                let (path, file) = (self.below(path), self.contents.len());
                self.contents.push(Vec::new());
                self.change(&path.clone(), NameChange::Set(path, file));
            }
            Step::Write { path, offset, bytes } => {
                let file = self.seen[&self.below(path)];
                self.unsynced_bytes.push((file, *offset, bytes.clone()));
            }
            Step::Sync(path) => {
                let file = self.seen[&self.below(path)];
                let (now, later) =
                    std::mem::take(&mut self.unsynced_bytes).into_iter().partition(|w| w.0 == file);
                self.unsynced_bytes = later;
                let now: Vec<(usize, u64, Vec<u8>)> = now;
                now.iter().for_each(|(file, offset, bytes)| write(&mut self.contents[*file], *offset, bytes));
            }
            Step::Rename { from, to } => {
                let (from, to) = (self.below(from), self.below(to));
                self.change(&to.clone(), NameChange::Move(from, to));
            }
            Step::Remove(path) => {
                let path = self.below(path);
                self.change(&path.clone(), NameChange::Remove(path));
            }
            Step::SyncDirectory(path) => {
                let directory = self.below(path);
                let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unsynced_names)
                    .into_iter()
                    .partition(|(held, _)| *held == directory);
                self.unsynced_names = later;
                now.into_iter().for_each(|(_, change)| apply(&mut self.names, change));
            }
        }
    }

    fn change(&mut self, path: &Path, change: NameChange) {
        apply(&mut self.seen, change.clone());
        let directory = path.parent().expect("files lie in a directory").to_owned();
        self.unsynced_names.push((directory, change));
    }

    /// Every choice that a crash now leaves open. The first is the worst luck, the last is that of a process that dies on
    /// a machine that lives on.
    pub(super) fn lucks(&self) -> Vec<Luck> {
        let bytes = if self.unsynced_bytes.is_empty() {
            [Bytes::All].as_slice()
        } else {
            &[Bytes::None, Bytes::Half, Bytes::All]
        };
        let names = 0..=self.unsynced_names.len();
        names.flat_map(|names| bytes.iter().map(move |bytes| Luck { names, bytes: *bytes })).collect()
    }

    /// The machine after a crash, in another directory.
    pub(super) fn crash(&self, luck: Luck, into: &Path) {
        let mut crashed = self.clone();
        for (_, change) in crashed.unsynced_names.drain(..luck.names) {
            apply(&mut crashed.names, change);
        }
        for (file, offset, bytes) in &self.unsynced_bytes {
            let kept = match luck.bytes {
                Bytes::None => 0,
                Bytes::Half => bytes.len() / 2,
                Bytes::All => bytes.len(),
            };
            write(&mut crashed.contents[*file], *offset, &bytes[..kept]);
        }
        for folder in ["slots", "epochs", "blobs"] {
            std::fs::create_dir_all(into.join("vault").join(folder)).expect("creates");
        }
        for (path, file) in crashed.names {
            std::fs::write(into.join(path), &crashed.contents[file]).expect("writes");
        }
    }
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, change: NameChange) {
    match change {
        NameChange::Set(path, file) => drop(names.insert(path, file)),
        NameChange::Move(from, to) => {
            if let Some(file) = names.remove(&from) {
                names.insert(to, file);
            }
        }
        NameChange::Remove(path) => drop(names.remove(&path)),
    }
}

fn write(contents: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let end = offset as usize + bytes.len();
    contents.resize(contents.len().max(end), 0);
    contents[offset as usize..end].copy_from_slice(bytes);
}
