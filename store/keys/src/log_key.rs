//! The key that signs a log: its seed is a secret file, and a TPM that keeps it also counts and attests.

use crate::hardware::Hardware;
use crate::key_error::KeyError;
use crate::key_files::{FILE, NEXT, in_force, remove_leftover};
use crate::secret_file::{Form, Keeping, SecretFile, Unlock};
use ed25519_dalek::{Signer, SigningKey};
use std::path::{Path, PathBuf};
use triad_proof::break_point::hex;
use triad_proof::key::{Authority, Protection};
use triad_proof::{KeyStatement, LogId};

/// A signing key in memory, wiped when it is dropped, and the hardware that kept it.
#[derive(Debug)]
pub struct LogKey {
    signing: SigningKey,
    form: Form,
    hardware: Option<Hardware>,
}

/// What a log says about the key that may go on with it.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The log.
    pub log_id: &'a LogId,
    /// The key statement in force.
    pub statement: &'a KeyStatement,
    /// Hardware counter of the newest block; its signature was checked.
    pub nv_counter: u64,
}

impl LogKey {
    /// Opens the key that a log in `directory` names.
    pub fn open(directory: &Path, expected: Expected<'_>, unlock: Unlock<'_>) -> Result<Self, KeyError> {
        let Expected { log_id, statement, nv_counter } = expected;
        let file = in_force(directory, &statement.verifying_key)?;
        let form = file.form();
        if form != form_of(statement.protection) {
            return Err(KeyError::OtherKeeping { stated: statement.protection, found: form });
        }
        let signing = Self::signing_key(&file, unlock)?;
        let hardware = match file.registers() {
            Some(registers) => Some(Hardware::resume(&(unlock.tpm)()?, log_id, registers, nv_counter)?),
            None => None,
        };
        Ok(Self { signing, form, hardware })
    }

    /// Opens a file that holds the seed of a key, and makes sure that it is the key that the label names.
    pub fn signing_key(file: &SecretFile, unlock: Unlock<'_>) -> Result<SigningKey, KeyError> {
        let seed = file.open(unlock)?;
        let signing = SigningKey::from_bytes(&seed);
        let found = signing.verifying_key().to_bytes();
        if found == *file.label() {
            return Ok(signing);
        }
        let (expected, found) = (hex(file.label()), hex(&found));
        Err(KeyError::Foreign { path: file.path().to_owned(), expected, found })
    }

    /// Makes the first key of a log in a directory that has none.
    pub fn create(directory: &Path, log_id: &LogId, keeping: Keeping<'_>) -> Result<Self, KeyError> {
        Self::create_at(directory.join(FILE), log_id, keeping)
    }

    /// Makes the next key of a log, beside the one in force; [`take_over`](crate::take_over) follows once the block that
    /// opens its epoch is durable. What an interrupted rotation left is removed first.
    pub fn create_next(directory: &Path, log_id: &LogId, keeping: Keeping<'_>) -> Result<Self, KeyError> {
        let path = directory.join(NEXT);
        remove_leftover(&path)?;
        Self::create_at(path, log_id, keeping)
    }

    fn create_at(path: PathBuf, log_id: &LogId, keeping: Keeping<'_>) -> Result<Self, KeyError> {
        let signing = SigningKey::from_bytes(&crate::fresh_secret());
        let label = signing.verifying_key().to_bytes();
        let secret = crate::Secret::new(signing.to_bytes());
        SecretFile::create(&path, label, &secret, keeping)?;
        let (form, hardware) = match keeping {
            Keeping::File => (Form::Plain, None),
            Keeping::Passphrase(_) => (Form::Passphrase, None),
            Keeping::Tpm(tpm, registers) => (Form::Tpm, Some(Hardware::begin(tpm, log_id, registers)?)),
        };
        Ok(Self { signing, form, hardware })
    }

    /// Signs with the key.
    pub fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.signing.sign(text).to_bytes()
    }

    /// The public key.
    pub fn verifying_key(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    /// How it is kept, as key statements say it.
    pub fn protection(&self) -> Protection {
        match (&self.hardware, self.form) {
            (Some(hardware), _) => hardware.protection(),
            (None, Form::Plain) => Protection::SoftwareFile,
            (None, Form::Passphrase) => Protection::SoftwarePassphrase,
            (None, Form::Tpm) => unreachable!("invariant: what a TPM keeps has its hardware"),
        }
    }

    /// The hardware that keeps it.
    pub fn hardware(&self) -> Option<&Hardware> {
        self.hardware.as_ref()
    }

    /// The statement of epoch 0.
    pub fn genesis(&self, log_id: &LogId, recovery_key: Option<[u8; 32]>) -> KeyStatement {
        let mut statement = self.unsigned(0, 0, Authority::Genesis, recovery_key);
        statement.possession = self.sign(&statement.signed_bytes(log_id));
        statement
    }

    /// The statement that this key follows the one of `before`, on the word of `authoriser`: the key before, or the
    /// recovery key.
    pub fn succeed(
        &self,
        log_id: &LogId,
        before: &KeyStatement,
        first_sequence: u64,
        authority: Authority,
        authoriser: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> KeyStatement {
        let mut statement = self.unsigned(before.epoch + 1, first_sequence, authority, before.recovery_key);
        let signed = statement.signed_bytes(log_id);
        statement.possession = self.sign(&signed);
        statement.authorisation = authoriser(&signed);
        statement
    }

    fn unsigned(
        &self,
        epoch: u32,
        first_sequence: u64,
        authority: Authority,
        recovery_key: Option<[u8; 32]>,
    ) -> KeyStatement {
        KeyStatement {
            epoch,
            protection: self.protection(),
            authority,
            first_sequence,
            // The block that opens the epoch raises it.
            nv_counter: self.hardware.as_ref().map_or(0, |hardware| hardware.counted() + 1),
            verifying_key: self.verifying_key(),
            recovery_key,
            possession: [0; 64],
            authorisation: [0; 64],
        }
    }
}

fn form_of(protection: Protection) -> Form {
    match protection {
        Protection::SoftwareFile => Form::Plain,
        Protection::SoftwarePassphrase => Form::Passphrase,
        Protection::SoftwareTpm | Protection::VirtualTpm | Protection::Tpm | Protection::TpmVerified => {
            Form::Tpm
        }
    }
}
