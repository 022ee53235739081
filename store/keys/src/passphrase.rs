//! A secret under a passphrase: Argon2id (RFC 9106) makes a key of it, AES-256-GCM-SIV (RFC 8452) encrypts.
//!
//! The parameters lie in the file, so that files of today open after the defaults have grown.

use crate::{Secret, entropy};
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use std::io;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// RFC 9106, section 4, the second recommendation: 64 MiB, 3 passes, 4 lanes. A fifth of a second on a common machine,
/// and a guess costs an attacker as much memory.
const COST: Cost = Cost { memory_kib: 64 << 10, passes: 3, lanes: 4 };
/// Beyond this a file does not come from us, and would only keep the machine busy.
const COST_MAX: Cost = Cost { memory_kib: 1 << 20, passes: 64, lanes: 64 };
const SALT_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 12;
const CHECK_LENGTH: usize = 32;
const CIPHERTEXT_LENGTH: usize = 32 + 16;
const ENCODED_LENGTH: usize = 12 + SALT_LENGTH + NONCE_LENGTH + CHECK_LENGTH + CIPHERTEXT_LENGTH;
/// Longest passphrase that is read.
const PASSPHRASE_LENGTH_MAX: usize = 4096;

/// A passphrase in memory: wiped when it is dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(not shown)")
    }
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// None was given, and nobody is there to be asked.
    #[error(
        "set TRIAD_PASSPHRASE, name a file with --passphrase-file, or run this at a terminal, which asks for it"
    )]
    Absent,
    /// It has no characters.
    #[error("the passphrase is empty: give one with at least one character")]
    Empty,
    /// It is too long to be one.
    #[error("the passphrase is longer than {PASSPHRASE_LENGTH_MAX} bytes: is it the right file?")]
    TooLong,
    /// The second time something else was typed.
    #[error("the two passphrases differ: nothing was changed, try again")]
    Differ,
    /// The file could not be read.
    #[error("the passphrase file {} could not be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The terminal failed.
    #[error("the terminal could not be asked for the passphrase")]
    Terminal(#[source] io::Error),
}

impl Passphrase {
    /// A passphrase without the line end that a file or a terminal adds.
    pub fn new(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        while bytes.last().is_some_and(|last| [b'\n', b'\r'].contains(last)) {
            bytes.pop();
        }
        match bytes.len() {
            0 => Err(PassphraseError::Empty),
            1..=PASSPHRASE_LENGTH_MAX => Ok(Self(bytes)),
            _ => Err(PassphraseError::TooLong),
        }
    }

    /// Whether two are the same; for one that was typed twice.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// An encrypted secret with everything but the passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encrypted {
    cost: Cost,
    salt: [u8; SALT_LENGTH],
    nonce: [u8; NONCE_LENGTH],
    /// Tells a wrong passphrase from damage, and commits to the key, which GCM-SIV alone does not.
    check: [u8; CHECK_LENGTH],
    ciphertext: [u8; CIPHERTEXT_LENGTH],
}

impl Encrypted {
    pub(crate) fn seal(passphrase: &Passphrase, label: &[u8; 32], secret: &Secret) -> Self {
        let (salt, nonce) = (entropy::array(), entropy::array());
        let derived = derive(COST, &salt, passphrase);
        let payload = Payload { msg: secret.as_slice(), aad: label };
        let encrypted = cipher(&derived).encrypt(&Nonce::from(nonce), payload);
        let encrypted = encrypted.expect("invariant: 32 bytes can be encrypted");
        let ciphertext =
            encrypted.try_into().expect("invariant: a ciphertext is as long as its text and tag");
        Self { cost: COST, salt, nonce, check: check_of(&derived), ciphertext }
    }

    pub(crate) fn is_under(&self, passphrase: &Passphrase) -> bool {
        // Compared as hashes are: in constant time.
        blake3::Hash::from(check_of(&derive(self.cost, &self.salt, passphrase))) == self.check
    }

    /// The secret; none when the ciphertext is not the one that was made with this label.
    pub(crate) fn open(&self, passphrase: &Passphrase, label: &[u8; 32]) -> Option<Secret> {
        let derived = derive(self.cost, &self.salt, passphrase);
        let payload = Payload { msg: &self.ciphertext, aad: label };
        let opened = Zeroizing::new(cipher(&derived).decrypt(&Nonce::from(self.nonce), payload).ok()?);
        <[u8; 32]>::try_from(opened.as_slice()).ok().map(Secret::new)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let mut bytes = Vec::with_capacity(ENCODED_LENGTH);
        for number in [memory_kib, passes, lanes] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.check);
        bytes.extend_from_slice(&self.ciphertext);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = <&[u8; ENCODED_LENGTH]>::try_from(bytes).ok()?.as_slice();
        let mut number = || take(&mut rest).map(u32::from_le_bytes);
        let cost = Cost { memory_kib: number()?, passes: number()?, lanes: number()? };
        let bounded = cost.memory_kib <= COST_MAX.memory_kib
            && cost.passes <= COST_MAX.passes
            && cost.lanes <= COST_MAX.lanes
            && parameters(cost).is_some();
        bounded.then_some(())?;
        let (salt, nonce) = (take(&mut rest)?, take(&mut rest)?);
        Some(Self { cost, salt, nonce, check: take(&mut rest)?, ciphertext: take(&mut rest)? })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn parameters(cost: Cost) -> Option<Params> {
    Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(64)).ok()
}

/// The first half encrypts, the second is the check.
fn derive(cost: Cost, salt: &[u8; SALT_LENGTH], passphrase: &Passphrase) -> Zeroizing<[u8; 64]> {
    let parameters = parameters(cost).expect("invariant: the cost was checked when the file was read");
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let mut derived = Zeroizing::new([0; 64]);
    let filled = argon.hash_password_into(&passphrase.0, salt, derived.as_mut_slice());
    filled.expect("invariant: the lengths are those that Argon2 allows, and its memory is there");
    derived
}

fn cipher(derived: &[u8; 64]) -> Aes256GcmSiv {
    Aes256GcmSiv::new_from_slice(&derived[..32]).expect("invariant: half of 64 bytes is a key")
}

fn check_of(derived: &[u8; 64]) -> [u8; CHECK_LENGTH] {
    blake3::derive_key("triad secret file, passphrase check, version 1", &derived[32..])
}
