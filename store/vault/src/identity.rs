//! Whose vault it is, and under which wrapping root: so that a wrong root is told apart from damage (format document,
//! section 4).

use crate::cipher::{Key, derive};
use crate::error::VaultError;
use std::path::Path;

const MAGIC: &[u8; 8] = b"TRIADVID";
const FORMAT_VERSION: u16 = 1;
const LENGTH: usize = 96;
const CHECKED_LENGTH: usize = 64;
const ROOT_CONTEXT: &str = "triad 2026-11 vault-v1 root check";

pub(crate) fn encode(log_id: &[u8; 16], root: &Key) -> [u8; LENGTH] {
    let mut identity = [0; LENGTH];
    identity[..8].copy_from_slice(MAGIC);
    identity[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    identity[16..32].copy_from_slice(log_id);
    // A hash of 32 random bytes tells nothing about them.
    identity[32..64].copy_from_slice(derive(ROOT_CONTEXT, root).as_slice());
    let checksum = blake3::hash(&identity[..CHECKED_LENGTH]);
    identity[CHECKED_LENGTH..].copy_from_slice(checksum.as_bytes());
    identity
}

pub(crate) fn check(bytes: &[u8], path: &Path, log_id: &[u8; 16], root: &Key) -> Result<(), VaultError> {
    let expected = encode(log_id, root);
    if bytes == expected {
        return Ok(());
    }
    let is_whole = bytes.len() == LENGTH
        && bytes[..16] == expected[..16]
        && blake3::hash(&bytes[..CHECKED_LENGTH]).as_bytes() == &bytes[CHECKED_LENGTH..];
    Err(match is_whole {
        false => VaultError::Identity(path.to_owned()),
        true if bytes[16..32] != *log_id => VaultError::OtherLog(path.to_owned()),
        true => VaultError::WrongRoot(path.to_owned()),
    })
}
