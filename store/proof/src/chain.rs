//! The BLAKE3 chain over headers (format document, section 2.3).

use crate::header::HEADER_LENGTH;

const CONTEXT: &str = "triad 2026-11 log-v1 record chain";

/// The chain value before record 0.
pub const START: [u8; 32] = [0; 32];

/// Computes chain values. Holds the hashed context, which costs as much as a header.
#[derive(Debug, Clone)]
pub struct Chain {
    keyed: blake3::Hasher,
}

impl Default for Chain {
    fn default() -> Self {
        Self { keyed: blake3::Hasher::new_derive_key(CONTEXT) }
    }
}

impl Chain {
    /// The chain value of the record with this header, which holds the value before at its own place.
    pub fn after(&self, header: &[u8; HEADER_LENGTH]) -> [u8; 32] {
        let mut hasher = self.keyed.clone();
        hasher.update(header);
        hasher.finalize().into()
    }
}
