//! A file that keeps one secret of 32 bytes.
//!
//! ```text
//! offset size
//!      0    8 ASCII `TRIADSEC`
//!      8    2 version, 1
//!     10    1 form: 1 plain, 2 under a passphrase, 3 sealed by a TPM
//!     11    1 zero
//!     12   32 label: says which secret it is without opening it, for example a public key
//!     44    4 length of the body
//!     48      body
//!          32 plain BLAKE3 of everything before it
//! ```
//!
//! All integers are little-endian. The checksum tells damage from a wrong passphrase; it protects nothing.

use crate::passphrase::{Encrypted, Passphrase, PassphraseError};
use crate::registers::Registers;
use crate::sealed::Sealed;
use crate::tpm::Tpm;
use crate::tpm_error::TpmError;
use crate::{SECRET_LENGTH, Secret};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"TRIADSEC";
const VERSION: u16 = 1;
const HEADER_LENGTH: usize = 48;
const CHECKSUM_LENGTH: usize = 32;
/// Longest file that is read: far above any TPM's blobs.
const FILE_LENGTH_MAX: u64 = 16 << 10;

/// How a new secret is to be kept.
#[derive(Debug, Clone, Copy)]
pub enum Keeping<'a> {
    /// In a file that only its owner can read.
    File,
    /// In a file, encrypted under a passphrase.
    Passphrase(&'a Passphrase),
    /// Sealed by a TPM: only this TPM opens it, and only while these registers hold what they hold now.
    Tpm(&'a Tpm, Registers),
}

/// How a secret is kept, without what opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// In the file itself.
    Plain = 1,
    /// Under a passphrase.
    Passphrase = 2,
    /// Sealed by a TPM.
    Tpm = 3,
}

impl Form {
    /// A phrase for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Plain => "a plain file",
            Self::Passphrase => "a file under a passphrase",
            Self::Tpm => "a file that a TPM sealed",
        }
    }
}

/// Where a passphrase and a TPM come from, for a file that needs one. Asked only then.
#[derive(Clone, Copy)]
pub struct Unlock<'a> {
    /// Gives the passphrase of the file with that path.
    pub passphrase: &'a dyn Fn(&Path) -> Result<Passphrase, PassphraseError>,
    /// Gives the TPM.
    pub tpm: &'a dyn Fn() -> Result<Tpm, TpmError>,
}

/// A file that was read and is whole; its secret is not open yet.
#[derive(Debug)]
pub struct SecretFile {
    path: PathBuf,
    label: [u8; 32],
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Plain(Secret),
    Passphrase(Encrypted),
    Tpm(Sealed),
}

