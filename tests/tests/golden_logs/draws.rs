//! Seeded choices: the same on every run and every machine.

/// A stream of choices that a text determines.
pub(crate) struct Draws(blake3::OutputReader);

impl Draws {
    pub(crate) fn new(seed: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("triad tests: mutations of golden logs");
        hasher.update(seed.as_bytes());
        Self(hasher.finalize_xof())
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % limit as u64) as usize
    }

    /// Flips one bit.
    pub(crate) fn flip(&mut self, bytes: &mut [u8]) {
        let place = self.below(bytes.len());
        bytes[place] ^= 1 << self.below(8);
    }
}
