//! Verification over bytes: honest logs pass with the right counts, and nothing else does.

use ed25519_dalek::SigningKey;
use fixtures::golden::mend_checksum;
use fixtures::sample_log::{LOG_ID, SEED, SampleLog, file_of};
use std::num::NonZero;
use triad_proof::break_point::CounterRule;
use triad_proof::held::SignedCheckpoint;
use triad_proof::key::Protection;
use triad_proof::parallel::verify_file;
use triad_proof::redact::redact;
use triad_proof::verify::{Counts, Report, Trust};
use triad_proof::{Break, Fault};

const THREADS: NonZero<usize> = NonZero::<usize>::new(2).expect("two is not zero");

fn text(sequence: u64) -> Vec<u8> {
    format!("the secret of record {sequence:04}").into_bytes()
}

fn verify(file: &[u8], trust: Trust) -> Result<Report, Break> {
    verify_file(file, trust, THREADS)
}

fn trusting(log: &SampleLog) -> Trust {
    Trust { genesis_key: Some(log.verifying_key()), checkpoints: Vec::new() }
}

/// The one door: a file and what the reader trusts, and the fault and first sequence that must be named.
#[track_caller]
fn check_refused(file: &[u8], trust: Trust, sequence: Option<u64>, fault: impl Fn(&Fault) -> bool) {
    let damage = verify(file, trust).expect_err("a damaged log verified");
    assert!(fault(&damage.fault), "{damage}");
    assert_eq!(damage.sequence, sequence, "{damage}");
}

#[test]
fn an_honest_log_verifies_with_its_counts() {
    let log = SampleLog::of_texts(5, 7, text);
    let report = verify(&log.file(), trusting(&log)).expect("honest");
    assert_eq!(report.counts, Counts { verified: 35, ..Counts::default() });
    assert_eq!((report.block_count, report.stream_count, report.checkpoint.size), (5, 4, 35));
    assert!(report.key_was_given && !report.recovered);
}

#[test]
fn any_subset_of_payloads_can_be_removed_and_the_rest_verifies() {
    let log = SampleLog::of_texts(3, 4, text);
    for subset in 0..1u64 << 12 {
        let gone = |sequence: u64| subset >> sequence & 1 == 1;
        let blocks = log.blocks.iter().map(|block| redact(&block.bytes, gone).expect("redacts"));
        let file = file_of(&LOG_ID, blocks);
        let report = verify(&file, trusting(&log)).expect("a redacted log verifies");
        let redacted = u64::from(subset.count_ones());
        assert_eq!(report.counts, Counts { verified: 12 - redacted, redacted, ..Counts::default() });
        for sequence in (0..12).filter(|sequence| gone(*sequence)) {
            let secret = text(sequence);
            assert!(!file.windows(secret.len()).any(|window| window == secret), "{sequence} is still there");
        }
    }
}

#[test]
fn every_single_bit_flip_of_a_small_file_is_detected_and_its_block_named() {
    let log = SampleLog::of_texts(3, 3, text);
    let file = log.file();
    let mut place = 32;
    let ends: Vec<(usize, u64)> = log
        .blocks
        .iter()
        .map(|block| {
            place += block.bytes.len();
            (place, block.last_sequence)
        })
        .collect();
    for offset in 0..file.len() {
        for bit in 0..8 {
            let mut flipped = file.clone();
            flipped[offset] ^= 1 << bit;
            let damage = verify(&flipped, trusting(&log)).expect_err("a flip went unnoticed");
            let block = ends.iter().find(|(end, _)| offset < *end);
            match (offset, block) {
                (..32, _) => assert!(damage.sequence.is_none_or(|sequence| sequence == 0), "{damage}"),
                (_, Some((_, last))) => {
                    let sequence = damage.sequence.expect("a block is named");
                    assert!((last - 2..=*last).contains(&sequence), "flip at {offset}: {damage}");
                }
                (_, None) => assert!(damage.sequence >= Some(8), "flip at {offset}: {damage}"),
            }
        }
    }
}

#[test]
fn a_flipped_payload_byte_names_its_record() {
    let log = SampleLog::of_texts(2, 8, text);
    let mut file = log.file();
    let needle = text(11);
    let place = file.windows(needle.len()).position(|window| window == needle).expect("present");
    file[place] ^= 4;
    check_refused(&file, trusting(&log), Some(11), |fault| *fault == Fault::Commitment);
}

