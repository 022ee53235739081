//! Who signs from when: the key statements of a log's epochs, one after another (format document, sections 4 and 5).
//!
//! A signed note carries them once the log has more than one, so that whoever holds the key of genesis alone, or that of any
//! epoch before, can follow to the key that signed.

use crate::LogId;
use crate::break_point::Fault;
use crate::checkpoint::{Checkpoint, log_id_in, verifier};
use crate::key::{KeyStatement, STATEMENT_LENGTH};
use crate::note::{NoteError, Verifier, carried_line, carried_statements};

/// Key statements in the order of their epochs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Succession {
    statements: Vec<KeyStatement>,
}

impl Succession {
    /// Statements that were checked when they were read: [`Self::push`] checks.
    pub fn of_checked(statements: Vec<KeyStatement>) -> Self {
        Self { statements }
    }

    /// Takes the statement of the next epoch, once the key before it or the recovery key vouches for it.
    pub fn push(&mut self, log_id: &LogId, statement: KeyStatement) -> Result<(), Fault> {
        statement.check(log_id, self.statements.last())?;
        self.statements.push(statement);
        Ok(())
    }

    /// The statements, by epoch.
    pub fn statements(&self) -> &[KeyStatement] {
        &self.statements
    }

    /// The statement of the newest epoch; None before genesis.
    pub fn newest(&self) -> Option<&KeyStatement> {
        self.statements.last()
    }

    /// The statement of the epoch whose key signs the tree of that size: that of its last record. None when that epoch is not
    /// among these.
    pub fn signer_at(&self, size: u64) -> Option<&KeyStatement> {
        // The empty tree has no last record; the key of genesis would sign it.
        let last = size.saturating_sub(1);
        self.statements.iter().rev().find(|statement| statement.first_sequence <= last)
    }

    /// The signed note of a checkpoint, from the signature by the key in force at its size.
    ///
    /// # Panics
    /// When no statement is of that size or before.
    pub fn note(&self, checkpoint: &Checkpoint, signature: &[u8; 64]) -> String {
        let (origin, text) = (&checkpoint.origin, checkpoint.text());
        let count = self.statements.partition_point(|statement| statement.first_sequence < checkpoint.size);
        self.sign_first(count, origin, &text, signature)
    }

    /// A note with any text, signed by the key of the newest epoch.
    ///
    /// # Panics
    /// When there is no statement.
    pub(crate) fn sign_newest(&self, origin: &str, text: &str, signature: &[u8; 64]) -> String {
        self.sign_first(self.statements.len(), origin, text, signature)
    }

    fn sign_first(&self, count: usize, origin: &str, text: &str, signature: &[u8; 64]) -> String {
        let statements = &self.statements[..count];
        let signer = statements.last().expect("invariant: what is signed has a key that signed it");
        let line = Verifier { name: origin.to_owned(), key: signer.verifying_key }.signature_line(signature);
        let carried = if count > 1 { carried_line(origin, &encode(statements)) } else { String::new() };
        format!("{text}\n{line}{carried}")
    }

    /// The part from the first epoch on whose key is among those that a reader trusts.
    fn trusted(mut self, keys: &[&Verifier]) -> Option<Self> {
        let is_given = |statement: &KeyStatement| keys.iter().any(|key| key.key == statement.verifying_key);
        let first = self.statements.iter().position(is_given)?;
        self.statements.drain(..first);
        Some(self)
    }

    fn decode(log_id: &LogId, bytes: &[u8]) -> Result<Self, NoteError> {
        let (statements, rest) = bytes.as_chunks::<STATEMENT_LENGTH>();
        if statements.is_empty() || !rest.is_empty() {
            return Err(NoteError::Malformed("the key statements that it carries are not whole"));
        }
        let mut succession = Self::default();
        for bytes in statements {
            let statement = KeyStatement::decode(bytes).map_err(NoteError::Succession)?;
            succession.push(log_id, statement).map_err(NoteError::Succession)?;
        }
        Ok(succession)
    }
}

fn encode(statements: &[KeyStatement]) -> Vec<u8> {
    statements.iter().flat_map(KeyStatement::encode).collect()
}

/// A note that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenedNote {
    /// Who signed it.
    pub(crate) signer: Verifier,
    /// The epochs that the reader's keys vouch for, as far as the note carries them.
    pub(crate) known: Succession,
}

/// Opens a note of the log of that name, which must be signed by one of `keys` or by a key that follows from one of them.
pub(crate) fn open(note: &str, name: &str, keys: &[Verifier]) -> Result<OpenedNote, NoteError> {
    let of_log: Vec<&Verifier> = keys.iter().filter(|key| key.name == name).collect();
    let carried = carried_statements(note, name)?;
    if let (Some(bytes), Some(log_id)) = (carried, log_id_in(name))
        && let Some(known) = Succession::decode(&log_id, &bytes)?.trusted(&of_log)
        && let Some(newest) = known.newest()
    {
        let signer = verifier(&log_id, newest.verifying_key);
        signer.open(note)?;
        return Ok(OpenedNote { signer, known });
    }
    for key in of_log {
        match key.open(note) {
            Err(NoteError::Unsigned(_)) => {}
            opened => {
                opened?;
                return Ok(OpenedNote { signer: key.clone(), known: Succession::default() });
            }
        }
    }
    Err(NoteError::Unsigned(name.to_owned()))
}
