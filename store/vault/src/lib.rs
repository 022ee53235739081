//! The vault: payloads that are large or sensitive, sealed outside the records, that can be forgotten.
//!
//! A record holds a [`Reference`]: the address of the sealed bytes, a salted commitment to the plaintext, and its length.
//! The data key of a blob is wrapped under the key of its data subject, that one under the epoch key of its slot file, and
//! that one under the wrapping root. Destroying a subject's key erases everything that was sealed for it, wherever copies
//! of it lie; records, chain and commitments stay. The format is `docs/format/vault-v1.md`.
//!
//! The vault knows no log: it reads attachments through a closure, and hands out what the caller must attach to the commit
//! of the record that needs it.

mod vault;
mod reference;
mod rows;
mod error;
mod sealed;
mod blob_writer;
mod blob_reader;
mod plaintext;
mod content_digest;
mod sweep;
mod allocation;
mod slots;
mod slot_file;
mod slot_number;
mod epoch_file;
mod subject_keys;
mod identity;
mod layout;
mod cipher;
mod entropy;
mod disk;
#[cfg(test)]
mod tests;

pub use blob_reader::BlobReader;
pub use blob_writer::{BlobWriter, WholeBlob};
pub use content_digest::ContentHasher;
pub use error::{
    AttachmentError, BindingField, Damage, KeyDamage, KeyFile, NoKey, ReadAttachment, Unopened, VaultError,
};
pub use plaintext::Plaintext;
pub use reference::{Attachment, Binding, Reference, Sealed};
pub use rows::{Subject, SubjectId, accepted_row, erased_rows, known_rows, subject_key};
pub use sealed::{BLOB_LENGTH_MAX, CHUNK_LENGTH};
pub use slot_number::SLOTS_PER_FILE;
pub use sweep::Swept;
pub use vault::{OPEN_LENGTH_MAX, Vault};
