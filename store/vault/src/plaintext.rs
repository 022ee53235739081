//! Content outside its seal, wiped when it is dropped.

use zeroize::optimization_barrier;

/// Bytes that are wiped when they are dropped. Whoever copies them out takes that over.
#[derive(PartialEq, Eq)]
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    /// Room for so many bytes, which may be filled without leaving copies behind as a vector that grows does.
    pub(crate) fn with_capacity(length: usize) -> Self {
        Self(Vec::with_capacity(length))
    }

    /// Takes over bytes that are, or become, content.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Appends within the capacity.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        debug_assert!(self.0.len() + bytes.len() <= self.0.capacity(), "invariant: content is never moved");
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    pub(crate) fn wipe(&mut self) {
        // Once by memset and a barrier: `Zeroizing` stores byte by byte, which costs more than to encrypt.
        self.0.clear();
        self.0.resize(self.0.capacity(), 0);
        optimization_barrier(self.0.as_slice());
        self.0.clear();
    }
}

impl std::ops::Deref for Plaintext {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plaintext({} bytes)", self.0.len())
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_not_shown() {
        assert_eq!(format!("{:?}", Plaintext::of(b"secret".to_vec())), "Plaintext(6 bytes)");
    }
}
