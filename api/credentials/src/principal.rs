//! Whom a token is about, without saying who that is.

use sha2::{Digest, Sha256};

const CONTEXT: &[u8] = b"triad/credentials/principal/v1\n";

/// The pseudonymous id of a subject of an issuer: the first 16 bytes of SHA-256( context || length of issuer (8) || issuer
/// || length of subject (8) || subject ), lengths in bytes, little-endian. They keep two pairs apart that read the same
/// when they are put together.
///
/// It is the same wherever it is computed, so that records name a principal without a name. Whoever can guess the name can
/// confirm the guess: it is a pseudonym, and not anonymous.
pub fn principal(issuer: &str, subject: &str) -> [u8; 16] {
    let mut hasher = Sha256::new_with_prefix(CONTEXT);
    for part in [issuer, subject] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let whole: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|at| whole[at])
}
