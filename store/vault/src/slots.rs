//! The keys of data subjects: made ahead, handed out, unwrapped, destroyed.

use crate::cipher::{Cipher, derive};
use crate::disk::{self, Disk};
use crate::entropy::Entropy;
use crate::epoch_file::{Epoch, FILE_LENGTH, PLACE_LENGTH};
use crate::error::{KeyDamage, KeyFile, NoKey, ReadAttachment, VaultError, at};
use crate::layout::Layout;
use crate::rows::{decode_generation, decode_slot_is_erased, generation_key, slot_key};
use crate::slot_file::{SlotFile, slots_of};
use crate::slot_number::SLOTS_PER_FILE;
use crate::subject_keys::SubjectKeys;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use zeroize::Zeroizing;

const WRAPPING_CONTEXT: &str = "triad 2026-11 vault-v1 epoch key wrapping";

pub(crate) struct Slots {
    layout: Layout,
    log_id: [u8; 16],
    disk: Disk,
    entropy: Arc<Entropy>,
    root: Cipher,
    read: ReadAttachment,
    keys: Mutex<SubjectKeys>,
    /// Generations of slot files after the newest destruction in this process.
    reached: Mutex<BTreeMap<u64, u64>>,
    /// Held by whoever changes key files.
    changing: Mutex<()>,
    /// A change failed, so what is on disk is not known to this process. A sync is never tried again: the file system may
    /// have dropped the pages, and the key that it should have protected would be destroyed next.
    stopped: AtomicBool,
}

impl Slots {
    pub(crate) fn new(
        layout: Layout,
        log_id: [u8; 16],
        root: &Zeroizing<[u8; 32]>,
        read: ReadAttachment,
        disk: Disk,
        entropy: Arc<Entropy>,
    ) -> Self {
        Self {
            layout,
            log_id,
            disk,
            entropy,
            root: Cipher::new(&derive(WRAPPING_CONTEXT, root)),
            read,
            keys: Mutex::new(SubjectKeys::new()),
            reached: Mutex::new(BTreeMap::new()),
            changing: Mutex::new(()),
            stopped: AtomicBool::new(false),
        }
    }

    /// The key of the subject in a slot.
    pub(crate) fn key(&self, slot: u64) -> Result<Result<Arc<Cipher>, NoKey>, VaultError> {
        let mut keys = self.keys();
        if let Some(key) = keys.subject(slot) {
            return Ok(Ok(key));
        }
        // A copy of the directory may hold keys that were destroyed since; the log knows better.
        if self.row_says_erased(slot)?.unwrap_or(false) {
            return Ok(Err(NoKey::Erased { slot }));
        }
        let number = slot / SLOTS_PER_FILE;
        // Under the lock, so that a key that is being destroyed does not come back behind its destruction.
        let file = match keys.file(number) {
            Some(file) => file,
            None => match self.read_file(number)? {
                Ok(file) => Arc::new(file),
                Err(no_key) => return Ok(Err(no_key)),
            },
        };
        let key = file.key(slot);
        keys.keep_file(number, file);
        Ok(key.map(|key| {
            let key = Arc::new(Cipher::new(&key));
            keys.keep_subject(slot, Arc::clone(&key));
            key
        }))
    }

