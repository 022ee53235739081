//! A public key, and what it verifies. Each is of one algorithm (RFC 8725, section 3.1).

use super::algorithm::Algorithm;
use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::VerifyingKey as P256Key;
use p256::ecdsa::signature::Verifier;
use rsa::{Pkcs1v15Sign, Pss, PublicKey as RsaKey};
use sha2::{Digest, Sha256};

/// Bytes of a salt of PS256: those of its hash (RFC 7518, section 3.5).
const SALT_LENGTH: usize = 32;

/// A key of a set.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) kid: Option<String>,
    /// What its `alg` says. It is one that the material can.
    pub(crate) stated: Option<Algorithm>,
    pub(crate) material: Material,
}

/// The numbers of a key, checked.
#[derive(Debug)]
pub(crate) enum Material {
    Ed25519(Ed25519Key),
    P256(P256Key),
    Rsa(RsaKey),
}

impl Material {
    /// Whether a key of this type can be of that algorithm.
    pub(crate) fn can(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::Rsa(_) => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
        }
    }
}

impl Key {
    /// The one algorithm that the key is of, where the issuer allows these. One that does not say so is of the only one
    /// that its type can, among them.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Option<Algorithm> {
        let is_allowed = |algorithm: &Algorithm| allowed.contains(algorithm);
        if self.stated.is_some() {
            return self.stated.filter(is_allowed);
        }
        let all = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256];
        let mut possible =
            all.into_iter().filter(is_allowed).filter(|algorithm| self.material.can(*algorithm));
        possible.next().filter(|_| possible.next().is_none())
    }

    /// Whether it signed the message.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (&self.material, algorithm) {
            (Material::Ed25519(key), Algorithm::EdDsa) => is_ed25519(key, message, signature),
            (Material::P256(key), Algorithm::Es256) => is_p256(key, message, signature),
            (Material::Rsa(key), Algorithm::Rs256) => {
                key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok()
            }
            (Material::Rsa(key), Algorithm::Ps256) => {
                let scheme = Pss::<Sha256>::new_with_salt(SALT_LENGTH);
                key.verify(scheme, &Sha256::digest(message), signature).is_ok()
            }
            (Material::Ed25519(_) | Material::P256(_) | Material::Rsa(_), _) => false,
        }
    }
}

/// Strictly: points of small order are refused, and so is a second text of the same signature.
fn is_ed25519(key: &Ed25519Key, message: &[u8], signature: &[u8]) -> bool {
    let signature = ed25519_dalek::Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

/// `r` and `s`, 32 bytes each (RFC 7518, section 3.4). Both of `s` and its negative are good, because the RFC says so and
/// half of all signers write the larger; for that reason no token is known by its signature.
fn is_p256(key: &P256Key, message: &[u8], signature: &[u8]) -> bool {
    let signature = p256::ecdsa::Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
}
