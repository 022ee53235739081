//! The durable log: blocks in fjall, or in the faulty in-memory twin that tests use in its place.
//!
//! One thread builds blocks ([`LogWriter`]) and submits them to a [`Storage`], which makes them durable in
//! order and says so.
//! Everything below [`directory`] is about one thing: that nothing acknowledged is ever lost without being named.

pub mod storage;
pub mod writer;
pub mod durable;
pub mod records;
pub mod tail;
pub mod tree_reader;
pub mod copy;
pub mod publish;
pub mod directory;
mod open_error;
mod contents;
pub mod reading;
mod shadow;
pub mod place;
pub mod watermark;
pub mod journals;
mod journal_batches;
pub mod repair;
pub mod index;
pub mod posting;
mod database;
pub mod fjall_store;
pub mod twin;
pub mod unchecked;
mod replayed;
mod set_aside;
pub mod salt;
mod clock;
pub mod resume;

pub use directory::{LogDirectory, OpenError, Opened};
pub use fjall_store::{FjallReader, FjallStorage};
pub use reading::ReadOnly;
pub use storage::{Attachment, BlockBytes, Commit, Completion, LogRead, Outcome, ReadError, Storage, Ticket};
pub use writer::{Entry, LogWriter};

/// Blocks are sealed when they reach this size: large enough that signing and framing vanish, small enough
/// that reading
/// one record reads little.
pub const BLOCK_TARGET_BYTES: usize = 256 * 1024;