#[test]
fn every_truncation_is_detected() {
    let log = SampleLog::of_texts(2, 2, text);
    let file = log.file();
    for length in 0..file.len() {
        let damage = verify(&file[..length], trusting(&log)).expect_err("a cut went unnoticed");
        assert!(
            matches!(damage.fault, Fault::Truncated { .. } | Fault::NoEndMark | Fault::Empty),
            "cut to {length}: {damage}"
        );
    }
}

#[test]
fn a_log_cut_at_a_block_and_ended_anew_is_found_out_by_a_checkpoint_held_elsewhere() {
    let log = SampleLog::of_texts(4, 2, text);
    let held = SignedCheckpoint::read(&log.note(2)).expect("a checkpoint");
    let cut = file_of(&LOG_ID, log.blocks[..2].iter().map(|block| block.bytes.clone()));
    assert!(verify(&cut, trusting(&log)).is_ok(), "nothing in the file itself can tell");
    let trust = Trust { checkpoints: vec![held], ..trusting(&log) };
    check_refused(&cut, trust, Some(3), |fault| *fault == Fault::Shorter { size: 6, found: 4 });
}

#[test]
fn a_rewritten_history_is_found_out_by_a_checkpoint_held_elsewhere() {
    let log = SampleLog::of_texts(3, 2, text);
    let fork =
        SampleLog::of_texts(3, 2, |sequence| if sequence == 3 { b"forged".to_vec() } else { text(sequence) });
    assert!(verify(&fork.file(), trusting(&fork)).is_ok(), "its owner signed it");
    let held = SignedCheckpoint::read(&log.note(1)).expect("a checkpoint");
    let trust = Trust { checkpoints: vec![held], ..trusting(&log) };
    check_refused(&fork.file(), trust, Some(3), |fault| *fault == Fault::ForeignCheckpoint { size: 4 });
}

#[test]
fn reordered_repeated_and_removed_blocks_are_named() {
    let log = SampleLog::of_texts(4, 2, text);
    for (order, sequence) in
        [(vec![0, 2, 1, 3], 2), (vec![0, 1, 1, 2, 3], 4), (vec![0, 1, 3], 4), (vec![1, 2, 3], 0)]
    {
        let file = file_of(&LOG_ID, order.iter().map(|&n: &usize| log.blocks[n].bytes.clone()));
        check_refused(&file, trusting(&log), Some(sequence), |fault| matches!(fault, Fault::Sequence { .. }));
    }
}

#[test]
fn a_block_spliced_in_from_another_log_is_named() {
    let log = SampleLog::of_texts(3, 2, text);
    let mut other = SampleLog::new(*b"quite other log!", SEED);
    for _ in 0..3 {
        other.append(4, b"elsewhere");
        other.append(4, b"elsewhere");
        other.seal();
    }
    let blocks = [&log.blocks[0], &other.blocks[1], &log.blocks[2]].map(|block| block.bytes.clone());
    let file = file_of(&LOG_ID, blocks.into_iter());
    check_refused(&file, trusting(&log), Some(2), |fault| matches!(fault, Fault::OtherLog { .. }));
}

#[test]
fn a_block_of_a_fork_under_the_same_key_breaks_the_chain() {
    let log = SampleLog::of_texts(3, 2, text);
    let fork = SampleLog::of_texts(3, 2, |sequence| format!("fork {sequence}").into_bytes());
    let blocks = [&log.blocks[0], &fork.blocks[1], &log.blocks[2]].map(|block| block.bytes.clone());
    check_refused(&file_of(&LOG_ID, blocks.into_iter()), trusting(&log), Some(2), |fault| {
        *fault == Fault::Chain
    });
}

#[test]
fn a_foreign_genesis_and_a_wrong_key_are_refused() {
    let log = SampleLog::of_texts(2, 2, text);
    let trust = Trust { genesis_key: Some([3; 32]), ..Trust::default() };
    check_refused(&log.file(), trust, Some(0), |fault| matches!(fault, Fault::WrongKey { .. }));
}

