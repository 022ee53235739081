//! What is wrong with the files that TLS is made from, said with the name of the file and with what to do.

use crate::failure::Failure;
use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsFault {
    #[error("{} cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is longer than any file of certificates or keys", .0.display())]
    TooLong(PathBuf),
    #[error(
        "{} holds no certificate: it has to be PEM, which begins with -----BEGIN CERTIFICATE-----",
        .0.display()
    )]
    NoCertificate(PathBuf),
    #[error("{} holds a certificate that cannot be read: {why}", .path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{} holds no private key: it has to be PEM, which begins with -----BEGIN PRIVATE KEY-----", .0.display())]
    NoKey(PathBuf),
    #[error(
        "the key in {path} is encrypted: write it without a passphrase, `openssl pkey -in {path} -out NEW`, and \
         name that file",
        path = .0.display()
    )]
    Encrypted(PathBuf),
    #[error("other users of this machine can read the key in {path} (mode {mode:o}): run `chmod 600 {path}`", path = .path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the key in {} cannot be used: {why}", .path.display())]
    Key { path: PathBuf, why: String },
    #[error(
        "the key in {} is not that of the first certificate in {}: the owner's own certificate stands first, and \
         then those that vouch for it",
        .key.display(),
        .certificates.display()
    )]
    Mismatch { key: PathBuf, certificates: PathBuf },
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

impl From<TlsFault> for Failure {
    fn from(fault: TlsFault) -> Self {
        if matches!(fault, TlsFault::Unreadable { .. }) { Self::machine(fault) } else { Self::refused(fault) }
    }
}
