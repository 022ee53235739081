//! Three failures, three forms: what a caller is refused, what the machine could not do, and what is not as it must be.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why there is no key for a data subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoKey {
    /// It was destroyed.
    #[error("erased: the key of data subject slot {slot} was destroyed")]
    Erased {
        /// The slot.
        slot: u64,
    },
    /// A file is not there.
    #[error("{file} of the vault is missing: {}", .file.way_out())]
    Missing {
        /// The file.
        file: KeyFile,
    },
    /// A file is there, but not as it was written, or not the one that belongs there.
    #[error("{what} of the vault does not verify: {}; nothing was changed", .what.file().way_out())]
    Damaged {
        /// What does not verify.
        what: KeyDamage,
    },
}

/// A file that holds keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFile {
    /// `slots/N`.
    Slots(u64),
    /// `epochs/N`.
    Epoch(u64),
}

impl KeyFile {
    /// The two files go together: each erasure changes both, so neither opens beside an older or newer one.
    fn way_out(self) -> String {
        let (Self::Slots(number) | Self::Epoch(number)) = self;
        format!(
            "restore slots/{number} and epochs/{number} together, from a copy made after the last erasure"
        )
    }
}

impl std::fmt::Display for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Slots(number) => write!(f, "slots/{number}"),
            Self::Epoch(number) => write!(f, "epochs/{number}"),
        }
    }
}

/// A part of a key file that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDamage {
    /// Length, magic, version, log or number of a slot file.
    SlotFile(u64),
    /// There is no epoch key of the slot file's generation: the slot file is older than the last erasure, or damaged.
    EpochKey(u64),
    /// The seal over a whole slot file, without which an empty slot proves nothing.
    SlotFileSeal(u64),
    /// The key in one slot.
    Slot(u64),
}

impl KeyDamage {
    fn file(&self) -> KeyFile {
        match self {
            Self::SlotFile(number) | Self::SlotFileSeal(number) => KeyFile::Slots(*number),
            Self::EpochKey(number) => KeyFile::Epoch(*number),
            Self::Slot(slot) => KeyFile::Slots(slot / crate::slot_number::SLOTS_PER_FILE),
        }
    }
}

impl std::fmt::Display for KeyDamage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SlotFile(number) => write!(f, "the header of slots/{number}"),
            Self::EpochKey(number) => write!(f, "the epoch key for slots/{number}"),
            Self::SlotFileSeal(number) => write!(f, "the seal of slots/{number}"),
            Self::Slot(slot) => write!(f, "data subject slot {slot}"),
        }
    }
}

/// Why a blob was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unopened {
    /// Its data subject was erased, so nobody can open it.
    #[error("erased: the key of data subject slot {slot} was destroyed")]
    Erased {
        /// The slot.
        slot: u64,
    },
    /// The blob is not there.
    #[error("the sealed blob is missing: restore it from a copy of the directory")]
    Missing,
    /// A key file is not there.
    #[error("{file} of the vault is missing: {}", .file.way_out())]
    KeyMissing {
        /// The file.
        file: KeyFile,
    },
    /// The blob is there, but not as it was sealed.
    #[error("the sealed blob is damaged: {what}; restore it from a copy of the directory")]
    Damaged {
        /// What does not verify.
        what: Damage,
    },
    /// A key file is not as it was written.
    #[error("{what} of the vault does not verify: {}; nothing was changed", .what.file().way_out())]
    KeyDamaged {
        /// What does not verify.
        what: KeyDamage,
    },
    /// It was sealed for another place.
    #[error("the sealed blob belongs to another {field}")]
    OtherBinding {
        /// What differs.
        field: BindingField,
    },
    /// It is too large to be opened in one piece.
    #[error(
        "the sealed blob holds {length} bytes, and at most {max} are opened in one piece: read it in chunks"
    )]
    TooLarge {
        /// Bytes of the plaintext.
        length: u64,
        /// [`crate::OPEN_LENGTH_MAX`].
        max: u64,
    },
}

