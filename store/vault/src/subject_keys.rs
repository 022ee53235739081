//! Keys that were unwrapped lately, so that sealing and opening do not read key files.

use crate::cipher::Cipher;
use crate::slot_file::SlotFile;
use crate::slot_number::SLOTS_PER_FILE;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Subject keys in each half: about one kilobyte each with its key schedule.
const SUBJECT_KEYS_MAX: usize = 1024;
/// Slot files in each half: 48 KiB each.
const SLOT_FILES_MAX: usize = 16;

/// Subject keys and the slot files that they came from.
pub(crate) struct SubjectKeys {
    subjects: Halves<Cipher>,
    files: Halves<SlotFile>,
}

impl SubjectKeys {
    pub(crate) fn new() -> Self {
        Self { subjects: Halves::new(SUBJECT_KEYS_MAX), files: Halves::new(SLOT_FILES_MAX) }
    }

    pub(crate) fn subject(&mut self, slot: u64) -> Option<Arc<Cipher>> {
        self.subjects.get(slot)
    }

    pub(crate) fn keep_subject(&mut self, slot: u64, key: Arc<Cipher>) {
        self.subjects.insert(slot, key);
    }

    pub(crate) fn file(&mut self, file: u64) -> Option<Arc<SlotFile>> {
        self.files.get(file)
    }

    pub(crate) fn keep_file(&mut self, file: u64, read: Arc<SlotFile>) {
        self.files.insert(file, read);
    }

    /// Forgets a subject's key and the file that it is in.
    pub(crate) fn forget(&mut self, slot: u64) {
        self.subjects.remove(slot);
        self.files.remove(slot / SLOTS_PER_FILE);
    }
}

/// A bounded map that forgets what was not asked for lately: when the recent half is full, it becomes the older half, and
/// what is in the older half is dropped.
struct Halves<T> {
    recent: BTreeMap<u64, Arc<T>>,
    older: BTreeMap<u64, Arc<T>>,
    max: usize,
}

impl<T> Halves<T> {
    fn new(max: usize) -> Self {
        Self { recent: BTreeMap::new(), older: BTreeMap::new(), max }
    }

    fn get(&mut self, key: u64) -> Option<Arc<T>> {
        if let Some(found) = self.recent.get(&key) {
            return Some(Arc::clone(found));
        }
        let found = self.older.remove(&key)?;
        self.insert(key, Arc::clone(&found));
        Some(found)
    }

    fn insert(&mut self, key: u64, value: Arc<T>) {
        if self.recent.len() >= self.max {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, value);
    }

    fn remove(&mut self, key: u64) {
        self.recent.remove(&key);
        self.older.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_lately_stays_and_the_rest_is_forgotten() {
        let mut halves = Halves::new(10);
        for key in 0..100 {
            halves.insert(key, Arc::new(key));
            assert_eq!(halves.get(0).as_deref(), Some(&0), "asked for after each of the others");
            assert!(halves.recent.len() + halves.older.len() <= 20);
        }
        assert_eq!(halves.get(50), None);
        halves.remove(0);
        assert_eq!(halves.get(0), None);
    }
}
