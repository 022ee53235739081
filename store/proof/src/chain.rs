//! The BLAKE3 chain over headers (format document, section 2.3).

use crate::header::HEADER_LENGTH;
use blake3::IncrementCounter;
use blake3::platform::Platform;

const CONTEXT: &str = "triad 2026-11 log-v1 record chain";

/// The chain value before record 0.
pub const START: [u8; 32] = [0; 32];

/// Computes chain values. Holds the hashed context, which costs as much as a header.
#[derive(Debug, Clone)]
pub struct Chain {
    keyed: blake3::Hasher,
    key: [u32; 8],
    platform: Platform,
}

impl Default for Chain {
    fn default() -> Self {
        let key = blake3::hazmat::hash_derive_key_context(CONTEXT);
        let words = key.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
        let mut key = [0; 8];
        key.iter_mut().zip(words).for_each(|(into, word)| *into = word);
        Self { keyed: blake3::Hasher::new_derive_key(CONTEXT), key, platform: Platform::detect() }
    }
}

impl Chain {
    /// The chain value of the record with this header, which holds the value before at its own place.
    pub fn after(&self, header: &[u8; HEADER_LENGTH]) -> [u8; 32] {
        let mut hasher = self.keyed.clone();
        hasher.update(header);
        hasher.finalize().into()
    }

    /// [`Self::after`] for each of some headers. Who verifies knows them all at once, and BLAKE3 hashes many
    /// messages of one length several times faster than one after another.
    ///
    /// # Panics
    /// When there are more headers than places in `out`.
    pub(crate) fn after_each(&self, headers: &[&[u8; HEADER_LENGTH]], out: &mut [[u8; 32]]) {
        // The domain flags of the BLAKE3 paper, section 2.2: a header is one chunk, which is the root.
        const CHUNK_START: u8 = 1;
        const CHUNK_END: u8 = 1 << 1;
        const ROOT: u8 = 1 << 3;
        const DERIVE_KEY_MATERIAL: u8 = 1 << 6;
        self.platform.hash_many(
            headers,
            &self.key,
            0,
            IncrementCounter::No,
            DERIVE_KEY_MATERIAL,
            CHUNK_START,
            CHUNK_END | ROOT,
            out[..headers.len()].as_flattened_mut(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blake3 crate does not promise to keep what `after_each` calls, so this is where a change would show.
    #[test]
    fn many_headers_at_once_have_the_values_that_they_have_one_by_one() {
        let headers: Vec<[u8; HEADER_LENGTH]> =
            (0..40).map(|n| std::array::from_fn(|at| (at * n) as u8)).collect();
        let chain = Chain::default();
        for count in 0..headers.len() {
            let mut out = vec![[0; 32]; count];
            chain.after_each(&headers[..count].iter().collect::<Vec<_>>(), &mut out);
            let one_by_one: Vec<_> = headers[..count].iter().map(|header| chain.after(header)).collect();
            assert_eq!(out, one_by_one);
        }
    }
}
