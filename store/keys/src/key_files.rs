//! The files of a log's signing key: `key` holds the one in force, `key.new` one that is about to be.
//!
//! A rotation writes `key.new`, then the block that opens the epoch, then renames. Whatever was interrupted, the log
//! says which key is in force, and the file with that label is used.

use crate::key_error::KeyError;
use crate::secret_file::{OpenError, SecretFile, sync_directory_of};
use std::path::Path;
use triad_proof::break_point::hex;

/// Name of the file with the key in force.
pub const FILE: &str = "key";
/// Name of the file with the key of an epoch that is about to begin.
pub const NEXT: &str = "key.new";

/// The file with the key that the log names. What an interrupted rotation left is put in order.
pub(crate) fn in_force(directory: &Path, verifying_key: &[u8; 32]) -> Result<SecretFile, KeyError> {
    let (current, next) = (directory.join(FILE), directory.join(NEXT));
    let found = SecretFile::read(&current);
    if found.as_ref().is_ok_and(|file| file.label() == verifying_key) {
        remove_leftover(&next)?;
        return Ok(found?);
    }
    match SecretFile::read(&next) {
        Ok(file) if file.label() == verifying_key => {
            take_over(directory)?;
            Ok(SecretFile::read(&current)?)
        }
        Ok(_) | Err(OpenError::Missing(_)) => {
            let file = found?;
            let (expected, found) = (hex(verifying_key), hex(file.label()));
            Err(KeyError::Foreign { path: current, expected, found })
        }
        Err(error) => Err(found.err().unwrap_or(error).into()),
    }
}

/// Makes the next key the one in force. The one before is gone with this.
pub fn take_over(directory: &Path) -> Result<(), KeyError> {
    let (current, next) = (directory.join(FILE), directory.join(NEXT));
    let renamed = std::fs::rename(&next, &current).and_then(|()| sync_directory_of(&current));
    renamed.map_err(|source| KeyError::Io { path: current, source })
}

/// Removes the key of an epoch that never began.
pub(crate) fn remove_leftover(next: &Path) -> Result<(), KeyError> {
    let io = |source| KeyError::Io { path: next.to_owned(), source };
    // A file system that cannot be written refuses to remove even what is not there.
    if !next.try_exists().map_err(io)? {
        return Ok(());
    }
    std::fs::remove_file(next).map_err(io)?;
    sync_directory_of(next).map_err(|source| KeyError::Io { path: next.to_owned(), source })
}
