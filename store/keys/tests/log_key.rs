//! The files of a log's key through a rotation that is interrupted at each step: the log says which key is in force.

use std::path::Path;
use triad_keys::{Expected, FILE, Keeping, KeyError, LogKey, NEXT, PassphraseError, Tpm, TpmError, Unlock};
use triad_proof::KeyStatement;
use triad_proof::key::Authority;

const LOG_ID: [u8; 16] = *b"the log of a key";

fn no_tpm() -> Result<Tpm, TpmError> {
    Err(TpmError::Absent("nowhere".to_owned()))
}

fn open(directory: &Path, statement: &KeyStatement) -> Result<LogKey, KeyError> {
    let nobody = |_: &Path| Err(PassphraseError::Absent);
    let expected = Expected { log_id: &LOG_ID, statement, nv_counter: 0 };
    LogKey::open(directory, expected, Unlock { passphrase: &nobody, tpm: &no_tpm })
}

/// A directory with a key in force and the next one beside it; the statements of both.
fn rotating() -> (tempfile::TempDir, KeyStatement, KeyStatement) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let first = LogKey::create(directory.path(), &LOG_ID, Keeping::File).expect("a key");
    let genesis = first.genesis(&LOG_ID, None);
    genesis.check(&LOG_ID, None).expect("a genesis");
    let next = LogKey::create_next(directory.path(), &LOG_ID, Keeping::File).expect("the next key");
    let statement = next.succeed(&LOG_ID, &genesis, 9, Authority::Rotation, |text| first.sign(text));
    statement.check(&LOG_ID, Some(&genesis)).expect("a rotation");
    (directory, genesis, statement)
}

#[test]
fn interrupted_before_the_block_the_old_key_stays_and_the_new_one_is_removed() {
    let (directory, genesis, _) = rotating();
    let key = open(directory.path(), &genesis).expect("the key in force");
    assert_eq!(key.verifying_key(), genesis.verifying_key);
    assert!(!directory.path().join(NEXT).exists());
}

#[test]
fn interrupted_after_the_block_the_new_key_is_taken_over() {
    let (directory, genesis, rotation) = rotating();
    let key = open(directory.path(), &rotation).expect("the key in force");
    assert_eq!(key.verifying_key(), rotation.verifying_key);
    assert!(!directory.path().join(NEXT).exists());
    let error = open(directory.path(), &genesis).expect_err("the key before is gone");
    assert!(matches!(error, KeyError::Foreign { .. }), "{error}");
}

#[test]
fn interrupted_while_the_new_key_was_written_the_old_one_stays() {
    let (directory, genesis, _) = rotating();
    let next = directory.path().join(NEXT);
    let whole = std::fs::read(&next).expect("reads");
    for length in [0, 7, 48, whole.len() - 1] {
        std::fs::write(&next, &whole[..length]).expect("writes");
        open(directory.path(), &genesis).expect("the key in force");
        assert!(!next.exists(), "cut to {length}");
    }
}

#[test]
fn a_rotation_that_is_tried_again_makes_another_key() {
    let (directory, genesis, first_try) = rotating();
    let again = LogKey::create_next(directory.path(), &LOG_ID, Keeping::File).expect("the next key");
    assert_ne!(again.verifying_key(), first_try.verifying_key);
    open(directory.path(), &genesis).expect("the key in force");
}

#[test]
fn a_damaged_key_is_named_and_nothing_is_removed() {
    let (directory, genesis, rotation) = rotating();
    let current = directory.path().join(FILE);
    let mut bytes = std::fs::read(&current).expect("reads");
    bytes[50] ^= 1;
    std::fs::write(&current, &bytes).expect("writes");
    let error = open(directory.path(), &genesis).expect_err("damaged");
    assert!(matches!(error, KeyError::Open(_)), "{error}");
    assert!(directory.path().join(NEXT).exists(), "nothing was removed");
    open(directory.path(), &rotation).expect("the next key is whole, and the log names it");
}

#[test]
fn a_key_that_is_kept_otherwise_than_the_log_says_is_refused() {
    let (directory, mut genesis, _) = rotating();
    genesis.protection = triad_proof::key::Protection::Tpm;
    let error = open(directory.path(), &genesis).expect_err("a plain file for a TPM's key");
    assert!(matches!(error, KeyError::OtherKeeping { .. }), "{error}");
}
