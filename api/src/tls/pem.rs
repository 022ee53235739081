//! Certificates and keys, read from PEM files.

use super::fault::TlsFault;
use rustix::process::geteuid;
use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// The longest file that is read. The authorities that a whole system trusts are a quarter of it.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Group and others.
const ANYBODY_ELSE: u32 = 0o077;
/// What others may not be allowed when the file belongs to root and its group is how this user reads it.
const BEYOND_GROUP_READ: u32 = 0o037;

/// Every certificate of a file, in its order; at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let text = read(path, &open(path)?)?;
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if found.is_empty() => Err(TlsFault::NoCertificate(path.to_owned())),
        Ok(found) => Ok(found),
        Err(error) => Err(TlsFault::Damaged { path: path.to_owned(), why: error.to_string() }),
    }
}

/// Every certificate of a file, as those of authorities that may vouch for others.
pub(crate) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let found = certificates(path)?;
    roots(&found).map_err(|error| TlsFault::Damaged { path: path.to_owned(), why: error.to_string() })?;
    Ok(found)
}

/// Whom to trust, as the library takes it.
pub(super) fn roots(authorities: &[CertificateDer<'static>]) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    authorities.iter().try_for_each(|authority| roots.add(authority.clone()))?;
    Ok(roots)
}

/// The text of a file with a key, which only its owner can read.
pub(super) fn key_text(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsFault> {
    let file = open(path)?;
    let unreadable = |source| TlsFault::Unreadable { path: path.to_owned(), source };
    let metadata = file.metadata().map_err(unreadable)?;
    if is_exposed(&metadata, geteuid().as_raw()) {
        return Err(TlsFault::Exposed { path: path.to_owned(), mode: metadata.mode() & 0o777 });
    }
    read(path, &file)
}

/// The first private key of such a text.
pub(super) fn private_key(path: &Path, text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsFault> {
    let path = path.to_owned();
    match PrivateKeyDer::from_pem_slice(text) {
        // Also where the older form says so in a header: what is in it is no key then.
        _ if String::from_utf8_lossy(text).contains("ENCRYPTED") => Err(TlsFault::Encrypted(path)),
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(TlsFault::NoKey(path)),
        Err(error) => Err(TlsFault::Key { path, why: error.to_string() }),
    }
}

/// Whether users can read the file whom it does not concern. A file of root that a group may read is how a system hands a
/// key to a server that is not root.
fn is_exposed(metadata: &Metadata, user: u32) -> bool {
    let is_handed_out = metadata.uid() == 0 && user != 0;
    metadata.mode() & if is_handed_out { BEYOND_GROUP_READ } else { ANYBODY_ELSE } != 0
}

fn open(path: &Path) -> Result<File, TlsFault> {
    File::open(path).map_err(|source| TlsFault::Unreadable { path: path.to_owned(), source })
}

fn read(path: &Path, file: &File) -> Result<Zeroizing<Vec<u8>>, TlsFault> {
    let mut text = Zeroizing::new(Vec::with_capacity(16 << 10));
    let read: io::Result<usize> = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text);
    read.map_err(|source| TlsFault::Unreadable { path: path.to_owned(), source })?;
    if text.len() as u64 > FILE_BYTES_MAX { Err(TlsFault::TooLong(path.to_owned())) } else { Ok(text) }
}
