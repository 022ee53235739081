//! What a record holds of a sealed blob, and what a blob is bound to.

/// Names a sealed blob and commits to its plaintext without telling anything about it but its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// SHA-256 of the sealed bytes.
    pub address: [u8; 32],
    /// SHA-256 of context, salt, plaintext and length. The salt is sealed with the blob and dies with its key.
    pub commitment: [u8; 32],
    /// Bytes of the plaintext.
    pub length: u64,
}

/// Where a blob belongs. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The stream whose record holds the reference.
    pub stream: [u8; 16],
    /// Privacy class, as the caller numbers them.
    pub class: u8,
}

/// Key and value that must become durable in the same commit as the record that needs them.
pub type Attachment = (Vec<u8>, Vec<u8>);

/// A blob that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "without its attachment the reference leads nowhere"]
pub struct Sealed {
    /// For the record.
    pub reference: Reference,
    /// For the commit that holds the record: the blob, or, when it is large and already durable in a file of its own, that a
    /// record names it.
    pub attachment: Attachment,
}
