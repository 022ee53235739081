//! Where the files of a vault lie.
//!
//! ```text
//! DIR/vault/identity     whose vault it is, and under which wrapping root; written last
//! DIR/vault/slots/N      wrapped keys of 1024 data subjects
//! DIR/vault/epochs/N     the wrapped key under which slots/N is wrapped
//! DIR/vault/erasing-N    slots/N is being changed: the next opening finishes it
//! DIR/vault/blobs/HEX    a sealed blob of more than 64 KiB; writing-* while it is not whole
//! ```

use crate::error::{VaultError, at};
use std::path::{Path, PathBuf};

const ERASING: &str = "erasing-";
/// Names of blobs that are not whole begin with this.
pub(crate) const WRITING: &str = "writing-";

#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The vault in a log's directory.
    pub(crate) fn of(directory: &Path) -> Self {
        Self { root: directory.join("vault") }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn identity(&self) -> PathBuf {
        self.root.join("identity")
    }

    pub(crate) fn slots(&self) -> PathBuf {
        self.root.join("slots")
    }

    pub(crate) fn slot_file(&self, file: u64) -> PathBuf {
        self.slots().join(file.to_string())
    }

    pub(crate) fn epochs(&self) -> PathBuf {
        self.root.join("epochs")
    }

    pub(crate) fn epoch_file(&self, file: u64) -> PathBuf {
        self.epochs().join(file.to_string())
    }

    pub(crate) fn erasing(&self, file: u64) -> PathBuf {
        self.root.join(format!("{ERASING}{file}"))
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    pub(crate) fn blob(&self, address: &[u8; 32]) -> PathBuf {
        self.blobs().join(hex(address))
    }

    /// Slot files of which a change was begun and not finished.
    pub(crate) fn unfinished(&self) -> Result<Vec<u64>, VaultError> {
        let names = names(&self.root)?.into_iter();
        Ok(names.filter_map(|name| name.strip_prefix(ERASING)?.parse().ok()).collect())
    }

    /// One more than the highest number of a slot file that was finished.
    pub(crate) fn slot_file_count(&self) -> Result<u64, VaultError> {
        let numbers = names(&self.epochs())?.into_iter().filter_map(|name| name.parse::<u64>().ok());
        Ok(numbers.max().map_or(0, |highest| highest + 1))
    }
}

pub(crate) fn names(directory: &Path) -> Result<Vec<String>, VaultError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(at(directory))? {
        names.push(entry.map_err(at(directory))?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The address that a blob's file is named for.
pub(crate) fn address_of(name: &str) -> Option<[u8; 32]> {
    let digits = name.as_bytes().as_chunks::<2>().0;
    let mut address = [0; 32];
    if name.len() != 64 || !name.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, digits) in address.iter_mut().zip(digits) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(address)
}
