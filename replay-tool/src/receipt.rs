//! Receipts: what a proof file shows about one record, without the log and without whoever runs it.
//!
//! What this cannot show: the payload, which is not in the file; its commitment is. And nothing says that the log went on
//! from this checkpoint: that takes a later one.

use serde_json::{Value, json};
use triad_event::Kind;
use triad_proof::break_point::hex;
use triad_proof::checkpoint::Checkpoint;
use triad_proof::note::{NoteError, Verifier};
use triad_proof::proof_file::{Included, InclusionFile, ProofError};
use triad_proof::{Hash, Header};

/// The longest file that is taken for a receipt, in bytes: one of this log has 3 KB at most and 288 bytes for each epoch, and
/// witnesses may add a line each.
pub const RECEIPT_BYTES_MAX: u64 = 16 << 20;

/// A receipt that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The header of the record that is in the log.
    pub header: Header,
    /// The checkpoint under which it is.
    pub checkpoint: Checkpoint,
    /// The key that signed the checkpoint.
    pub signer: Verifier,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// It is no text.
    #[error("not a proof file: it is not UTF-8 text")]
    NotText,
    /// The file itself.
    #[error(transparent)]
    File(#[from] ProofError),
    /// No key of its log was given.
    #[error("the receipt is of the log {receipt}, and --key gives no key of that log")]
    OtherLog {
        /// Origin of the log that the receipt names.
        receipt: String,
    },
    /// Keys of its log were given, but not the one that signed.
    #[error(
        "the checkpoint in the receipt is signed by the key {}, and --key gives {}, from which what the receipt carries does not \
         lead there. Give the key of genesis, or that of the epoch in which the receipt was made: `triad-replay verify COPY \
         --key KEY` lists the key of every epoch",
        ids(.signed_by), ids(.given)
    )]
    OtherEpoch {
        /// Ids of the keys of the log under whose signatures the checkpoint stands.
        signed_by: Vec<[u8; 4]>,
        /// Ids of the keys of the log that were given.
        given: Vec<[u8; 4]>,
    },
}

/// Why a checkpoint that is held from elsewhere does not bear a receipt out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unmatched {
    /// It is not one of this log's checkpoints.
    #[error("it is no checkpoint that a key of --key signed: {0}")]
    Untrusted(NoteError),
    /// The log showed two histories.
    #[error(
        "at size {size} it has the root {} and the receipt's has {}: the log was shown in two versions, keep both files",
        hex(.held), hex(.receipt)
    )]
    TwoHistories {
        /// Size of both.
        size: u64,
        /// Root of the one that is held.
        held: Hash,
        /// Root of the receipt's.
        receipt: Hash,
    },
    /// They cannot be compared by themselves.
    #[error(
        "it is of size {held} and the receipt's of size {receipt}, and only equal sizes can be compared without the log: \
         `triad-replay verify COPY --key KEY --checkpoint FILE` compares a checkpoint of any size with a copy"
    )]
    OtherSize {
        /// Size of the one that is held.
        held: u64,
        /// Size of the receipt's.
        receipt: u64,
    },
}

/// Verifies a receipt under any of some keys: one of them signed its checkpoint, or one that follows from them by the key
/// statements that it carries.
pub fn verify(file: &[u8], keys: &[Verifier]) -> Result<Receipt, Unproven> {
    let text = std::str::from_utf8(file).map_err(|_| Unproven::NotText)?;
    let file = InclusionFile::read(text)?;
    let (origin, signed_by) = (file.checkpoint.origin.clone(), file.signers());
    let given: Vec<[u8; 4]> = keys.iter().filter(|key| key.name == origin).map(Verifier::key_id).collect();
    if given.is_empty() {
        return Err(Unproven::OtherLog { receipt: origin });
    }
    match file.verify(keys) {
        Ok(Included { header, checkpoint, signer }) => Ok(Receipt { header, checkpoint, signer }),
        Err(ProofError::Checkpoint(NoteError::Unsigned(_))) if !signed_by.is_empty() => {
            Err(Unproven::OtherEpoch { signed_by, given })
        }
        Err(error) => Err(error.into()),
    }
}

impl Receipt {
    /// Holds it against a signed checkpoint of the same size that came another way.
    pub fn compare(&self, note: &str, keys: &[Verifier]) -> Result<(), Unmatched> {
        let held = Checkpoint::open(note, keys).map_err(Unmatched::Untrusted)?;
        let receipt = &self.checkpoint;
        if held.origin != receipt.origin {
            return Err(Unmatched::Untrusted(NoteError::Unsigned(receipt.origin.clone())));
        }
        if held.size != receipt.size {
            return Err(Unmatched::OtherSize { held: held.size, receipt: receipt.size });
        }
        if held.root != receipt.root {
            return Err(Unmatched::TwoHistories { size: held.size, held: held.root, receipt: receipt.root });
        }
        Ok(())
    }

    /// What it proves, for people.
    pub fn text(&self) -> String {
        let Self { header, checkpoint, signer } = self;
        let who =
            |id: &[u8; 16], zero| if *id == [0; 16] { format!("{zero} ({})", hex(id)) } else { hex(id) };
        let clock = if header.clock_state == 1 { "" } else { ", by a clock that had been set" };
        [
            format!("included   record {} of log {}", header.sequence, hex(&header.log_id)),
            format!("time       {}{clock}", time(header)),
            format!("kind       {}", kind(header)),
            format!("stream     {}, ordinal {}", who(&header.stream, "the log's own"), header.stream_ordinal),
            format!("principal  {}", who(&header.principal, "the system itself")),
            format!("payload    {} bytes, commitment {}", header.payload_length, hex(&header.payload_commit)),
            format!("checkpoint size {}, root {}", checkpoint.size, hex(&checkpoint.root)),
            format!("signed by  {signer}"),
        ]
        .join("\n")
    }

    /// What it proves, for programs.
    pub fn document(&self) -> Value {
        let Self { header, checkpoint, signer } = self;
        json!({
            "included": true,
            "log_id": hex(&header.log_id),
            "sequence": header.sequence,
            "time": time(header),
            "clock_stepped": header.clock_state != 1,
            "kind": kind(header),
            "stream": hex(&header.stream),
            "stream_ordinal": header.stream_ordinal,
            "principal": hex(&header.principal),
            "payload_length": header.payload_length,
            "payload_commit": hex(&header.payload_commit),
            "size": checkpoint.size,
            "root": hex(&checkpoint.root),
            "signed_by": signer.to_string(),
        })
    }
}

/// RFC 3339 in UTC.
fn time(header: &Header) -> String {
    jiff::Timestamp::from_microsecond(header.time_us)
        .map_or_else(|_| format!("{} us", header.time_us), |time| time.to_string())
}

/// The name of the kind, or the number of one that this program does not know.
fn kind(header: &Header) -> String {
    Kind::from_number(header.kind).map_or_else(|| header.kind.to_string(), |kind| kind.name().to_owned())
}

fn ids(ids: &[[u8; 4]]) -> String {
    ids.iter().map(|id| hex(id)).collect::<Vec<_>>().join(", ")
}