/// Why a secret was not put into a file. Nothing is left behind unless the text says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Something is there.
    #[error("{} exists already: a secret is never replaced", .0.display())]
    Exists(PathBuf),
    /// The TPM did not seal it.
    #[error("the secret could not be sealed")]
    Tpm(#[from] TpmError),
    /// The file system refused.
    #[error("{} could not be written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// Why a secret could not be had from its file. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is none.
    #[error("{} is missing: restore it from where it was kept", .0.display())]
    Missing(PathBuf),
    /// Others can read it.
    #[error("{} can be read by others (mode {mode:04o}): run `chmod 600` on it", .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Its bytes are not those that were written.
    #[error("{} is damaged ({what}): nothing was changed; restore it from where it was kept", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What shows it.
        what: &'static str,
    },
    /// A newer release wrote it.
    #[error("{} has version {found}, and this program reads {VERSION}: use a newer release", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u16,
    },
    /// The passphrase is another one.
    #[error("the passphrase does not open {}: nothing was changed, try again", .0.display())]
    WrongPassphrase(PathBuf),
    /// There is no passphrase to try.
    #[error("{} needs a passphrase", .path.display())]
    Passphrase {
        /// The file.
        path: PathBuf,
        /// Why there is none.
        source: PassphraseError,
    },
    /// The TPM does not open it.
    #[error("{} is sealed by a TPM, and the TPM did not open it; there is no other way to open it", .path.display())]
    Tpm {
        /// The file.
        path: PathBuf,
        /// Why.
        source: TpmError,
    },
    /// The file system refused.
    #[error("{} could not be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl SecretFile {
    /// Keeps a secret in a new file, durably: when this returns, file and name are on disk.
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
    pub fn create(
        path: &Path,
        label: [u8; 32],
        secret: &Secret,
        keeping: Keeping<'_>,
    ) -> Result<(), CreateError> {
        let kept = match keeping {
            Keeping::File => Kept::Plain(secret.clone()),
            Keeping::Passphrase(passphrase) => Kept::Passphrase(Encrypted::seal(passphrase, &label, secret)),
            Keeping::Tpm(tpm, registers) => Kept::Tpm(tpm.seal(secret, registers)?),
        };
        write_new(path, &encode(&label, &kept)).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => CreateError::Exists(path.to_owned()),
            _ => CreateError::Io { path: path.to_owned(), source },
        })
    }

    /// Reads a file. Nothing is asked for yet.
    pub fn read(path: &Path) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(OpenError::Missing(path.to_owned()));
            }
            Err(error) => return Err(io(error)),
        };
        let mode = file.metadata().map_err(io)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(OpenError::Exposed { path: path.to_owned(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
        file.take(FILE_LENGTH_MAX).read_to_end(&mut bytes).map_err(io)?;
        match decode(&bytes) {
            Ok((label, kept)) => Ok(Self { path: path.to_owned(), label, kept }),
            Err(Wrong::Version(found)) => Err(OpenError::Newer { path: path.to_owned(), found }),
            Err(Wrong::Bytes(what)) => Err(OpenError::Damaged { path: path.to_owned(), what }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which secret it is.
    pub fn label(&self) -> &[u8; 32] {
        &self.label
    }

    /// How it is kept.
    pub fn form(&self) -> Form {
        match self.kept {
            Kept::Plain(_) => Form::Plain,
            Kept::Passphrase(_) => Form::Passphrase,
            Kept::Tpm(_) => Form::Tpm,
        }
    }

    /// The registers of the TPM that the secret is sealed to.
    pub fn registers(&self) -> Option<Registers> {
        match &self.kept {
            Kept::Tpm(sealed) => Some(sealed.selection()),
            Kept::Plain(_) | Kept::Passphrase(_) => None,
        }
    }

    /// Opens the secret with what it needs.
    pub fn open(&self, unlock: Unlock<'_>) -> Result<Secret, OpenError> {
        let path = || self.path.clone();
        match &self.kept {
            Kept::Plain(secret) => Ok(secret.clone()),
            Kept::Passphrase(encrypted) => {
                let passphrase = (unlock.passphrase)(&self.path)
                    .map_err(|source| OpenError::Passphrase { path: path(), source })?;
                if !encrypted.is_under(&passphrase) {
                    return Err(OpenError::WrongPassphrase(path()));
                }
                let opened = encrypted.open(&passphrase, &self.label);
                opened
                    .ok_or_else(|| OpenError::Damaged { path: path(), what: "what is encrypted was changed" })
            }
            Kept::Tpm(sealed) => {
                let opened = (unlock.tpm)().and_then(|tpm| tpm.unseal(sealed));
                opened.map_err(|source| OpenError::Tpm { path: path(), source })
            }
        }
    }
}

/// Writes a file that only its owner can read, and makes its name durable too.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| sync_directory_of(path));
    if written.is_err() {
        // A secret that is not whole would only stand in the way of the next try.
        drop(std::fs::remove_file(path));
    }
    written
}

/// Makes the entries of the directory that holds a file durable.
pub(crate) fn sync_directory_of(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn encode(label: &[u8; 32], kept: &Kept) -> Zeroizing<Vec<u8>> {
    let (form, body) = match kept {
        Kept::Plain(secret) => (Form::Plain, Zeroizing::new(secret.to_vec())),
        Kept::Passphrase(encrypted) => (Form::Passphrase, Zeroizing::new(encrypted.encode())),
        Kept::Tpm(sealed) => (Form::Tpm, Zeroizing::new(sealed.encode())),
    };
    // One allocation, so that no copy of a plain secret stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(HEADER_LENGTH + body.len() + CHECKSUM_LENGTH));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[form as u8, 0]);
    bytes.extend_from_slice(label);
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&body);
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

enum Wrong {
    Version(u16),
    Bytes(&'static str),
}

fn decode(bytes: &[u8]) -> Result<([u8; 32], Kept), Wrong> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LENGTH>() else {
        return Err(Wrong::Bytes("it is cut short"));
    };
    if !header.starts_with(MAGIC) {
        return Err(Wrong::Bytes("it does not begin with TRIADSEC"));
    }
    let version = u16::from_le_bytes([header[8], header[9]]);
    if version > VERSION {
        return Err(Wrong::Version(version));
    }
    let Some((body, checksum)) = rest.split_last_chunk::<CHECKSUM_LENGTH>() else {
        return Err(Wrong::Bytes("it is cut short"));
    };
    if blake3::hash(&bytes[..bytes.len() - CHECKSUM_LENGTH]) != *checksum {
        return Err(Wrong::Bytes("its checksum does not match"));
    }
    let mut label = [0; 32];
    label.copy_from_slice(&header[12..44]);
    let length = u32::from_le_bytes([header[44], header[45], header[46], header[47]]);
    if version != VERSION || header[11] != 0 || body.len() != length as usize {
        return Err(Wrong::Bytes("its header contradicts itself"));
    }
    let kept = match header[10] {
        1 => <[u8; SECRET_LENGTH]>::try_from(body).ok().map(|secret| Kept::Plain(Secret::new(secret))),
        2 => Encrypted::decode(body).map(Kept::Passphrase),
        3 => Sealed::decode(body).map(Kept::Tpm),
        _ => None,
    };
    kept.map(|kept| (label, kept)).ok_or(Wrong::Bytes("its body is not what its header says"))
}
