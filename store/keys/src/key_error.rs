//! Why a log's signing key cannot be used.

use crate::hardware::HardwareError;
use crate::secret_file::{CreateError, Form, OpenError};
use crate::tpm_error::TpmError;
use std::io;
use std::path::PathBuf;
use triad_proof::key::Protection;

/// Why there is no signing key. Verification and copies work without one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file does not give it.
    #[error("the signing key cannot be used; verification and copies work without it, appending does not")]
    Open(#[from] OpenError),
    /// The file could not be made.
    #[error("the new signing key could not be kept; nothing was changed in the log")]
    Create(#[from] CreateError),
    /// It is the key of something else.
    #[error(
        "the signing key {} is not the key of this log: the log is signed by {expected}, the file holds {found}",
        .path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Public key that the log names, in hex.
        expected: String,
        /// Public key of the file, in hex.
        found: String,
    },
    /// It is kept in another way than the log says.
    #[error(
        "the log says \"{}\", but its key lies in {}: whoever reads the log would be deceived. Put the right file back",
        .stated.describe(),
        .found.describe()
    )]
    OtherKeeping {
        /// What the log says.
        stated: Protection,
        /// What the file is.
        found: Form,
    },
    /// Its hardware does not let it go on.
    #[error("the signing key may not go on with this log")]
    Hardware(#[from] HardwareError),
    /// A file could not be moved or removed.
    #[error("{} could not be put in its place", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl From<TpmError> for KeyError {
    fn from(error: TpmError) -> Self {
        Self::Hardware(error.into())
    }
}
