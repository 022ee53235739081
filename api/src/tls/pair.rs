//! A chain of certificates and the key of the first: what somebody shows, and how they prove that it is theirs.

use super::cryptography::cryptography;
use super::fault::TlsFault;
use super::pem::{certificates, key_text, private_key};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The two files.
#[derive(Debug, Clone)]
pub(crate) struct PairFiles {
    pub(crate) certificates: PathBuf,
    pub(crate) key: PathBuf,
}

/// What stood in them, which belongs together.
pub(crate) struct Pair {
    /// The owner's own certificate first, and then those that vouch for it.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    /// The same as PEM.
    pub(crate) key_text: Zeroizing<Vec<u8>>,
}

impl PairFiles {
    pub(crate) fn read(&self) -> Result<Pair, TlsFault> {
        let (chain, key_text) = (certificates(&self.certificates)?, key_text(&self.key)?);
        let key = private_key(&self.key, &key_text)?;
        match CertifiedKey::from_der(chain.clone(), key.clone_key(), &cryptography()) {
            Ok(_) => Ok(Pair { chain, key, key_text }),
            Err(error) => Err(self.fault(error)),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is not named here is said as the library says it"
    )]
    fn fault(&self, error: Error) -> TlsFault {
        let (certificates, key) = (self.certificates.clone(), self.key.clone());
        match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsFault::Mismatch { key, certificates }
            }
            Error::InvalidCertificate(why) => TlsFault::Damaged { path: certificates, why: why.to_string() },
            other => TlsFault::Key { path: key, why: other.to_string() },
        }
    }
}
