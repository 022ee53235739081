//! Checkpoints, proofs and statements of a log whose key changed many times, as rotations and recoveries come: whoever holds the
//! key of genesis follows all of them, and nobody follows a key that had been replaced.

use crate::golden_logs::second_reader::{argument, run, scratch};
use ed25519_dalek::{Signer, SigningKey};
use fixtures::sample_log::{SEED, SampleLog};
use fixtures::tree_rows::TreeRows;
use quickcheck::QuickCheck;
use std::num::NonZero;
use triad_proof::checkpoint::verifier;
use triad_proof::header::HEADER_LENGTH;
use triad_proof::held::SignedCheckpoint;
use triad_proof::note::Verifier;
use triad_proof::parallel::verify_file;
use triad_proof::path::{consistency, inclusion};
use triad_proof::proof_file::{
    consistency_file, inclusion_file, verify_consistency_file, verify_inclusion_file,
};
use triad_proof::verify::Trust;
use triad_proof::{Break, Fault};

const LOG_ID: [u8; 16] = *b"rotates and goes";
const RECOVERY_SEED: [u8; 32] = [7; 32];
/// Histories of keys that are made up: each is proved in all its pairs.
const HISTORIES: u64 = 25;
/// Epochs that a generated log has at most: every pair of its blocks is proved.
const CHANGES_MAX: usize = 12;

/// What happened to a log between two of its blocks.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    Rotated,
    Recovered,
}

impl quickcheck::Arbitrary for Change {
    fn arbitrary(g: &mut quickcheck::Gen) -> Self {
        *g.choose(&[Self::Nothing, Self::Rotated, Self::Rotated, Self::Recovered]).expect("there are some")
    }
}

fn grown(changes: &[Change]) -> SampleLog {
    let mut log = SampleLog::recoverable(LOG_ID, SEED, RECOVERY_SEED);
    append(&mut log);
    for (change, number) in changes.iter().take(CHANGES_MAX).zip(1_u8..) {
        match change {
            Change::Nothing => {}
            Change::Rotated => log.rotate([100 + number; 32]),
            Change::Recovered => log.recover([100 + number; 32]),
        }
        append(&mut log);
    }
    log
}

fn append(log: &mut SampleLog) {
    for _ in 0..3 {
        log.append(4, b"one of three");
    }
    log.seal();
}

fn headers(log: &SampleLog) -> Vec<[u8; HEADER_LENGTH]> {
    let blocks = log.blocks.iter().map(|block| block.view());
    let of = |view: triad_proof::Block<'_>| -> Vec<[u8; HEADER_LENGTH]> {
        view.records().map(|record| *record.expect("sound").header_bytes).collect()
    };
    blocks.flat_map(of).collect()
}

fn key_of(log: &SampleLog, epoch: usize) -> Verifier {
    verifier(&LOG_ID, log.epochs().statements()[epoch].verifying_key)
}

fn held(note: &str) -> SignedCheckpoint {
    SignedCheckpoint::read(note).expect("a checkpoint")
}

fn verified(log: &SampleLog, checkpoints: Vec<SignedCheckpoint>) -> Result<(), Break> {
    let trust = Trust { genesis_key: Some(log.verifying_key()), checkpoints };
    verify_file(log.file().as_slice(), trust, NonZero::<usize>::MIN).map(|_| ())
}

#[test]
fn every_pair_of_checkpoints_is_proved_across_any_changes_of_the_key() {
    QuickCheck::new().tests(HISTORIES).quickcheck(proves_every_pair as fn(Vec<Change>) -> bool);
}

fn proves_every_pair(changes: Vec<Change>) -> bool {
    let log = grown(&changes);
    let (headers, genesis) = (headers(&log), [key_of(&log, 0)]);
    let rows = TreeRows::of_entries(&headers);
    let size = |block: usize| log.blocks[block].view().tree_size();
    let notes: Vec<String> = (0..log.blocks.len()).map(|block| log.note(block)).collect();
    verified(&log, notes.iter().map(|note| held(note)).collect()).expect("every checkpoint holds");
    for (new, note) in notes.iter().enumerate() {
        let epoch = log.blocks[new].view().head.key_epoch as usize;
        for (old, older) in notes.iter().enumerate().take(new + 1) {
            let Ok(path) = consistency(size(old), size(new), &mut rows.clone());
            let file = consistency_file(size(old), &path, note);
            let extends = verify_consistency_file(&file, &held(older), &genesis);
            assert!(extends.is_ok(), "{old} to {new} of {changes:?}: {extends:?}");
        }
        let Ok(path) = inclusion(0, size(new), &mut rows.clone());
        let proof = inclusion_file(&headers[0], 0, &path, note);
        // Any key up to the one that signed leads there, and none after it.
        for given in 0..log.epochs().statements().len() {
            let included = verify_inclusion_file(&proof, &[key_of(&log, given)]).is_ok();
            assert_eq!(included, given <= epoch, "{new} under the key of epoch {given} of {changes:?}");
        }
    }
    true
}