impl From<NoKey> for Unopened {
    fn from(no_key: NoKey) -> Self {
        match no_key {
            NoKey::Erased { slot } => Self::Erased { slot },
            NoKey::Missing { file } => Self::KeyMissing { file },
            NoKey::Damaged { what } => Self::KeyDamaged { what },
        }
    }
}

/// A part of a sealed blob that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// Its bytes do not have the address in the reference.
    #[error("its bytes are not those that the reference names")]
    Address,
    /// Its size does not fit the length in the reference.
    #[error("its size does not fit the length in the reference")]
    Length,
    /// Magic, version or a reserved byte.
    #[error("its header is malformed")]
    Header,
    /// The wrapped data key does not open under the subject key.
    #[error("its data key does not open")]
    DataKey,
    /// The data key is not the one that the header commits to.
    #[error("its data key is not the one that its header commits to")]
    KeyCommitment,
    /// A chunk does not open under the data key.
    #[error("its chunk {0} does not open")]
    Chunk(u64),
    /// The plaintext is not the one that the reference commits to.
    #[error("its plaintext is not the one that the reference commits to")]
    Commitment,
}

/// What a blob is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingField {
    /// The log.
    Log,
    /// The stream.
    Stream,
    /// The privacy class.
    Class,
}

impl std::fmt::Display for BindingField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Log => "log",
            Self::Stream => "stream",
            Self::Class => "privacy class",
        })
    }
}

/// What the reader of attachments says when it fails.
pub type AttachmentError = Box<dyn std::error::Error + Send + Sync>;

/// Reads the newest durable value that was attached to the log under a key.
pub type ReadAttachment = Arc<dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, AttachmentError> + Send + Sync>;

/// The vault could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is no vault, or one that was never finished, or the file that says whose it is was lost.
    #[error("{}/identity is missing: restore it from any copy of the directory, it never changes", .0.display())]
    Absent(PathBuf),
    /// There is a vault already.
    #[error("{} already holds a vault: open it", .0.display())]
    Exists(PathBuf),
    /// It belongs to another log.
    #[error("{} belongs to another log: restore the directory as a whole", .0.display())]
    OtherLog(PathBuf),
    /// The wrapping root is another one.
    #[error("the wrapping root is not the one of {}: bring the right one, nothing was changed", .0.display())]
    WrongRoot(PathBuf),
    /// The file that says whose vault it is does not verify.
    #[error("{} does not verify: restore it from any copy of the directory, it never changes", .0.display())]
    Identity(PathBuf),
    /// The log names slots of a file that is not there.
    #[error(
        "the log names data subject slot {slot}, but {file} of the vault is missing: the vault is older than the log, {}",
        .file.way_out()
    )]
    Behind {
        /// A slot that is in use.
        slot: u64,
        /// The file that is missing.
        file: KeyFile,
    },
    /// A row of the vault among the log's attachments is malformed.
    #[error(
        "the row of {what} among the log's attachments is malformed: run `triad log verify`, then `triad log repair`"
    )]
    Row {
        /// Whose row.
        what: &'static str,
    },
    /// A change of key files failed before in this process, and nobody knows what reached the disk.
    #[error("a change of the vault's key files failed before: start again, the next opening finishes it")]
    Stopped,
    /// A blob is larger than blobs may be.
    #[error("a sealed blob holds at most {max} bytes: split the content")]
    TooLarge {
        /// [`crate::BLOB_LENGTH_MAX`].
        max: u64,
    },
    /// The attachments of the log could not be read.
    #[error("failed to read the attachments of the log")]
    Attachments(#[source] AttachmentError),
    /// The file system refused.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// What was written of a blob could not be synced. It is not tried again: after a failure the system may take for written
    /// what it dropped.
    #[error("{} could not be synced", .path.display())]
    NotSynced {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl VaultError {
    /// Whether the same may succeed another time: the machine refused, not the content.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Attachments(_))
    }
}

/// Names the path in a failure of the file system.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> VaultError {
    move |source| VaultError::Io { path: path.to_owned(), source }
}

/// The same of a sync.
pub(crate) fn not_synced(path: &Path) -> impl FnOnce(io::Error) -> VaultError {
    move |source| VaultError::NotSynced { path: path.to_owned(), source }
}
