//! What is known of fjall's database from outside: how its keyspaces are numbered, and why it does not open.

use std::path::PathBuf;

/// The number that fjall gives to the keyspace of blocks: keyspaces are numbered in the order in which they are made.
pub(crate) const BLOCKS_KEYSPACE: u64 = 1;
/// The number of the keyspace of attachments.
pub(crate) const ATTACHMENTS_KEYSPACE: u64 = 4;
/// The folders of a keyspace whose files are written once, and never again: tables, and values that lie apart from them.
pub(crate) const WRITTEN_ONCE: [&str; 2] = ["tables", "blobs"];

/// The format of fjall 3.
pub(crate) const KNOWN_FORMAT: u8 = 3;
/// How the file begins that says the format.
pub(crate) const FORMAT_MAGIC: &[u8; 3] = b"FJL";

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// fjall refused, and did not change anything but journals that it could not read to their end.
    #[error(transparent)]
    Fjall(#[from] fjall::Error),
    /// It is damaged where fjall would not have noticed, so fjall was not asked; nothing was changed.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// Another version of the database wrote it; nothing was changed.
    #[error("the database is of format {found}, and this program reads format {KNOWN_FORMAT}")]
    OtherFormat {
        /// The format that it says it has.
        found: u8,
    },
    /// The file system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// fjall met something that it takes to be impossible.
    #[error("fjall gave up: {0}")]
    Panicked(String),
}

/// Damage at which fjall would have gone on.
#[derive(Debug, thiserror::Error)]
#[error("{} {what}", .path.display())]
pub struct Unsound {
    pub(crate) path: PathBuf,
    pub(crate) what: &'static str,
}
