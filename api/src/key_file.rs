//! The software signing key: 32 bytes of seed in a file that only its owner can read.

use ed25519_dalek::{Signer, SigningKey};
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use triad_log::writer::Sign;
use zeroize::Zeroizing;

const FILE_NAME: &str = "key";

/// Why a key could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the signing key {} is missing: verification and copies work without it, appending does not; restore it from where it was kept", .0.display())]
    Missing(PathBuf),
    #[error("the signing key {} can be read by others (mode {mode:04o}): run `chmod 600` on it", .path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the signing key {} is damaged: it must have 32 bytes and has {length}", .path.display())]
    Damaged { path: PathBuf, length: usize },
    #[error("the signing key {} is not the key of this log: the log is signed by {expected}, the file holds {found}", .path.display())]
    Foreign { path: PathBuf, expected: String, found: String },
    #[error("the signing key {} cannot be used", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Makes a new key in the directory; refuses to replace one.
pub(crate) fn create(directory: &Path) -> Result<SigningKey, KeyError> {
    let path = directory.join(FILE_NAME);
    let io = |source| KeyError::Io { path: path.clone(), source };
    let mut seed = Zeroizing::new([0; 32]);
    crate::entropy::fill(seed.as_mut_slice());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(io)?;
    file.write_all(seed.as_slice()).and_then(|()| file.sync_all()).map_err(io)?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Reads the key of the directory and checks that it is the one that the log names.
pub(crate) fn load(directory: &Path, expected: &[u8; 32]) -> Result<SigningKey, KeyError> {
    let path = directory.join(FILE_NAME);
    let io = |source| KeyError::Io { path: path.clone(), source };
    let mut file = match OpenOptions::new().read(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(KeyError::Missing(path)),
        Err(error) => return Err(io(error)),
    };
    let mode = file.metadata().map_err(io)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed { path, mode });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    file.read_to_end(&mut bytes).map_err(io)?;
    let Ok(seed) = <&[u8; 32]>::try_from(bytes.as_slice()) else {
        return Err(KeyError::Damaged { path, length: bytes.len() });
    };
    let key = SigningKey::from_bytes(seed);
    let found = key.verifying_key().to_bytes();
    if found == *expected {
        Ok(key)
    } else {
        let (expected, found) = (crate::output::hex(expected), crate::output::hex(&found));
        Err(KeyError::Foreign { path, expected, found })
    }
}

/// The closure that the log's writer signs with.
pub(crate) fn signer(key: SigningKey) -> Sign {
    Box::new(move |text| key.sign(text).to_bytes())
}
