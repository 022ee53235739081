//! Digests by which a repeated request is known again, without a hash of its content that others could guess against.

use crate::cipher::{KEY_LENGTH, Key};
use zeroize::Zeroize;

/// Hashes content under a key.
#[derive(Clone)]
pub struct ContentHasher {
    hasher: blake3::Hasher,
}

impl ContentHasher {
    /// Under a key that follows from a secret and the idempotency key of a request.
    pub(crate) fn keyed(secret: &Key, idempotency_key: &[u8]) -> Self {
        let mut key: [u8; KEY_LENGTH] = blake3::keyed_hash(secret, idempotency_key).into();
        let hasher = Self::new(&key);
        key.zeroize();
        hasher
    }

    pub(crate) fn new(key: &[u8; KEY_LENGTH]) -> Self {
        Self { hasher: blake3::Hasher::new_keyed(key) }
    }

    /// Takes the next bytes. Callers put a length before what could be split in two ways.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// The digest of what was taken.
    pub fn finish(self) -> [u8; 32] {
        self.hasher.finalize().into()
    }
}

impl Drop for ContentHasher {
    fn drop(&mut self) {
        self.hasher.zeroize();
    }
}
