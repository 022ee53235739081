//! C2SP `tlog-checkpoint` v1.0.0: what a log's key signs (format document, section 4).

use crate::LogId;
use crate::break_point::hex;
use crate::note::{NoteError, Verifier};
use crate::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A tree head: the whole history up to `size`, in 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// `triad/<log id in hex>`.
    pub origin: String,
    /// Leaves in the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
}

/// The origin line of a log, which is also its key name.
pub fn origin(log_id: &LogId) -> String {
    format!("triad/{}", hex(log_id))
}

/// The log that an origin line names; None when it is not of that form.
pub(crate) fn log_id_in(origin: &str) -> Option<LogId> {
    let digits = origin.strip_prefix("triad/")?.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let id: Vec<u8> = digits.0.iter().map(byte).collect::<Option<_>>()?;
    let id = id.try_into().ok()?;
    // One spelling alone: in lower case, with nothing left over.
    (crate::checkpoint::origin(&id) == origin).then_some(id)
}

/// The verifier of a log's key.
pub fn verifier(log_id: &LogId, verifying_key: [u8; 32]) -> Verifier {
    Verifier { name: origin(log_id), key: verifying_key }
}

impl Checkpoint {
    /// The checkpoint of a log at a size.
    pub fn new(log_id: &LogId, size: u64, root: Hash) -> Self {
        Self { origin: origin(log_id), size, root }
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// The signed note without key statements, from a signature over [`Self::text`]; a log with several epochs makes its notes
    /// with [`crate::succession::Succession::note`].
    pub fn note(&self, verifying_key: [u8; 32], signature: &[u8; 64]) -> String {
        let verifier = Verifier { name: self.origin.clone(), key: verifying_key };
        format!("{}\n{}", self.text(), verifier.signature_line(signature))
    }

    /// Reads a checkpoint text. Extension lines are refused: what they say would be signed and not understood.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed("a checkpoint has an origin, a size and a root"));
        };
        let plain =
            size == "0" || (!size.starts_with(['0', '+']) && size.bytes().all(|byte| byte.is_ascii_digit()));
        let (true, Ok(size)) = (plain, size.parse()) else {
            return Err(NoteError::Malformed("the checkpoint's size is not a plain decimal number"));
        };
        let root = BASE64.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let (false, Some(root)) = (origin.is_empty(), root) else {
            return Err(NoteError::Malformed("the checkpoint's origin or root is malformed"));
        };
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads what a signed checkpoint claims, whoever signed it. Nothing is verified.
    pub(crate) fn claimed(note: &str) -> Result<Self, NoteError> {
        Self::parse(crate::note::text(note)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Edge, leaf_hash};
    use ed25519_dalek::{Signer, SigningKey};

    const VKEY: &str = "log.example/wf-audit+93015280+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    const SIGNATURE_LINE: &str = "\u{2014} log.example/wf-audit kwFSgF2gdeJwzkEcKvKT2c3yek1q7fV0qCaBFtDy/SQGVg/NhAfSxkBqZ5UQDZIYoILU1gYqNEwzau2hsTtITHZK3AY=\n";

    fn published() -> (Verifier, Checkpoint, String) {
        let seed: [u8; 32] = std::array::from_fn(|n| n as u8);
        let key = SigningKey::from_bytes(&seed);
        let mut edge = Edge::default();
        for n in 0..13 {
            edge.append(leaf_hash(format!("event-{n}").as_bytes()), |_, _| ());
        }
        let checkpoint = Checkpoint { origin: "log.example/wf-audit".into(), size: 13, root: edge.root() };
        let signature = key.sign(checkpoint.text().as_bytes()).to_bytes();
        let verifier = Verifier { name: checkpoint.origin.clone(), key: key.verifying_key().to_bytes() };
        let note = checkpoint.note(verifier.key, &signature);
        (verifier, checkpoint, note)
    }

    #[test]
    fn published_vectors_are_reproduced() {
        let (verifier, checkpoint, note) = published();
        assert_eq!(verifier.to_string(), VKEY);
        assert_eq!(Verifier::parse(VKEY), Ok(verifier.clone()));
        assert!(note.ends_with(SIGNATURE_LINE), "{note}");
        assert_eq!(Checkpoint::open(&note, std::slice::from_ref(&verifier)), Ok(checkpoint));
    }

    #[test]
    fn signatures_of_strangers_are_ignored_and_none_is_not_enough() {
        let (verifier, checkpoint, note) = published();
        let cosigned = format!("{note}\u{2014} witness.example/w1 IDJKvgAAAABqsTuA\n");
        assert_eq!(Checkpoint::open(&cosigned, std::slice::from_ref(&verifier)), Ok(checkpoint));
        let stranger = Verifier { name: "elsewhere".into(), key: verifier.key };
        assert_eq!(stranger.open(&note), Err(NoteError::Unsigned("elsewhere".into())));
    }

    #[test]
    fn a_changed_note_is_refused_whichever_byte_changed() {
        let (verifier, checkpoint, note) = published();
        for place in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let keys = std::slice::from_ref(&verifier);
            assert_ne!(Checkpoint::open(&changed, keys).ok(), Some(checkpoint.clone()), "byte {place}");
        }
    }
}
