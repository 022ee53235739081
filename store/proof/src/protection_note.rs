//! A signed statement of how a log's key is kept, beside a checkpoint (format document, section 4).

use crate::checkpoint::Checkpoint;
use crate::key::Protection;
use crate::note::{NoteError, Verifier};
use crate::succession::{self, Succession};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Never the first line of a checkpoint, which is `triad/` and an id.
const TITLE: &str = "triad-key-protection/v1";

/// How the key that signed a checkpoint was kept. The key itself says it: a log whose owner lies about the key can lie
/// here too, which is what attestations are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectionNote {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Epoch of the key.
    pub key_epoch: u32,
    /// How it is kept.
    pub protection: Protection,
    /// Hardware counter at the checkpoint; 0 without one.
    pub nv_counter: u64,
}

impl ProtectionNote {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let Checkpoint { origin, size, root } = &self.checkpoint;
        format!(
            "{TITLE}\n{origin}\n{size}\n{}\nkey_epoch {}\nprotection {} {}\nnv_counter {}\n",
            BASE64.encode(root),
            self.key_epoch,
            self.protection as u8,
            self.protection.describe(),
            self.nv_counter,
        )
    }

    /// The signed note; the key is that of the newest of these epochs.
    pub fn sign(&self, epochs: &Succession, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> String {
        let text = self.text();
        epochs.sign_newest(&self.checkpoint.origin, &text, &sign(text.as_bytes()))
    }

    /// Whether a note is one of these, signed or not.
    pub fn is_one(note: &str) -> bool {
        note.lines().next() == Some(TITLE)
    }

    /// Reads a note that one of `keys` must have signed, or a key that follows from one of them: that of the epoch that it
    /// names.
    pub fn open(note: &str, keys: &[Verifier]) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed("it is not a statement of how this log's key is kept");
        let text = crate::note::text(note)?;
        let Some(read) = Self::parse(text).filter(|read| read.text() == text) else { return Err(malformed) };
        let opened = succession::open(note, &read.checkpoint.origin, keys)?;
        let stated = |epochs: &Succession| epochs.newest().map(|statement| statement.epoch);
        match stated(&opened.known) {
            Some(epoch) if epoch != read.key_epoch => Err(malformed),
            Some(_) | None => Ok(read),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(TITLE)?.strip_prefix('\n')?;
        let (place, _) = text.match_indices('\n').nth(2)?;
        let (checkpoint, rest) = text.split_at(place + 1);
        let mut lines = rest.lines();
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        Some(Self {
            checkpoint: Checkpoint::parse(checkpoint).ok()?,
            key_epoch: value("key_epoch")?.parse().ok()?,
            protection: Protection::from_number(value("protection")?.split(' ').next()?.parse().ok()?)?,
            nv_counter: value("nv_counter")?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::verifier;
    use ed25519_dalek::{Signer, SigningKey};
    use std::slice;

    #[test]
    fn a_statement_is_read_back_and_no_byte_of_it_can_change() {
        let (log_id, key) = ([5; 16], SigningKey::from_bytes(&[6; 32]));
        let verifier = verifier(&log_id, key.verifying_key().to_bytes());
        let checkpoint = Checkpoint::new(&log_id, 12, [8; 32]);
        let stated =
            ProtectionNote { checkpoint, key_epoch: 3, protection: Protection::SoftwareTpm, nv_counter: 77 };
        let text = stated.text();
        let signature = key.sign(text.as_bytes()).to_bytes();
        let note = format!("{text}\n{}", verifier.signature_line(&signature));
        assert_eq!(ProtectionNote::open(&note, slice::from_ref(&verifier)), Ok(stated.clone()));
        assert!(ProtectionNote::is_one(&note));
        for place in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let opened = ProtectionNote::open(&changed, slice::from_ref(&verifier));
            assert_ne!(opened.ok(), Some(stated.clone()), "byte {place}");
        }
    }
}
