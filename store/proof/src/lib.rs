//! The log format of TRIAD over bytes: what `docs/format/log-v1.md` says, and nothing else.
//!
//! No domain words, no disk, no clock: everything here is a function of bytes, so that an auditor's tool, the
//! writer and a second reader in another language agree by construction. Modules are declared in the order in which
//! the format document introduces them.

pub mod sha256;
pub mod header;
pub mod record;
pub mod chain;
pub mod tree;
pub mod tile;
pub mod path;
pub mod block;
pub mod build;
pub mod checkpoint;
pub mod note;
pub mod key;
pub mod succession;
pub mod held;
pub mod counter;
pub mod quote;
pub mod protection_note;
pub mod file;
pub mod redact;
pub mod verify;
pub mod parallel;
pub mod break_point;
pub mod proof_file;
pub mod static_tiles;

mod run_of_records;
mod bytes;
mod causes;

pub use block::Block;
pub use break_point::{Break, Fault};
pub use build::BlockBuilder;
pub use causes::{causes, with_causes};
pub use header::Header;
pub use key::KeyStatement;
pub use tree::Hash;

/// The version of the log format that this crate writes, and the newest that it reads.
pub const FORMAT_VERSION: u16 = 1;

/// Identifies a log: 16 random bytes made with it. Part of every header and of the checkpoint origin.
pub type LogId = [u8; 16];
