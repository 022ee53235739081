//! Proofs as files (format document, section 8): C2SP `tlog-proof` for inclusion, the body of a C2SP `tlog-witness`
//! `add-checkpoint` request for consistency.

use crate::checkpoint::{Checkpoint, origin};
use crate::header::{HEADER_LENGTH, Header};
use crate::held::{SignedCheckpoint, Signer};
use crate::note::{NoteError, Verifier, signers};
use crate::path::{verify_consistency, verify_inclusion};
use crate::tree::{Hash, leaf_hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

const INCLUSION_MAGIC: &str = "c2sp.org/tlog-proof@v1";
/// The limit of the tlog-witness specification.
const PATH_LENGTH_MAX: usize = 63;

/// Why a proof file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// It is not a proof file.
    #[error("not a proof file: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it is not signed by the trusted key.
    #[error("the proof's checkpoint is not trusted")]
    Checkpoint(#[source] NoteError),
    /// The older checkpoint, which the reader holds, is not signed by the trusted key.
    #[error("the older checkpoint is not trusted")]
    Older(#[source] NoteError),
    /// The hashes do not lead to the checkpoint's root.
    #[error("the proof does not lead to the root of its checkpoint")]
    Wrong,
}

/// The text that proves that a record is in the log: header, path, signed checkpoint.
pub fn inclusion_file(
    header: &[u8; HEADER_LENGTH],
    index: u64,
    path: &[Hash],
    checkpoint_note: &str,
) -> String {
    let mut text = format!("{INCLUSION_MAGIC}\nextra {}\nindex {index}\n", BASE64.encode(header));
    push_path(&mut text, path);
    text + checkpoint_note
}

/// An inclusion file that was read. Until [`Self::verify`] says so, nothing in it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionFile<'a> {
    /// The record that it is about.
    pub header: Header,
    /// The checkpoint that it leads to.
    pub checkpoint: Checkpoint,
    leaf: Hash,
    path: Vec<Hash>,
    note: &'a str,
}

/// What an inclusion file proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// The header of the record that is in the log.
    pub header: Header,
    /// The checkpoint under which it is.
    pub checkpoint: Checkpoint,
    /// The key that signed the checkpoint.
    pub signer: Verifier,
}

impl<'a> InclusionFile<'a> {
    /// Reads an inclusion file and checks whatever needs no key: its form, and that header, index and checkpoint are of
    /// one record in one log.
    pub fn read(text: &'a str) -> Result<Self, ProofError> {
        let (head, note) = parts(text)?;
        let mut lines = head.lines();
        if lines.next() != Some(INCLUSION_MAGIC) {
            return Err(ProofError::Malformed("the first line is not c2sp.org/tlog-proof@v1"));
        }
        let extra = lines
            .next()
            .and_then(|line| line.strip_prefix("extra "))
            .and_then(|text| BASE64.decode(text).ok());
        let header_bytes: [u8; HEADER_LENGTH] = extra
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(ProofError::Malformed("the extra line does not hold a record header"))?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(plain_decimal);
        let index = index.ok_or(ProofError::Malformed("the index line is not `index <decimal>`"))?;
        let path = read_path(lines)?;
        let checkpoint = Checkpoint::claimed(note).map_err(ProofError::Checkpoint)?;
        let header =
            Header::decode(&header_bytes).map_err(|_| ProofError::Malformed("the header is malformed"))?;
        if header.sequence != index || origin(&header.log_id) != checkpoint.origin {
            return Err(ProofError::Malformed("the header is not that of the index in this log"));
        }
        Ok(Self { header, checkpoint, leaf: leaf_hash(&header_bytes), path, note })
    }

    /// The ids of the keys under whose signatures of this log the checkpoint claims to stand, for whoever looks for the
    /// right key.
    pub fn signers(&self) -> Vec<[u8; 4]> {
        signers(self.note, &self.checkpoint.origin)
    }

