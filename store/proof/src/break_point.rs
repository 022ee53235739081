//! Where a log stops being what it claims, and why.

use std::fmt;

/// The first place at which verification failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault} ({place})", place = Place(self))]
pub struct Break {
    /// The first record that cannot be relied on. None when the damage lies before any record.
    pub sequence: Option<u64>,
    /// Offset in the file or block that was read, in bytes, when known.
    pub offset_bytes: Option<u64>,
    /// What is wrong.
    pub fault: Fault,
}

struct Place<'a>(&'a Break);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.sequence, self.0.offset_bytes) {
            (Some(sequence), Some(offset)) => write!(f, "at sequence {sequence}, near byte {offset}"),
            (Some(sequence), None) => write!(f, "at sequence {sequence}"),
            (None, Some(offset)) => write!(f, "near byte {offset}"),
            (None, None) => write!(f, "before the first record"),
        }
    }
}

impl Break {
    /// A break at a record.
    pub fn at(sequence: u64, fault: Fault) -> Self {
        Self { sequence: Some(sequence), offset_bytes: None, fault }
    }

    /// A break that lies before any record.
    pub fn before_records(fault: Fault) -> Self {
        Self { sequence: None, offset_bytes: None, fault }
    }

    /// The same break, with the place in the file where it was met unless a closer one is known.
    pub fn near(mut self, offset_bytes: u64) -> Self {
        self.offset_bytes.get_or_insert(offset_bytes);
        self
    }

    /// The same break, for a block whose place is known: an offset within the block becomes one within the file.
    pub fn within(mut self, block_offset_bytes: u64) -> Self {
        self.offset_bytes = Some(block_offset_bytes + self.offset_bytes.unwrap_or(0));
        self
    }
}

/// What is wrong at a [`Break`]. The texts complete "verification failed: ...".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not a TRIAD file at all.
    #[error("{what} does not begin with {expected}: this is not a TRIAD log, or its first bytes are damaged")]
    Foreign {
        /// What was read.
        what: &'static str,
        /// The magic that should stand there.
        expected: &'static str,
    },
    /// Written by a newer release.
    #[error(
        "format version {found} of {what} is newer than {known}, the newest that this program reads: use a newer release"
    )]
    NewerVersion {
        /// The structure that states the version.
        what: &'static str,
        /// The version found.
        found: u16,
        /// The newest version known here.
        known: u16,
    },
    /// The bytes end too early.
    #[error("the bytes end inside {what}: {missing} more were announced")]
    Truncated {
        /// The structure that is cut.
        what: &'static str,
        /// How many bytes are missing, as far as lengths tell.
        missing: u64,
    },
    /// The file ends after a whole block, but without its end mark.
    #[error("the file has no end mark: it was cut after this record, or its writer did not finish")]
    NoEndMark,
    /// Bytes follow the end mark.
    #[error("{extra} bytes follow the end mark")]
    TrailingBytes {
        /// How many.
        extra: u64,
    },
    /// The end mark contradicts what was read.
    #[error("the end mark disagrees with the blocks before it in its {field}")]
    EndMark {
        /// The field that differs.
        field: &'static str,
    },
    /// A checksum over raw bytes does not match.
    #[error("the checksum of {what} does not match: its bytes were changed")]
    Checksum {
        /// What the checksum covers.
        what: &'static str,
    },
    /// A field holds a value that the format does not allow.
    #[error("field {field} is not allowed to be {value}")]
    Field {
        /// The name in the format document.
        field: &'static str,
        /// The value found.
        value: u64,
    },
    /// Another log's bytes.
    #[error("the record belongs to log {found}, not to {expected}: it was spliced in from elsewhere")]
    OtherLog {
        /// The id found, in hex.
        found: String,
        /// The id expected, in hex.
        expected: String,
    },
    /// Sequences do not join.
    #[error("sequence {found} follows where {expected} should: records were removed, repeated or reordered")]
    Sequence {
        /// The sequence found.
        found: u64,
        /// The sequence expected.
        expected: u64,
    },
    /// The payload is not the one that the header commits to.
    #[error("the payload or its salt was changed: the header commits to something else")]
    Commitment,
    /// The chain value does not follow from the header before.
    #[error("the chain is broken: this header, or the one before it, was changed")]
    Chain,
    /// The tree recomputed from the headers is not the one stated.
    #[error("the tree recomputed from the headers differs from the stated {field}")]
    Tree {
        /// Root or edge.
        field: &'static str,
    },
    /// No trusted key made the signature.
    #[error("the signature of the checkpoint at size {size} was not made by the key of epoch {epoch}")]
    Signature {
        /// Tree size of the checkpoint.
        size: u64,
        /// Key epoch that should have signed.
        epoch: u32,
    },
    /// The key that the reader was given is not the one at genesis.
    #[error(
        "the log was begun with key {found}, not with the trusted key {expected}: foreign genesis or wrong key"
    )]
    WrongKey {
        /// The verifying key at genesis, in hex.
        found: String,
        /// The verifying key that the reader trusts, in hex.
        expected: String,
    },
    /// A key statement is missing or not authorised.
    #[error("the key statement of epoch {epoch} is not valid: {why}")]
    KeyStatement {
        /// The epoch.
        epoch: u32,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The hardware counter ran backwards within an epoch, or stands where no hardware keeps the key.
    #[error(
        "the hardware counter is {found} where {expected}: the blocks are not those that one key wrote in turn"
    )]
    Counter {
        /// The value found.
        found: u64,
        /// What the epoch allows there.
        expected: CounterRule,
    },
    /// The hardware counter was written by somebody else.
    #[error("the hardware counter {found} is not signed by the key of epoch {epoch}: it was changed")]
    CounterSignature {
        /// The counter found.
        found: u64,
        /// Key epoch that should have signed.
        epoch: u32,
    },
    /// A record's ordinal in its stream does not follow.
    #[error("stream {stream} goes on with ordinal {found} where {expected} should follow")]
    StreamOrdinal {
        /// The stream, in hex.
        stream: String,
        /// The ordinal found.
        found: u64,
        /// The ordinal expected.
        expected: u64,
    },
    /// A checkpoint held elsewhere is signed by nobody who could.
    #[error(
        "the checkpoint held elsewhere (size {size}) is not signed by the key that this log had in force at that size: it is not \
         this log's, or was signed with a key that had been replaced"
    )]
    CheckpointKey {
        /// Tree size of the checkpoint.
        size: u64,
    },
    /// A checkpoint held elsewhere is not on this log's history.
    #[error(
        "the checkpoint held elsewhere (size {size}) is not part of this history: the log was rolled back or forked"
    )]
    ForeignCheckpoint {
        /// Tree size of the checkpoint.
        size: u64,
    },
    /// The log is shorter than a checkpoint held elsewhere.
    #[error(
        "the log ends at size {found}, before the checkpoint held elsewhere (size {size}): it was truncated or rolled back"
    )]
    Shorter {
        /// Size of the checkpoint.
        size: u64,
        /// Size of the log.
        found: u64,
    },
    /// Nothing was there to check.
    #[error("there is no record to verify")]
    Empty,
    /// The bytes could not be read.
    #[error("reading failed: {0}")]
    Read(String),
}

/// What a block may state as the hardware counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterRule {
    /// Nothing: the key is not kept by hardware.
    Zero,
    /// This, or more: an earlier block or the key statement of the epoch says so.
    AtLeast(u64),
}

impl fmt::Display for CounterRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => write!(f, "a key without hardware has 0"),
            Self::AtLeast(least) => write!(f, "it had reached {least} before"),
        }
    }
}

/// Lowercase hex, for messages.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}
