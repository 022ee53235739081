//! Signed checkpoints that a reader holds from elsewhere.

use crate::checkpoint::Checkpoint;
use crate::key::KeyStatement;
use crate::note::{NoteError, Verifier};
use crate::succession::{OpenedNote, Succession, open};

/// A signed checkpoint whose form was read. Until somebody verifies it, nothing in it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What it claims.
    pub checkpoint: Checkpoint,
    note: String,
}

/// Whose signature verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: Verifier,
    /// The epochs that the reader's keys vouch for, as far as the note carries them; its own is the last.
    pub(crate) known: Succession,
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint; no signature is checked.
    pub fn read(note: &str) -> Result<Self, NoteError> {
        Ok(Self { checkpoint: Checkpoint::claimed(note)?, note: note.to_owned() })
    }

    /// Verifies it for a reader who holds keys and no log: one of them, or one that follows from them by what the note
    /// carries, signed it while it was in force.
    pub fn verify(&self, keys: &[Verifier]) -> Result<Signer, NoteError> {
        let OpenedNote { signer, known } = open(&self.note, &self.checkpoint.origin, keys)?;
        let in_force = known.signer_at(self.checkpoint.size).map(|statement| statement.verifying_key);
        if known.newest().is_some() && in_force != Some(signer.key) {
            return Err(NoteError::Malformed("the key that signed it was not in force at its size"));
        }
        Ok(Signer { key: signer, known })
    }

    /// Whether the key signed it that was in force at its size.
    pub fn is_signed_within(&self, succession: &Succession) -> bool {
        let signer = succession.signer_at(self.checkpoint.size);
        signer.is_some_and(|statement| self.is_signed_by(statement.verifying_key))
    }

    /// Whether a key of these epochs signed it, or one that follows from them by what the note carries: a log may have lost
    /// the record of its newest key.
    pub(crate) fn follows_from(&self, succession: &Succession) -> bool {
        let key = |statement: &KeyStatement| Verifier {
            name: self.checkpoint.origin.clone(),
            key: statement.verifying_key,
        };
        let keys: Vec<Verifier> = succession.statements().iter().map(key).collect();
        self.verify(&keys).is_ok()
    }

    fn is_signed_by(&self, key: [u8; 32]) -> bool {
        Verifier { name: self.checkpoint.origin.clone(), key }.open(&self.note).is_ok()
    }
}

impl Checkpoint {
    /// Reads a signed checkpoint that one of `keys` must have signed, or a key that follows from one of them.
    pub fn open(note: &str, keys: &[Verifier]) -> Result<Self, NoteError> {
        let signed = SignedCheckpoint::read(note)?;
        signed.verify(keys)?;
        Ok(signed.checkpoint)
    }
}
