//! The one seam to durable storage: submit a commit, get a ticket, learn in order what became of it.

use crate::posting::Posting;
use triad_proof::build::SealedBlock;
use triad_proof::key::{KeyStatement, STATEMENT_LENGTH};
use triad_proof::tile::TileId;
use triad_proof::tree::Hash;

/// What the database says when it fails.
pub use fjall::Error as StorageError;

/// Bytes of a block or an attachment as storage holds them: cheap to clone.
pub type BlockBytes = fjall::Slice;

/// Everything that one block makes durable, atomically.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Sequence of the last record.
    pub last_sequence: u64,
    /// Chain value of the last record.
    pub chain: [u8; 32],
    /// The block.
    pub block: BlockBytes,
    /// Tiles that became full.
    pub tiles: Vec<(TileId, Vec<Hash>)>,
    /// One posting for each stream in the block.
    pub postings: Vec<Posting>,
    /// The statement of the epoch that the block opens.
    pub statement: Option<(u32, [u8; STATEMENT_LENGTH])>,
    /// Key and value of what becomes durable with the block without being part of it. A later value of the same key
    /// replaces the earlier one.
    pub attachments: Vec<Attachment>,
}

/// Key and value of something that is kept beside the records, such as a sealed payload. The log never interprets it.
pub type Attachment = (Vec<u8>, Vec<u8>);

impl Commit {
    /// The commit of a sealed block and its index, without attachments, and the block's buffer, for the builder to use
    /// again.
    pub fn new(
        sealed: SealedBlock,
        postings: Vec<Posting>,
        statement: Option<&KeyStatement>,
    ) -> (Self, Vec<u8>) {
        let block = sealed.bytes.as_slice().into();
        let commit = Self {
            first_sequence: sealed.first_sequence,
            last_sequence: sealed.last_sequence,
            chain: sealed.chain,
            block,
            tiles: sealed.tiles,
            postings,
            statement: statement.map(|statement| (statement.epoch, statement.encode())),
            attachments: Vec::new(),
        };
        (commit, sealed.bytes)
    }
}

/// Names a submitted commit. Tickets of one storage count up from 0 and complete in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk and stays there.
    Durable,
    /// It is not on disk and never will be.
    Failed(String),
    /// The storage cannot tell. Whoever sees this stops; the next opening finds out. A sync is never tried again.
    Unknown(String),
}

/// A ticket whose fate is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The commit.
    pub ticket: Ticket,
    /// Sequence of its last record.
    pub last_sequence: u64,
    /// Chain value of its last record.
    pub chain: [u8; 32],
    /// What became of it.
    pub outcome: Outcome,
}

/// Receives completions in ticket order, on the storage's own thread. After the first that is not durable, none is.
pub type CompletionSink = Box<dyn FnMut(Completion) + Send>;

/// Makes commits durable in the order in which they are submitted.
pub trait Storage {
    /// Reads what is durable.
    type Reader: LogRead;

    /// Hands over a commit. Blocks while too many are in flight.
    fn submit(&mut self, commit: Commit) -> Ticket;

    /// A reader that sees durable commits only.
    fn reader(&self) -> Self::Reader;
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The database failed or found damage.
    #[error("failed to read the log's database")]
    Database(#[from] fjall::Error),
    /// What was read is not what the log's format allows.
    #[error("the log's database holds bytes that do not verify")]
    Break(#[from] triad_proof::Break),
    /// Something that must be there is not.
    #[error(
        "the log's database lacks {what}: check the disk, then run `triad log verify`, and `triad log repair` if it says so"
    )]
    Missing {
        /// What is missing.
        what: String,
    },
    /// What is stored beside a block is not what follows from the block.
    #[error(
        "the index beside the block at sequence {sequence} does not fit the block, in {what}: no record is affected, and \
         `triad log repair` makes the index anew"
    )]
    Index {
        /// First sequence of the block.
        sequence: u64,
        /// What differs.
        what: String,
    },
}

/// Reads durable blocks, tiles and postings.
pub trait LogRead: Clone + Send + 'static {
    /// The block that holds the record with this sequence; None beyond the end.
    fn block_holding(&self, sequence: u64) -> Result<Option<BlockBytes>, ReadError>;
    /// The newest block; None in an empty log.
    fn last_block(&self) -> Result<Option<BlockBytes>, ReadError>;
    /// The hashes of a full tile.
    fn tile(&self, id: TileId) -> Result<Option<Vec<Hash>>, ReadError>;
    /// The postings of a stream in blocks whose first sequence is at least `from`, at most `limit` of them.
    fn postings(&self, stream: [u8; 16], from: u64, limit: usize) -> Result<Vec<Posting>, ReadError>;
    /// The newest posting of a stream in a block whose first sequence is at most `up_to`.
    fn posting_at_or_before(&self, stream: [u8; 16], up_to: u64) -> Result<Option<Posting>, ReadError>;
    /// The key statement of an epoch.
    fn statement(&self, epoch: u32) -> Result<Option<KeyStatement>, ReadError>;
    /// The newest durable value that was attached under a key.
    fn attachment(&self, key: &[u8]) -> Result<Option<BlockBytes>, ReadError>;
}