#[test]
fn a_signature_by_another_key_is_refused_even_with_a_right_checksum() {
    let log = SampleLog::of_texts(2, 2, text);
    let mut blocks: Vec<Vec<u8>> = log.blocks.iter().map(|block| block.bytes.clone()).collect();
    let signature = log.blocks[1].view().head.signature;
    let place = blocks[1].windows(64).position(|window| window == signature).expect("present");
    blocks[1][place..place + 64].copy_from_slice(&log.blocks[0].view().head.signature);
    let covered = blocks[1].len() - 32;
    let checksum = *blake3::hash(&blocks[1][..covered]).as_bytes();
    blocks[1][covered..].copy_from_slice(&checksum);
    let file = file_of(&LOG_ID, blocks.into_iter());
    check_refused(&file, trusting(&log), Some(2), |fault| *fault == Fault::Signature { size: 4, epoch: 0 });
}

#[test]
fn a_rotation_that_the_key_before_did_not_sign_is_refused() {
    let mut log = SampleLog::of_texts(2, 2, text);
    log.key = SigningKey::from_bytes(&[66; 32]);
    log.rotate([67; 32]);
    log.append(4, &text(4));
    log.seal();
    check_refused(&log.file(), trusting(&log), Some(4), |fault| {
        matches!(fault, Fault::KeyStatement { epoch: 1, .. })
    });
}

/// A log of three blocks in hardware; the blocks state these counters.
fn counted(counters: [u64; 3]) -> SampleLog {
    let mut log = SampleLog::in_hardware(LOG_ID, SEED, Protection::Tpm, 7);
    for (sequence, counter) in (0..).zip(counters) {
        log.nv_counter = counter;
        log.append(4, &text(sequence));
        log.seal();
    }
    log
}

#[test]
fn a_hardware_counter_may_stand_still_and_rise_but_not_fall() {
    let honest = counted([7, 7, 9]);
    assert_eq!(verify(&honest.file(), trusting(&honest)).expect("honest").nv_counter, 9);
    for (counters, sequence, found, least) in
        [([6, 7, 8], 0, 6, 7), ([7, 9, 8], 2, 8, 9), ([7, 7, 0], 2, 0, 7)]
    {
        let log = counted(counters);
        let expected = CounterRule::AtLeast(least);
        check_refused(&log.file(), trusting(&log), Some(sequence), |fault| {
            *fault == Fault::Counter { found, expected }
        });
    }
}

#[test]
fn a_hardware_counter_is_that_of_the_epoch_and_absent_without_hardware() {
    let mut log = counted([7, 8, 9]);
    (log.statement.nv_counter, log.nv_counter) = (2, 3);
    log.rotate([5; 32]);
    log.append(4, &text(3));
    log.seal();
    assert_eq!(verify(&log.file(), trusting(&log)).expect("another TPM counts from elsewhere").nv_counter, 3);

    let mut software = SampleLog::of_texts(1, 1, text);
    software.nv_counter = 1;
    software.append(4, &text(1));
    software.seal();
    check_refused(&software.file(), trusting(&software), Some(1), |fault| {
        *fault == Fault::Counter { found: 1, expected: CounterRule::Zero }
    });
}

#[test]
fn a_hardware_counter_that_somebody_else_wrote_is_refused() {
    let log = counted([7, 8, 9]);
    let mut blocks: Vec<Vec<u8>> = log.blocks.iter().map(|block| block.bytes.clone()).collect();
    let newest = log.blocks[2].view();
    let stated = [newest.head.signature.as_slice(), &9_u64.to_le_bytes()].concat();
    let place = blocks[2].windows(stated.len()).position(|window| window == stated).expect("present") + 64;
    blocks[2][place] = 12;
    mend_checksum(&mut blocks[2]);
    let file = file_of(&LOG_ID, blocks.into_iter());
    check_refused(&file, trusting(&log), Some(2), |fault| {
        *fault == Fault::CounterSignature { found: 12, epoch: 0 }
    });
}

#[test]
fn a_newer_format_and_a_foreign_file_are_named() {
    let log = SampleLog::of_texts(1, 1, text);
    let mut newer = log.file();
    newer[8] = 9;
    check_refused(&newer, trusting(&log), None, |fault| {
        matches!(fault, Fault::NewerVersion { found: 9, .. })
    });
    check_refused(&[b'x'; 400], trusting(&log), None, |fault| matches!(fault, Fault::Foreign { .. }));
    check_refused(b"", trusting(&log), None, |fault| matches!(fault, Fault::Truncated { .. }));
    check_refused(&file_of(&LOG_ID, std::iter::empty()), trusting(&log), None, |fault| {
        *fault == Fault::Empty
    });
}