#[test]
fn a_thousand_epochs_are_followed_from_the_first_to_the_last() {
    let mut log = SampleLog::recoverable(LOG_ID, SEED, RECOVERY_SEED);
    for epoch in 0..1000_u32 {
        let seed = *blake3::hash(&epoch.to_le_bytes()).as_bytes();
        log.append(4, b"one for each");
        log.seal();
        if epoch % 100 == 99 { log.recover(seed) } else { log.rotate(seed) }
    }
    log.append(4, b"the last");
    log.seal();
    let newest = log.note(1000);
    verified(&log, vec![held(&newest)]).expect("the newest holds");
    for given in [0, 1, 500, 1000] {
        let signer = held(&newest).verify(&[key_of(&log, given)]).expect("it leads there").key;
        assert_eq!(signer, key_of(&log, 1000));
    }
}

#[test]
fn the_second_reader_follows_the_same_keys() {
    use Change::{Nothing, Recovered, Rotated};
    let log = grown(&[Rotated, Nothing, Rotated, Recovered, Nothing, Rotated]);
    let (headers, key) = (headers(&log), key_of(&log, 0).to_string());
    let size = |block: usize| log.blocks[block].view().tree_size();
    let file = scratch("rotated.triadlog", &log.file());
    let newest = log.blocks.len() - 1;
    for old in 0..=newest {
        let older = scratch("rotated.checkpoint", log.note(old).as_bytes());
        let found = run(&["verify", argument(&file), "--key", &key, "--checkpoint", argument(&older)]);
        assert!(found.holds, "{old}: {}", found.output);
        let Ok(path) = consistency(size(old), size(newest), &mut TreeRows::of_entries(&headers));
        let proof =
            scratch("rotated.proof", consistency_file(size(old), &path, &log.note(newest)).as_bytes());
        let found = run(&["consistency", argument(&proof), "--key", &key, "--old", argument(&older)]);
        assert!(found.holds, "{old}: {}", found.output);
        let Ok(path) = inclusion(1, size(old), &mut TreeRows::of_entries(&headers));
        let proof =
            scratch("rotated.tlog-proof", inclusion_file(&headers[1], 1, &path, &log.note(old)).as_bytes());
        let found = run(&["proof", argument(&proof), "--key", &key]);
        assert!(found.holds, "{old}: {}", found.output);
    }
    let stolen = scratch("stolen.checkpoint", signed_by(&log, SEED, newest).as_bytes());
    let found = run(&["verify", argument(&file), "--key", &key, "--checkpoint", argument(&stolen)]);
    assert!(!found.holds, "the key had been replaced: {}", found.output);
    let Ok(path) = consistency(size(newest), size(newest), &mut TreeRows::of_entries(&headers));
    let same = consistency_file(size(newest), &path, &log.note(newest));
    let proof = scratch("stolen.proof", same.as_bytes());
    let found = run(&["consistency", argument(&proof), "--key", &key, "--old", argument(&stolen)]);
    assert!(!found.holds, "the newer checkpoint tells: {}", found.output);
}

/// The note of a checkpoint of `size` by a key of any epoch, whether it was in force or not.
fn signed_by(log: &SampleLog, seed: [u8; 32], block: usize) -> String {
    let (key, checkpoint) = (SigningKey::from_bytes(&seed), log.blocks[block].view().checkpoint());
    let signature = key.sign(checkpoint.text().as_bytes()).to_bytes();
    checkpoint.note(key.verifying_key().to_bytes(), &signature)
}

#[test]
fn a_key_that_had_been_replaced_signs_nothing_that_counts() {
    let log = grown(&[Change::Rotated, Change::Nothing]);
    let stolen = signed_by(&log, SEED, 2);
    let refused = verified(&log, vec![held(&stolen)]).expect_err("the key of genesis was replaced");
    assert_eq!(refused.fault, Fault::CheckpointKey { size: 9 });
    let headers = headers(&log);
    let Ok(path) = consistency(9, 9, &mut TreeRows::of_entries(&headers));
    let file = consistency_file(9, &path, &log.note(2));
    let refused = verify_consistency_file(&file, &held(&stolen), &[key_of(&log, 0)]);
    assert!(refused.is_err(), "the newer checkpoint says who signed at that size");
}

#[test]
fn a_log_that_lost_its_newest_key_is_shorter_and_one_that_changed_it_otherwise_is_another() {
    let long = grown(&[Change::Rotated, Change::Rotated]);
    let short = grown(&[Change::Rotated]);
    let refused = verified(&short, vec![held(&long.note(2))]).expect_err("it was cut before the rotation");
    assert_eq!(refused.fault, Fault::Shorter { size: 9, found: 6 });
    let other = grown(&[Change::Nothing, Change::Recovered, Change::Nothing]);
    let refused = verified(&other, vec![held(&long.note(2))]).expect_err("another history of keys");
    assert!(
        matches!(refused.fault, Fault::CheckpointKey { .. } | Fault::ForeignCheckpoint { .. }),
        "{refused}"
    );
}

#[test]
fn no_changed_byte_of_what_a_note_carries_leads_to_another_key() {
    let log = grown(&[Change::Rotated, Change::Recovered]);
    let (note, genesis) = (log.note(2), [key_of(&log, 0)]);
    let whole = held(&note).verify(&genesis).expect("verifies").key;
    for place in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        let Ok(signed) = SignedCheckpoint::read(&changed) else { continue };
        if let Ok(signer) = signed.verify(&genesis) {
            assert_eq!(
                (signer.key, signed.checkpoint),
                (whole.clone(), held(&note).checkpoint),
                "byte {place}"
            );
        }
    }
}
