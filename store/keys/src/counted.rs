//! What a TPM counted.

/// A counter of a TPM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) index: u32,
    pub(crate) value: u64,
}
