//! Sealing a blob piece by piece. What fits into one chunk never touches a file.

use crate::cipher::TAG_LENGTH;
use crate::disk::{Disk, Growing};
use crate::error::{VaultError, at, not_synced};
use crate::layout::{Layout, WRITING, hex};
use crate::plaintext::Plaintext;
use crate::reference::{Reference, Sealed};
use crate::rows::{blob_key, named_row};
use crate::sealed::{BLOB_LENGTH_MAX, CHUNK_LENGTH, PREFIX_LENGTH, Sealing};
use std::path::PathBuf;

/// Seals a payload piece by piece. Dropped before it is finished it leaves nothing behind.
pub struct BlobWriter {
    sealing: Sealing,
    /// Plaintext of the chunk that is being filled. A full one waits, since it may be the last.
    open: Plaintext,
    length: u64,
    stored: Stored,
}

/// A blob that is sealed to its end and may not be stored yet. Dropped before it is, it leaves nothing behind.
pub struct WholeBlob {
    reference: Reference,
    stored: Stored,
}

/// The sealed bytes of a blob: those of one chunk stay in memory, those of more go to a file.
struct Stored {
    /// Sealed and in no file yet.
    sealed: Vec<u8>,
    /// Whether there is more than one chunk.
    is_large: bool,
    disk: Disk,
    layout: Layout,
    path: PathBuf,
    /// Under a name that is removed unless the blob becomes whole.
    file: Option<Growing>,
}

impl BlobWriter {
    /// `sealed` holds what `sealing` began with; `name` is random.
    pub(crate) fn new(
        sealing: Sealing,
        sealed: Vec<u8>,
        name: &[u8; 16],
        layout: Layout,
        disk: Disk,
    ) -> Self {
        let path = layout.blobs().join(format!("{WRITING}{}", hex(name)));
        let stored = Stored { sealed, is_large: false, disk, layout, path, file: None };
        Self { sealing, open: Plaintext::with_capacity(0), length: 0, stored }
    }

    /// Takes the next piece. It is taken also when its file fails for a reason that may pass ([`VaultError::may_pass`]): it
    /// stays in memory, sealed, and goes to the file with the next piece, which may be empty.
    pub fn write(&mut self, mut piece: &[u8]) -> Result<(), VaultError> {
        self.length = self.length.saturating_add(piece.len() as u64);
        if self.length > BLOB_LENGTH_MAX {
            return Err(VaultError::TooLarge { max: BLOB_LENGTH_MAX });
        }
        self.make_room(piece.len());
        let mut written = self.stored.write_out();
        while !piece.is_empty() {
            if self.open.len() == CHUNK_LENGTH {
                self.stored.is_large = true;
                self.seal_open(false);
                written = written.and_then(|()| self.stored.write_out());
            }
            let (now, later) = piece.split_at(piece.len().min(CHUNK_LENGTH - self.open.len()));
            self.open.extend(now);
            piece = later;
        }
        written
    }

    /// Whether it lies in a file, which is synced at its end.
    pub fn is_large(&self) -> bool {
        self.stored.is_large
    }

    /// Ends the blob. A large one is durable, under its address, when this returns.
    pub fn finish(self) -> Result<Sealed, VaultError> {
        self.end().store()
    }

    /// Ends the blob, and leaves it to be stored.
    pub fn end(mut self) -> WholeBlob {
        self.seal_open(true);
        WholeBlob { reference: self.sealing.finish(), stored: self.stored }
    }

    /// Room for another piece of the open chunk: exactly as much for the first, a whole chunk when more come.
    fn make_room(&mut self, length: usize) {
        let needed = (self.open.len() + length).min(CHUNK_LENGTH);
        if self.open.capacity() < needed {
            let room = if self.open.is_empty() { needed } else { CHUNK_LENGTH };
            let begun = std::mem::replace(&mut self.open, Plaintext::with_capacity(room));
            self.open.extend(&begun);
        }
    }

    fn seal_open(&mut self, last: bool) {
        self.stored.sealed.reserve(self.open.len() + TAG_LENGTH);
        self.sealing.chunk(&self.open, last, &mut self.stored.sealed);
        self.open.wipe();
    }
}

impl WholeBlob {
    /// Stores the blob: a large one is durable, under its address, when this succeeds. It is tried again after a failure that
    /// may pass ([`VaultError::may_pass`]), and not after it succeeded.
    pub fn store(&mut self) -> Result<Sealed, VaultError> {
        let Self { reference, stored } = self;
        let reference = *reference;
        if !stored.is_large {
            let attachment = (blob_key(&reference.address), std::mem::take(&mut stored.sealed));
            return Ok(Sealed { reference, attachment });
        }
        stored.write_out()?;
        stored.name(&reference.address)?;
        Ok(Sealed { reference, attachment: named_row(&reference.address) })
    }
}

impl Stored {
    /// Brings what is sealed of a large blob to its file.
    fn write_out(&mut self) -> Result<(), VaultError> {
        if !self.is_large || self.sealed.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.disk.create(&self.path).map_err(at(&self.path))?),
        };
        file.append(&self.sealed).map_err(at(&self.path))?;
        self.sealed.clear();
        Ok(())
    }

    /// The file is synced before it has its name, and the name before anybody hears of it.
    fn name(&mut self, address: &[u8; 32]) -> Result<(), VaultError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.sync().map_err(not_synced(&self.path))?;
        let path = self.layout.blob(address);
        self.disk.move_to(&self.path, &path).map_err(at(&path))?;
        self.file = None;
        let blobs = self.layout.blobs();
        self.disk.sync_directory(&blobs).map_err(not_synced(&blobs))
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What stays after a failure is removed when the vault is next opened.
            drop(self.disk.remove(&self.path));
        }
    }
}

/// Seals a payload of at most one chunk.
pub(crate) fn seal_small(mut sealing: Sealing, mut sealed: Vec<u8>, plaintext: &[u8]) -> Sealed {
    sealing.chunk(plaintext, true, &mut sealed);
    let reference = sealing.finish();
    Sealed { reference, attachment: (blob_key(&reference.address), sealed) }
}

/// Room for a small blob.
pub(crate) fn room_for(plaintext_length: usize) -> Vec<u8> {
    Vec::with_capacity(PREFIX_LENGTH + plaintext_length.min(CHUNK_LENGTH) + TAG_LENGTH)
}
