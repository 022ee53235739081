//! Secrets of channels: files that are read whenever they are needed.

use crate::failure::Failure;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The longest secret, in bytes: what is longer is another file.
const SECRET_BYTES_MAX: u64 = 4096;

/// A secret that lies in a file, and is read whenever it is needed: who changes it changes the file.
pub(super) struct Secret(PathBuf);

impl Secret {
    pub(super) fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// The secret; none, and a warning, when it cannot be read.
    pub(super) fn read(&self) -> Option<Zeroizing<String>> {
        match self.text() {
            Ok(text) => Some(text),
            Err(error) => {
                tracing::warn!("{} cannot be read: {error}", self.0.display());
                None
            }
        }
    }

    fn text(&self) -> std::io::Result<Zeroizing<String>> {
        if std::fs::metadata(&self.0)?.len() > SECRET_BYTES_MAX {
            return Err(std::io::Error::other("it is too long for a secret"));
        }
        let whole = Zeroizing::new(std::fs::read_to_string(&self.0)?);
        Ok(Zeroizing::new(whole.trim().to_owned()))
    }

    /// One that can be read now.
    pub(super) fn checked(file: PathBuf) -> Result<Self, Failure> {
        let secret = Self::new(file);
        let unread = |error| Failure::machine(format!("{} cannot be read: {error}", secret.0.display()));
        secret.text().map_err(unread)?;
        Ok(secret)
    }
}
