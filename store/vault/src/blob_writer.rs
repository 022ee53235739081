//! Sealing a blob piece by piece. What fits into one chunk never touches a file.

use crate::cipher::TAG_LENGTH;
use crate::disk::{Disk, Growing};
use crate::error::{VaultError, at};
use crate::layout::{Layout, WRITING, hex};
use crate::plaintext::Plaintext;
use crate::reference::Sealed;
use crate::rows::{blob_key, named_row};
use crate::sealed::{BLOB_LENGTH_MAX, CHUNK_LENGTH, PREFIX_LENGTH, Sealing};
use std::path::PathBuf;

/// Seals a payload piece by piece. Dropped before it is finished it leaves nothing behind.
pub struct BlobWriter {
    sealing: Sealing,
    /// Plaintext of the chunk that is being filled. A full one waits, since it may be the last.
    open: Plaintext,
    /// Sealed and not written yet.
    sealed: Vec<u8>,
    length: u64,
    file: Unfinished,
    layout: Layout,
}

/// The file of a blob that is not whole; removed unless it becomes whole.
struct Unfinished {
    disk: Disk,
    path: PathBuf,
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
        let file = Unfinished { disk, path, file: None };
        Self { sealing, open: Plaintext::with_capacity(0), sealed, length: 0, file, layout }
    }

    /// Takes the next piece. After an error the blob cannot be finished.
    pub fn write(&mut self, mut piece: &[u8]) -> Result<(), VaultError> {
        self.length = self.length.saturating_add(piece.len() as u64);
        if self.length > BLOB_LENGTH_MAX {
            return Err(VaultError::TooLarge { max: BLOB_LENGTH_MAX });
        }
        if self.open.capacity() < CHUNK_LENGTH {
            self.open = Plaintext::with_capacity(CHUNK_LENGTH);
        }
        while !piece.is_empty() {
            if self.open.len() == CHUNK_LENGTH {
                self.seal_open(false);
                self.file.append(&self.sealed)?;
                self.sealed.clear();
            }
            let (now, later) = piece.split_at(piece.len().min(CHUNK_LENGTH - self.open.len()));
            self.open.extend(now);
            piece = later;
        }
        Ok(())
    }

    /// Ends the blob. A large one is durable, under its address, when this returns.
    pub fn finish(mut self) -> Result<Sealed, VaultError> {
        self.seal_open(true);
        let reference = self.sealing.finish();
        if self.file.file.is_none() {
            let attachment = (blob_key(&reference.address), self.sealed);
            return Ok(Sealed { reference, attachment });
        }
        self.file.append(&self.sealed)?;
        self.file.finish(&self.layout.blob(&reference.address))?;
        Ok(Sealed { reference, attachment: named_row(&reference.address) })
    }

    fn seal_open(&mut self, last: bool) {
        self.sealed.reserve(CHUNK_LENGTH + TAG_LENGTH);
        self.sealing.chunk(&self.open, last, &mut self.sealed);
        self.open.wipe();
    }
}

impl Unfinished {
    fn append(&mut self, bytes: &[u8]) -> Result<(), VaultError> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.disk.create(&self.path).map_err(at(&self.path))?),
        };
        file.append(bytes).map_err(at(&self.path))
    }

    /// The file is synced before it has its name, and the name before anybody hears of it.
    fn finish(&mut self, path: &std::path::Path) -> Result<(), VaultError> {
        if let Some(file) = &self.file {
            file.sync().map_err(at(&self.path))?;
            self.disk.rename(&self.path, path).map_err(at(path))?;
            self.file = None;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
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