    fn keys(&self) -> MutexGuard<'_, SubjectKeys> {
        self.keys.lock().expect("invariant: no holder of this lock panics")
    }

    /// None when no durable record has taken the slot.
    pub(crate) fn row_says_erased(&self, slot: u64) -> Result<Option<bool>, VaultError> {
        let row = (self.read)(&slot_key(slot)).map_err(VaultError::Attachments)?;
        row.map(|row| decode_slot_is_erased(&row)).transpose()
    }

    fn read_file(&self, number: u64) -> Result<Result<SlotFile, NoKey>, VaultError> {
        let missing = |file| Ok(Err(NoKey::Missing { file }));
        let (slots, epochs) = (self.layout.slot_file(number), self.layout.epoch_file(number));
        let Some(bytes) = disk::read(&slots).map_err(at(&slots))? else {
            return missing(KeyFile::Slots(number));
        };
        let Some(epoch_keys) = disk::read(&epochs).map_err(at(&epochs))? else {
            return missing(KeyFile::Epoch(number));
        };
        let epoch_keys = Zeroizing::new(epoch_keys);
        Ok(SlotFile::epoch_of(&bytes, self.log_id, number).and_then(|epoch| {
            let key = epoch.unwrap(&epoch_keys, &self.root);
            let key = key.map_err(|_| NoKey::Damaged { what: KeyDamage::EpochKey(number) })?;
            Ok(SlotFile::decode(epoch, bytes, &key))
        }))
    }

    /// Makes the slot file with this number. The file of its epoch key comes last: with it the slot file is finished.
    pub(crate) fn make_file(&self, number: u64) -> Result<(), VaultError> {
        let _changing = self.change()?;
        for slot in slots_of(number) {
            if self.row_says_erased(slot)?.is_some() {
                return Err(VaultError::Behind { slot, file: KeyFile::Epoch(number) });
            }
        }
        // One may be there when an earlier try failed at its very end. No key of that try was ever handed out.
        let path = self.layout.epoch_file(number);
        self.disk.remove(&path).map_err(at(&path))?;
        self.disk.sync_directory(&self.layout.epochs()).map_err(at(&path))?;
        let epoch = Epoch { log_id: self.log_id, file: number, generation: 0 };
        let epoch_key = self.entropy.take();
        let file = SlotFile::fresh(epoch, &epoch_key, &self.entropy);
        let mut epochs = vec![0; FILE_LENGTH];
        epochs[..PLACE_LENGTH].copy_from_slice(&epoch.wrap(&epoch_key, &self.root, &self.entropy));
        self.replace(number, &file)?;
        self.disk.replace(&path, &epochs).map_err(at(&path))
    }

    /// Destroys the key in a slot. What was begun is finished by the next opening; done again it does nothing.
    pub(crate) fn destroy(&self, slot: u64) -> Result<Result<(), NoKey>, VaultError> {
        let _changing = self.change()?;
        let number = slot / SLOTS_PER_FILE;
        let unfinished = self.layout.erasing(number).try_exists().map_err(at(self.layout.root()))?;
        if unfinished {
            self.finish_change(number)?;
        }
        let old = match self.read_file(number)? {
            Ok(old) => old,
            Err(no_key) => return Ok(Err(no_key)),
        };
        let mut doomed = self.outlived(&old)?;
        if old.key(slot).err() != Some(NoKey::Erased { slot }) {
            doomed.insert(slot);
        }
        self.destroy_all(&old, &doomed)
    }

    /// Destroys again what an older copy of the key files brought back: the log says which keys were destroyed. A file that
    /// does not verify is left as it is, for whoever mends it.
    pub(crate) fn destroy_again(&self, file_count: u64) -> Result<(), VaultError> {
        let _changing = self.change()?;
        for number in 0..file_count {
            if self.recorded_generation(number)? == 0 {
                continue;
            }
            let Ok(Ok(old)) = self.read_file(number) else { continue };
            if old.is_sealed() {
                let doomed = self.outlived(&old)?;
                // Refused when another key does not open; the rows are asked before any key is given out.
                let _refused = self.destroy_all(&old, &doomed)?.is_err();
            }
        }
        Ok(())
    }

    /// The slots of a file that have a key although their rows say erased. There are none while the file is as new as the
    /// log.
    fn outlived(&self, file: &SlotFile) -> Result<BTreeSet<u64>, VaultError> {
        let Epoch { file: number, generation, .. } = file.epoch();
        let mut outlived = BTreeSet::new();
        if generation >= self.recorded_generation(number)? {
            return Ok(outlived);
        }
        for slot in slots_of(number) {
            let is_destroyed = || file.key(slot).err() == Some(NoKey::Erased { slot });
            if self.row_says_erased(slot)? == Some(true) && !is_destroyed() {
                outlived.insert(slot);
            }
        }
        Ok(outlived)
    }

    /// The generation that a slot file had when an erasure in it was last recorded; 0 before the first.
    fn recorded_generation(&self, number: u64) -> Result<u64, VaultError> {
        let row = (self.read)(&generation_key(number)).map_err(VaultError::Attachments)?;
        row.map_or(Ok(0), |row| decode_generation(&row))
    }

    /// The generation that a slot file had after the newest destruction in this process.
    pub(crate) fn reached(&self, number: u64) -> Option<u64> {
        self.reached_generations().get(&number).copied()
    }

    fn reached_generations(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.reached.lock().expect("invariant: no holder of this lock panics")
    }

    fn destroy_all(&self, old: &SlotFile, doomed: &BTreeSet<u64>) -> Result<Result<(), NoKey>, VaultError> {
        let number = old.epoch().file;
        let recorded = self.recorded_generation(number)?;
        if doomed.is_empty() {
            self.reached_generations().insert(number, recorded.max(old.epoch().generation));
            return Ok(Ok(()));
        }
        let epoch_key = self.entropy.take();
        // Above every generation that the log knows: else a copy from before could pass for this one.
        let new = match old.without(doomed, old.epoch().above(recorded), &epoch_key) {
            Ok(new) => new,
            Err(no_key) => return Ok(Err(no_key)),
        };
        let place = new.epoch().wrap(&epoch_key, &self.root, &self.entropy);
        let changed = self.supersede(doomed, old, &new, &place);
        self.stopped.fetch_or(changed.is_err(), Ordering::Relaxed);
        changed?;
        self.reached_generations().insert(number, new.epoch().generation);
        Ok(Ok(()))
    }

    /// The order keeps every other key: each is wrapped under an epoch key that is on disk until its successor is.
    fn supersede(
        &self,
        doomed: &BTreeSet<u64>,
        old: &SlotFile,
        new: &SlotFile,
        place: &[u8; PLACE_LENGTH],
    ) -> Result<(), VaultError> {
        let number = old.epoch().file;
        let (epochs, erasing) = (self.layout.epoch_file(number), self.layout.erasing(number));
        self.disk.create(&erasing).map_err(at(&erasing))?;
        self.disk.sync_directory(self.layout.root()).map_err(at(self.layout.root()))?;
        self.disk.overwrite(&epochs, new.epoch().offset() as u64, place).map_err(at(&epochs))?;
        self.replace(number, new)?;
        let mut keys = self.keys();
        doomed.iter().for_each(|slot| keys.forget(*slot));
        drop(keys);
        self.wipe(old.epoch())?;
        self.disk.remove(&erasing).map_err(at(&erasing))
    }

    fn replace(&self, number: u64, file: &SlotFile) -> Result<(), VaultError> {
        let path = self.layout.slot_file(number);
        self.disk.replace(&path, file.bytes()).map_err(at(&path))
    }

    fn wipe(&self, epoch: Epoch) -> Result<(), VaultError> {
        let path = self.layout.epoch_file(epoch.file);
        self.disk.overwrite(&path, epoch.offset() as u64, &[0; PLACE_LENGTH]).map_err(at(&path))
    }

    /// Finishes the changes that a process before this one began: forward when the new slot file was in its place, else
    /// back.
    pub(crate) fn finish_changes(&self) -> Result<(), VaultError> {
        let _changing = self.change()?;
        self.layout.unfinished()?.into_iter().try_for_each(|number| self.finish_change(number))
    }

    /// A file that does not verify is left as it is, for whoever mends it.
    fn finish_change(&self, number: u64) -> Result<(), VaultError> {
        let fresh = self.layout.slot_file(number).with_extension("new");
        self.disk.remove(&fresh).map_err(at(&fresh))?;
        let Ok(file) = self.read_file(number)? else { return Ok(()) };
        if !file.is_sealed() {
            return Ok(());
        }
        // It was read, which does not mean that it is on disk. Only a write that is synced makes it safe to wipe.
        self.replace(number, &file)?;
        self.wipe(file.epoch().above(0))?;
        let erasing = self.layout.erasing(number);
        self.disk.remove(&erasing).map_err(at(&erasing))
    }

    fn change(&self) -> Result<MutexGuard<'_, ()>, VaultError> {
        let changing = self.changing.lock().expect("invariant: no holder of this lock panics");
        if self.stopped.load(Ordering::Relaxed) { Err(VaultError::Stopped) } else { Ok(changing) }
    }
}
