//! The wrapping root of a log's vault: a secret file beside it, kept as the log's signing key is.
//!
//! Its label is the verifying key of the signing key that it follows. A rotation writes `root.new` before the new epoch
//! begins and renames it after; whatever was interrupted, the log says which key is in force, and the root with that label
//! is used.

use crate::failure::Failure;
use crate::unlock::Unlocking;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use triad_keys::{Keeping, SecretFile, fresh_secret};
use triad_log::FjallReader;
use triad_log::directory::OpenedHead;
use triad_log::storage::LogRead;
use triad_proof::LogId;
use triad_vault::{ReadAttachment, Vault, VaultError};

/// Makes the vault of a log that is being made, and its root.
pub(crate) fn create(
    directory: &Path,
    log_id: &LogId,
    verifying_key: [u8; 32],
    keeping: Keeping<'_>,
    reader: &FjallReader,
) -> Result<Vault, Failure> {
    let (root, file) = (fresh_secret(), current(directory));
    let folder = directory.join("vault");
    fs::create_dir_all(&folder).map_err(Failure::file("failed to make", &folder))?;
    SecretFile::create(&file, verifying_key, &root, keeping).map_err(Failure::refused)?;
    Ok(Vault::create(directory, *log_id, &root, attachments(reader))?)
}

/// Opens the vault of a log whose signing key is open.
pub(crate) fn open(
    directory: &Path,
    head: &OpenedHead,
    unlocking: &Unlocking,
    reader: &FjallReader,
) -> Result<Vault, Failure> {
    let file = in_force(directory, &head.statement.verifying_key)?;
    let root = unlocking.with(|unlock| file.open(unlock)).map_err(Failure::refused)?;
    Ok(Vault::open(directory, head.log_id, &root, attachments(reader))?)
}

/// Keeps the root as the next signing key is kept, beside the one in force; [`take_over`] follows once the block that opens
/// the epoch is durable. A log without a vault has none.
pub(crate) fn keep_next(
    directory: &Path,
    before: &[u8; 32],
    verifying_key: [u8; 32],
    keeping: Keeping<'_>,
    unlocking: &Unlocking,
) -> Result<(), Failure> {
    let next = next(directory);
    let file = in_force(directory, before)?;
    remove_leftover(&next)?;
    let root = unlocking.with(|unlock| file.open(unlock)).map_err(Failure::refused)?;
    SecretFile::create(&next, verifying_key, &root, keeping).map_err(Failure::refused)
}

/// Makes the next root file the one in force.
pub(crate) fn take_over(directory: &Path) -> Result<(), Failure> {
    let (current, next) = (current(directory), next(directory));
    match fs::rename(&next, &current) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed
            .and_then(|()| File::open(directory.join("vault"))?.sync_all())
            .map_err(Failure::file("failed to put in its place", &current)),
    }
}

/// The file that goes with the key in force; the other one when an epoch began without it.
fn in_force(directory: &Path, verifying_key: &[u8; 32]) -> Result<SecretFile, Failure> {
    let next = next(directory);
    if next.exists() && SecretFile::read(&next).is_ok_and(|file| file.label() == verifying_key) {
        take_over(directory)?;
    }
    SecretFile::read(&current(directory)).map_err(Failure::refused)
}

fn remove_leftover(next: &Path) -> Result<(), Failure> {
    match fs::remove_file(next) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(Failure::file("failed to remove", next)),
    }
}

fn current(directory: &Path) -> PathBuf {
    directory.join("vault").join("root")
}

fn next(directory: &Path) -> PathBuf {
    directory.join("vault").join("root.new")
}

fn attachments(reader: &FjallReader) -> ReadAttachment {
    let reader = reader.clone();
    Arc::new(move |key| Ok(reader.attachment(key)?.map(|value| value.to_vec())))
}

impl From<VaultError> for Failure {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to be of the machine is refused")]
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Io { .. } | VaultError::NotSynced { .. } | VaultError::Attachments(_) => {
                Self::machine(error)
            }
            _ => Self::refused(error),
        }
    }
}
