//! The end of an output that may be endless, in memory that is not.

use crate::limits::TAIL_BYTES_MAX;

/// Keeps the last [`TAIL_BYTES_MAX`] bytes of what is pushed, in at most twice that memory.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    kept: Vec<u8>,
    before: u64,
}

impl Tail {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let (dropped, bytes) = bytes.split_at(bytes.len().saturating_sub(TAIL_BYTES_MAX));
        self.before += dropped.len() as u64;
        if self.kept.len() + bytes.len() > 2 * TAIL_BYTES_MAX {
            self.shorten(TAIL_BYTES_MAX - bytes.len().min(TAIL_BYTES_MAX));
        }
        self.kept.extend_from_slice(bytes);
    }

    fn shorten(&mut self, left: usize) {
        let excess = self.kept.len().saturating_sub(left);
        self.kept.drain(..excess);
        self.before += excess as u64;
    }

    /// The bytes at the end.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        last(&self.kept)
    }

    /// How many bytes were pushed before those.
    #[must_use]
    pub fn bytes_before(&self) -> u64 {
        self.before + (self.kept.len() - self.bytes().len()) as u64
    }
}

/// The last [`TAIL_BYTES_MAX`] bytes.
pub(crate) fn last(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len().saturating_sub(TAIL_BYTES_MAX)..]
}
