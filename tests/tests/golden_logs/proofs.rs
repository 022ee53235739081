//! What the second reader says of proof files, notes, keys, records and watermarks that this crate made.

use super::draws::Draws;
use super::kept::{path, vkey};
use super::second_reader::{argument, field, run, scratch};
use fixtures::golden::{GoldenLog, logs};
use fixtures::tree_rows::TreeRows;
use triad_proof::KeyStatement;
use triad_proof::checkpoint::verifier;
use triad_proof::header::HEADER_LENGTH;
use triad_proof::held::SignedCheckpoint;
use triad_proof::note::Verifier;
use triad_proof::path::{consistency, inclusion};
use triad_proof::proof_file::{
    consistency_file, inclusion_file, verify_consistency_file, verify_inclusion_file,
};

/// Runs of the second reader take a tenth of a second each.
const TAMPERED_PROOFS: usize = 25;

fn golden(file_name: &str) -> GoldenLog {
    logs().into_iter().find(|golden| golden.file_name == file_name).expect("a golden log of that name")
}

fn headers(golden: &GoldenLog) -> Vec<[u8; HEADER_LENGTH]> {
    let views = golden.log.blocks.iter().map(|block| block.view());
    let headers = views.flat_map(|view| {
        let records: Vec<_> = view.records().map(|record| *record.expect("sound").header_bytes).collect();
        records
    });
    headers.collect()
}

fn signed(golden: &GoldenLog, block: usize) -> String {
    golden.log.note(block)
}

fn trusted(golden: &GoldenLog) -> [Verifier; 1] {
    [verifier(&golden.log.log_id, golden.log.verifying_key())]
}

fn inclusion_of(golden: &GoldenLog, index: u64, block: usize) -> String {
    let headers = headers(golden);
    let size = golden.log.blocks[block].view().tree_size();
    let Ok(path) = inclusion(index, size, &mut TreeRows::of_entries(&headers));
    inclusion_file(&headers[index as usize], index, &path, &signed(golden, block))
}

fn consistency_between(golden: &GoldenLog, old: usize, new: usize) -> String {
    let sizes = [old, new].map(|block| golden.log.blocks[block].view().tree_size());
    let Ok(path) = consistency(sizes[0], sizes[1], &mut TreeRows::of_entries(headers(golden)));
    consistency_file(sizes[0], &path, &signed(golden, new))
}

#[test]
fn inclusion_proofs_hold_for_the_second_reader_and_tampered_ones_for_neither() {
    let golden = golden("v1-blocks.triadlog");
    let key = vkey(&golden.log);
    for (index, block) in [(0, 0), (0, 8), (255, 8), (256, 8), (309, 8), (40, 5)] {
        let proof = inclusion_of(&golden, index, block);
        assert!(verify_inclusion_file(&proof, &trusted(&golden)).is_ok());
        let file = scratch("included.tlog-proof", proof.as_bytes());
        let found = run(&["proof", argument(&file), "--key", &key]);
        assert!(found.holds, "{}", found.output);
        assert_eq!(field(&found.output, "index"), index.to_string());
    }
    let proof = inclusion_of(&golden, 200, 8);
    for number in 0..TAMPERED_PROOFS {
        let mut bytes = proof.clone().into_bytes();
        Draws::new(&format!("inclusion {number}")).flip(&mut bytes);
        let ours = std::str::from_utf8(&bytes)
            .is_ok_and(|text| verify_inclusion_file(text, &trusted(&golden)).is_ok());
        let file = scratch("tampered.tlog-proof", &bytes);
        let found = run(&["proof", argument(&file), "--key", &key]);
        assert!(!ours && !found.holds && found.output.starts_with("broken "), "{number}: {}", found.output);
    }
}

#[test]
fn consistency_proofs_hold_for_the_second_reader_and_tampered_ones_for_neither() {
    let golden = golden("v1-blocks.triadlog");
    let key = vkey(&golden.log);
    for (old, new) in [(0, 8), (3, 8), (7, 8), (8, 8), (1, 2)] {
        let older = scratch("older.checkpoint", signed(&golden, old).as_bytes());
        let file = scratch("extends.proof", consistency_between(&golden, old, new).as_bytes());
        let found = run(&["consistency", argument(&file), "--key", &key, "--old", argument(&older)]);
        assert!(found.holds, "{old} to {new}: {}", found.output);
    }
    let older = SignedCheckpoint::read(&signed(&golden, 4)).expect("a checkpoint");
    let held = scratch("tampered.older.checkpoint", signed(&golden, 4).as_bytes());
    for number in 0..TAMPERED_PROOFS {
        let mut bytes = consistency_between(&golden, 4, 8).into_bytes();
        Draws::new(&format!("consistency {number}")).flip(&mut bytes);
        let ours = std::str::from_utf8(&bytes)
            .is_ok_and(|text| verify_consistency_file(text, &older, &trusted(&golden)).is_ok());
        let file = scratch("tampered.proof", &bytes);
        let found = run(&["consistency", argument(&file), "--key", &key, "--old", argument(&held)]);
        assert!(!ours && !found.holds && found.output.starts_with("broken "), "{number}: {}", found.output);
    }
}