    /// Verifies it for a reader who holds `keys`: one of them signed the checkpoint, or one that follows from them.
    pub fn verify(self, keys: &[Verifier]) -> Result<Included, ProofError> {
        let signer = SignedCheckpoint::read(self.note).and_then(|signed| signed.verify(keys));
        let Signer { key: signer, .. } = signer.map_err(ProofError::Checkpoint)?;
        let (header, checkpoint) = (self.header, self.checkpoint);
        let (index, size) = (header.sequence, checkpoint.size);
        if verify_inclusion(index, size, &self.leaf, &self.path, &checkpoint.root) {
            Ok(Included { header, checkpoint, signer })
        } else {
            Err(ProofError::Wrong)
        }
    }
}

/// Verifies an inclusion file and returns what it proves.
pub fn verify_inclusion_file(text: &str, keys: &[Verifier]) -> Result<Included, ProofError> {
    InclusionFile::read(text)?.verify(keys)
}

/// The text that proves that the log at `checkpoint_note` extends the log at size `old`.
pub fn consistency_file(old: u64, path: &[Hash], checkpoint_note: &str) -> String {
    let mut text = format!("old {old}\n");
    push_path(&mut text, path);
    text + checkpoint_note
}

/// Verifies a consistency file against the older checkpoint, which the reader holds, and returns the newer one. Both are signed
/// by one of `keys`, or by a key that follows from one of them: the epochs that the newer one carries tell who signed the older.
pub fn verify_consistency_file(
    text: &str,
    older: &SignedCheckpoint,
    keys: &[Verifier],
) -> Result<Checkpoint, ProofError> {
    let (head, note) = parts(text)?;
    let mut lines = head.lines();
    let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(plain_decimal);
    if old != Some(older.checkpoint.size) {
        return Err(ProofError::Malformed(
            "the first line is not `old` and the size of the older checkpoint",
        ));
    }
    let path = read_path(lines)?;
    let newer = SignedCheckpoint::read(note).map_err(ProofError::Checkpoint)?;
    let signer = newer.verify(keys).map_err(ProofError::Checkpoint)?;
    verify_older(older, &signer, keys)?;
    let (older, newer) = (&older.checkpoint, newer.checkpoint);
    let extends = older.origin == newer.origin
        && verify_consistency(older.size, newer.size, &older.root, &newer.root, &path);
    if extends { Ok(newer) } else { Err(ProofError::Wrong) }
}

fn verify_older(older: &SignedCheckpoint, newer: &Signer, keys: &[Verifier]) -> Result<(), ProofError> {
    if older.is_signed_within(&newer.known) {
        return Ok(());
    }
    older.verify(keys).map_err(ProofError::Older)?;
    match newer.known.signer_at(older.checkpoint.size) {
        Some(_) => Err(ProofError::Older(NoteError::Malformed(
            "the key that signed it was not in force at its size",
        ))),
        None => Ok(()),
    }
}

/// Splits a proof at its first empty line.
fn parts(text: &str) -> Result<(&str, &str), ProofError> {
    if text.contains('\r') {
        return Err(ProofError::Malformed("its lines end with a line feed alone"));
    }
    text.split_once("\n\n").ok_or(ProofError::Malformed("it has no empty line"))
}

fn push_path(text: &mut String, path: &[Hash]) {
    for hash in path {
        text.push_str(&BASE64.encode(hash));
        text.push('\n');
    }
    text.push('\n');
}

fn read_path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, ProofError> {
    let hash = |line| BASE64.decode(line).ok().and_then(|bytes: Vec<u8>| bytes.try_into().ok());
    let path: Option<Vec<Hash>> = lines.map(hash).collect();
    path.filter(|path| path.len() <= PATH_LENGTH_MAX)
        .ok_or(ProofError::Malformed("a path line is not a hash"))
}

fn plain_decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    text.parse().ok().filter(|_| plain)
}
