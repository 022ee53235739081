//! The vault: sealing, opening, erasing.

use crate::allocation::Allocation;
use crate::blob_reader::BlobReader;
use crate::blob_writer::{BlobWriter, room_for, seal_small};
use crate::cipher::{Key, derive};
use crate::content_digest::ContentHasher;
use crate::disk::{self, Disk};
use crate::entropy::Entropy;
use crate::error::{NoKey, ReadAttachment, Unopened, VaultError, at};
use crate::identity;
use crate::layout::{Layout, WRITING, names};
use crate::plaintext::Plaintext;
use crate::reference::{Attachment, Binding, Reference, Sealed};
use crate::rows::{Subject, SubjectId, generation_row};
use crate::sealed::{CHUNK_LENGTH, Sealing};
use crate::slot_number::SLOTS_PER_FILE;
use crate::slots::Slots;
use crate::sweep::{self, Swept};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// Largest plaintext that is opened in one piece; a larger one is read in chunks.
pub const OPEN_LENGTH_MAX: u64 = 64 << 20;
const DIGEST_CONTEXT: &str = "triad 2026-11 vault-v1 content digest";

/// Seals payloads under the keys of data subjects, opens them, and destroys the keys. Cheap to clone; every clone is the
/// same vault. The log's lock must be held for as long as one lives.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    log_id: [u8; 16],
    // Before what it uses: dropping it waits for the thread that makes slots.
    allocation: Allocation,
    slots: Arc<Slots>,
    entropy: Arc<Entropy>,
    layout: Layout,
    disk: Disk,
    read: ReadAttachment,
    digest_secret: Key,
}

impl Vault {
    /// Makes the vault of a new log. One that was not finished is finished.
    pub fn create(
        directory: &Path,
        log_id: [u8; 16],
        root: &Zeroizing<[u8; 32]>,
        read: ReadAttachment,
    ) -> Result<Self, VaultError> {
        Self::create_on(Disk::default(), directory, log_id, root, read)
    }

    pub(crate) fn create_on(
        disk: Disk,
        directory: &Path,
        log_id: [u8; 16],
        root: &Zeroizing<[u8; 32]>,
        read: ReadAttachment,
    ) -> Result<Self, VaultError> {
        let layout = Layout::of(directory);
        let path = layout.identity();
        if path.try_exists().map_err(at(&path))? {
            return Err(VaultError::Exists(layout.root().to_owned()));
        }
        for path in [layout.slots(), layout.epochs(), layout.blobs()] {
            std::fs::create_dir_all(&path).map_err(at(&path))?;
        }
        for path in [layout.root(), directory] {
            disk.sync_directory(path).map_err(at(path))?;
        }
        // Slots of a try that was not finished may be wrapped under another root, so they do not count. Slots that a durable
        // row has taken are never made anew.
        let vault = Self::assemble(disk.clone(), layout, log_id, root, read, 0)?;
        vault.inner.allocation.make_first()?;
        // Last: with it the vault is there.
        disk.replace(&path, &identity::encode(&log_id, root)).map_err(at(&path))?;
        Ok(vault)
    }

    /// Opens the vault of a log, finishes erasures that were begun, and removes blobs that were never finished. Keys that
    /// the log says were destroyed, and that an older copy of the key files brought back, are destroyed again. Key files
    /// that are damaged show when a subject needs them.
    pub fn open(
        directory: &Path,
        log_id: [u8; 16],
        root: &Zeroizing<[u8; 32]>,
        read: ReadAttachment,
    ) -> Result<Self, VaultError> {
        Self::open_on(Disk::default(), directory, log_id, root, read)
    }