#[test]
fn a_proof_of_another_log_or_without_its_older_checkpoint_is_refused_by_the_second_reader() {
    let (golden, other) = (golden("v1-blocks.triadlog"), golden("v1-empty-payloads.triadlog"));
    let file = scratch("foreign.tlog-proof", inclusion_of(&golden, 7, 8).as_bytes());
    assert!(!run(&["proof", argument(&file), "--key", &vkey(&other.log)]).holds);
    let file = scratch("alone.proof", consistency_between(&golden, 4, 8).as_bytes());
    assert!(!run(&["consistency", argument(&file), "--key", &vkey(&golden.log)]).holds);
}

#[test]
fn the_second_reader_rebuilds_every_signed_note_and_every_key() {
    for golden in &logs() {
        let notes: Vec<String> = (0..golden.log.blocks.len()).map(|block| signed(golden, block)).collect();
        let path = path(golden);
        assert_eq!(run(&["notes", argument(&path)]).output, notes.join("\n"));
        let key =
            |statement: &KeyStatement| verifier(&golden.log.log_id, statement.verifying_key).to_string();
        let keys: Vec<String> = golden.log.epochs().statements().iter().map(key).collect();
        assert_eq!(run(&["keys", argument(&path)]).output, keys.join("\n") + "\n");
    }
}

#[test]
fn the_second_reader_prints_every_record_and_no_payload_that_was_removed() {
    for golden in logs() {
        let found = run(&["records", argument(&path(&golden))]);
        let headers = headers(&golden);
        assert!(found.holds, "{}", found.output);
        assert_eq!(found.output.lines().count(), headers.len());
        for (sequence, line) in found.output.lines().enumerate() {
            let begin = format!("{{\"sequence\": {sequence}, \"group\": ");
            assert!(line.starts_with(&begin) && line.ends_with('}'), "{line}");
            let present = line.contains("\"presence\": \"present\"");
            assert_eq!(line.ends_with("\"payload\": null}"), !present, "{line}");
        }
    }
}

fn slot(golden: &GoldenLog, generation: u64, sequence: u64, state: u8) -> Vec<u8> {
    let block = golden.log.blocks.iter().find(|block| block.last_sequence == sequence).expect("ends a block");
    let mut slot = b"TRIADMRK".to_vec();
    slot.extend_from_slice(&golden.log.log_id);
    slot.extend_from_slice(&generation.to_le_bytes());
    slot.extend_from_slice(&sequence.to_le_bytes());
    slot.extend_from_slice(&block.chain);
    slot.push(state);
    slot.extend_from_slice(&[0; 23]);
    let checksum = blake3::hash(&slot);
    slot.extend_from_slice(checksum.as_bytes());
    slot
}

#[test]
fn the_second_reader_takes_the_newer_valid_slot_of_a_watermark() {
    let golden = golden("v1-empty-payloads.triadlog");
    let slots = [slot(&golden, 8, 3, 1), slot(&golden, 9, 7, 2)];
    let (log, whole) = (path(&golden), slots.concat());
    let check = |bytes: &[u8], expected: Option<(&str, &str)>| {
        let file = scratch("watermark", bytes);
        let found = run(&["watermark", argument(&file), "--log", argument(&log)]);
        let read = found.holds.then(|| (field(&found.output, "sequence"), field(&found.output, "state")));
        assert_eq!(read, expected, "{}", found.output);
    };
    check(&whole, Some(("7", "closed")));
    let damaged = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes
    };
    check(&damaged(128 + 40), Some(("3", "open")));
    check(&damaged(40), Some(("7", "closed")));
    check(&[vec![0; 128], slots[1].clone()].concat(), Some(("7", "closed")));
    check(&[0; 256], None);
    check(&whole[..255], None);
}
