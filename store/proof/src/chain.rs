//! The BLAKE3 chain over headers (format document, section 2.3).

use crate::header::{HEADER_LENGTH, PREVIOUS_CHAIN_OFFSET};
use blake3::IncrementCounter;
use blake3::platform::Platform;

const CONTEXT: &str = "triad 2026-11 log-v1 record chain";

/// The chain value before record 0.
pub const START: [u8; 32] = [0; 32];

// The domain flags of the BLAKE3 paper, section 2.2: a header is one chunk, which is the root.
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const DERIVE_KEY_MATERIAL: u8 = 1 << 6;
/// What ends a chunk that is the root.
const LAST: u8 = CHUNK_END | ROOT;

/// Bytes of a block of BLAKE3.
const BLOCK_LENGTH: usize = 64;
const _: () = assert!(
    PREVIOUS_CHAIN_OFFSET + BLOCK_LENGTH == HEADER_LENGTH
        && PREVIOUS_CHAIN_OFFSET.is_multiple_of(BLOCK_LENGTH),
    "the last block of a header is what the chain value before is in"
);

/// The state over those blocks of a header that do not hang on the chain value before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Begun([u8; 32]);

/// Computes chain values. Holds the hashed context, which costs as much as a header.
#[derive(Debug, Clone)]
pub struct Chain {
    keyed: blake3::Hasher,
    key: [u32; 8],
    platform: Platform,
}

impl Default for Chain {
    fn default() -> Self {
        let key = words_of(&blake3::hazmat::hash_derive_key_context(CONTEXT));
        Self { keyed: blake3::Hasher::new_derive_key(CONTEXT), key, platform: Platform::detect() }
    }
}

fn words_of(bytes: &[u8; 32]) -> [u32; 8] {
    let (words, _) = bytes.as_chunks();
    std::array::from_fn(|n| u32::from_le_bytes(words[n]))
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
        self.hash_many(headers, LAST, out[..headers.len()].as_flattened_mut());
    }

    /// Hashes of some headers what does not hang on the record before. Who appends knows that of many at once.
    pub(crate) fn begin_each(&self, headers: &[&[u8; PREVIOUS_CHAIN_OFFSET]]) -> Vec<Begun> {
        let mut begun = vec![[0; 32]; headers.len()];
        self.hash_many(headers, 0, begun.as_flattened_mut());
        begun.into_iter().map(Begun).collect()
    }

    /// The chain value of the record whose header ends with `rest`.
    pub(crate) fn finish(&self, begun: &Begun, rest: &[u8; BLOCK_LENGTH]) -> [u8; 32] {
        let mut state = words_of(&begun.0);
        let flags = DERIVE_KEY_MATERIAL | LAST;
        self.platform.compress_in_place(&mut state, rest, BLOCK_LENGTH as u8, 0, flags);
        blake3::platform::le_bytes_from_words_32(&state)
    }

    fn hash_many<const N: usize>(&self, inputs: &[&[u8; N]], end_flags: u8, out: &mut [u8]) {
        let (key, flags) = (&self.key, DERIVE_KEY_MATERIAL);
        self.platform.hash_many(inputs, key, 0, IncrementCounter::No, flags, CHUNK_START, end_flags, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::array_at;

    /// The blake3 crate does not promise to keep what these call, so this is where a change would show.
    #[test]
    fn many_headers_at_once_have_the_values_that_they_have_one_by_one() {
        let headers: Vec<[u8; HEADER_LENGTH]> =
            (0..40).map(|n| std::array::from_fn(|at| (at * n) as u8)).collect();
        let start_of =
            |header: &'_ [u8; HEADER_LENGTH]| -> [u8; PREVIOUS_CHAIN_OFFSET] { array_at(header, 0) };
        let starts: Vec<_> = headers.iter().map(start_of).collect();
        let chain = Chain::default();
        for count in 0..headers.len() {
            let mut out = vec![[0; 32]; count];
            chain.after_each(&headers[..count].iter().collect::<Vec<_>>(), &mut out);
            let one_by_one: Vec<_> = headers[..count].iter().map(|header| chain.after(header)).collect();
            assert_eq!(out, one_by_one);
            let begun = chain.begin_each(&starts[..count].iter().collect::<Vec<_>>());
            let finish = |(begun, header): (&Begun, &[u8; HEADER_LENGTH])| {
                chain.finish(begun, &array_at(header, PREVIOUS_CHAIN_OFFSET))
            };
            assert_eq!(begun.iter().zip(&headers).map(finish).collect::<Vec<_>>(), one_by_one);
        }
    }
}