    pub(crate) fn open_on(
        disk: Disk,
        directory: &Path,
        log_id: [u8; 16],
        root: &Zeroizing<[u8; 32]>,
        read: ReadAttachment,
    ) -> Result<Self, VaultError> {
        let layout = Layout::of(directory);
        let path = layout.identity();
        let Some(identity) = disk::read(&path).map_err(at(&path))? else {
            return Err(VaultError::Absent(layout.root().to_owned()));
        };
        identity::check(&identity, &path, &log_id, root)?;
        for name in names(&layout.blobs())?.into_iter().filter(|name| name.starts_with(WRITING)) {
            let path = layout.blobs().join(name);
            disk.remove(&path).map_err(at(&path))?;
        }
        let file_count = layout.slot_file_count()?;
        let vault = Self::assemble(disk, layout, log_id, root, read, file_count)?;
        vault.inner.slots.finish_changes()?;
        vault.inner.slots.destroy_again(file_count)?;
        Ok(vault)
    }

    fn assemble(
        disk: Disk,
        layout: Layout,
        log_id: [u8; 16],
        root: &Zeroizing<[u8; 32]>,
        read: ReadAttachment,
        file_count: u64,
    ) -> Result<Self, VaultError> {
        let entropy = Arc::new(Entropy::new());
        let slots =
            Slots::new(layout.clone(), log_id, root, Arc::clone(&read), disk.clone(), Arc::clone(&entropy));
        let slots = Arc::new(slots);
        let allocation = Allocation::find(Arc::clone(&slots), Arc::clone(&read), file_count)?;
        let digest_secret = derive(DIGEST_CONTEXT, root);
        let inner = Inner { log_id, allocation, slots, entropy, layout, disk, read, digest_secret };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What durable rows say about a data subject.
    pub fn subject(&self, subject: SubjectId) -> Result<Subject, VaultError> {
        self.inner.allocation.subject(subject)
    }

    /// The slot of a data subject, for sealing. A new subject gets one without a sync; [`crate::known_rows`] must become
    /// durable in the commit of the first record that needs it. Until then a crash may give the slot to another.
    pub fn slot_for(&self, subject: SubjectId) -> Result<Result<u64, NoKey>, VaultError> {
        self.inner.allocation.slot_for(subject)
    }

    /// Gives back a slot that [`Self::slot_for`] gave, because what was sealed under it goes into no record. It must be
    /// certain that none will: nothing of it is in the log or on its way there. Once per call of `slot_for`.
    pub fn give_back(&self, subject: SubjectId) -> Result<(), VaultError> {
        self.inner.allocation.give_back(subject)
    }

    /// The slot that a data subject has, or was handed out in this process; None when nothing was sealed for it.
    pub fn slot_of(&self, subject: SubjectId) -> Result<Option<u64>, VaultError> {
        self.inner.allocation.slot_of(subject)
    }

    /// Seals a payload of any size. A large one is durable when this returns; a small one becomes so with its attachment.
    pub fn seal(
        &self,
        slot: u64,
        binding: Binding,
        plaintext: &[u8],
    ) -> Result<Result<Sealed, NoKey>, VaultError> {
        let begun = self.begin(slot, binding, room_for(plaintext.len()))?;
        let (sealing, sealed) = match begun {
            Ok(begun) => begun,
            Err(no_key) => return Ok(Err(no_key)),
        };
        if plaintext.len() <= CHUNK_LENGTH {
            return Ok(Ok(seal_small(sealing, sealed, plaintext)));
        }
        let mut writer = self.write_to(sealing, sealed);
        writer.write(plaintext)?;
        writer.finish().map(Ok)
    }

    /// Seals a payload piece by piece, while it comes into being.
    pub fn writer(&self, slot: u64, binding: Binding) -> Result<Result<BlobWriter, NoKey>, VaultError> {
        let begun = self.begin(slot, binding, room_for(0))?;
        Ok(begun.map(|(sealing, sealed)| self.write_to(sealing, sealed)))
    }

    fn begin(
        &self,
        slot: u64,
        binding: Binding,
        mut sealed: Vec<u8>,
    ) -> Result<Result<(Sealing, Vec<u8>), NoKey>, VaultError> {
        let Inner { log_id, slots, entropy, .. } = &*self.inner;
        Ok(slots.key(slot)?.map(|key| {
            let sealing = Sealing::begin(log_id, slot, &key, binding, entropy, &mut sealed);
            (sealing, sealed)
        }))
    }

    fn write_to(&self, sealing: Sealing, sealed: Vec<u8>) -> BlobWriter {
        let Inner { entropy, layout, disk, .. } = &*self.inner;
        BlobWriter::new(sealing, sealed, &entropy.take(), layout.clone(), disk.clone())
    }

    /// Opens a payload of at most [`OPEN_LENGTH_MAX`] bytes. What is given back was verified: address, key, plaintext.
    pub fn unseal(
        &self,
        reference: &Reference,
        binding: Binding,
    ) -> Result<Result<Plaintext, Unopened>, VaultError> {
        if reference.length > OPEN_LENGTH_MAX {
            let (length, max) = (reference.length, OPEN_LENGTH_MAX);
            return Ok(Err(Unopened::TooLarge { length, max }));
        }
        let mut reader = match self.reader(reference, binding)? {
            Ok(reader) => reader,
            Err(unopened) => return Ok(Err(unopened)),
        };
        let mut plaintext = Plaintext::with_capacity(0);
        if reference.length > CHUNK_LENGTH as u64 {
            plaintext = Plaintext::with_capacity(reference.length as usize);
        }
        loop {
            match reader.next_chunk()? {
                Ok(Some(only)) if plaintext.capacity() == 0 => plaintext = only,
                Ok(Some(chunk)) => plaintext.extend(&chunk),
                Ok(None) => return Ok(Ok(plaintext)),
                Err(unopened) => return Ok(Err(unopened)),
            }
        }
    }

    /// Opens a payload of any size, chunk by chunk.
    pub fn reader(
        &self,
        reference: &Reference,
        binding: Binding,
    ) -> Result<Result<BlobReader, Unopened>, VaultError> {
        let Inner { log_id, layout, read, slots, .. } = &*self.inner;
        let source = if reference.length <= CHUNK_LENGTH as u64 {
            BlobReader::attached(reference, read)?
        } else {
            BlobReader::of_file(reference, layout.blob(&reference.address))?
        };
        match source {
            Ok(source) => source.begin(log_id, binding, |slot| slots.key(slot)),
            Err(unopened) => Ok(Err(unopened)),
        }
    }

    /// Destroys the key of a data subject, and with it everything that was ever sealed for it. When this returns it is
    /// done and synced. After a crash the next opening finds the key whole or gone, and every other key whole. The
    /// caller then records it, with [`crate::erased_rows`]. Returns the slot; None when the subject never had one.
    pub fn destroy(&self, subject: SubjectId) -> Result<Result<Option<u64>, NoKey>, VaultError> {
        let Some(slot) = self.inner.allocation.slot_of(subject)? else { return Ok(Ok(None)) };
        let destroyed = self.inner.slots.destroy(slot)?;
        Ok(destroyed.map(|()| Some(slot)))
    }

    /// The row that says how new the slot file of a destroyed key is, for the commit that records the erasure; none when
    /// no key of that file was destroyed in this process. Of two calls the later one's row must be the later one in the
    /// log.
    pub fn generation_row(&self, slot: u64) -> Option<Attachment> {
        let file = slot / SLOTS_PER_FILE;
        self.inner.slots.reached(file).map(|reached| generation_row(file, reached))
    }

    /// Removes files of large blobs that were written before `before` and that no record names.
    pub fn sweep(&self, before: SystemTime) -> Result<Swept, VaultError> {
        sweep::sweep(&self.inner.layout, &self.inner.disk, before, &self.inner.read)
    }

    /// Digests the content of a request, so that its repetition is known again. With an idempotency key the digest is the
    /// same each time; without one it is the same never.
    pub fn content_hasher(&self, idempotency_key: Option<&[u8]>) -> ContentHasher {
        match idempotency_key {
            Some(key) => ContentHasher::keyed(&self.inner.digest_secret, key),
            None => ContentHasher::new(&self.inner.entropy.take()),
        }
    }
}
