//! Receipts as an auditor gets them: what they prove, and that no damage makes one prove something else.

use fixtures::sample_log::{LOG_ID, SEED, SampleLog};
use fixtures::tree_rows::TreeRows;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use triad_proof::checkpoint::verifier;
use triad_proof::header::HEADER_LENGTH;
use triad_proof::note::Verifier;
use triad_proof::path::inclusion;
use triad_proof::proof_file::inclusion_file;
use triad_replay::receipt::{RECEIPT_BYTES_MAX, Receipt, verify};

/// The kind of an accepted workflow.
const ACCEPTED: u16 = 203;
const NEXT_SEED: [u8; 32] = [43; 32];

/// Three blocks of five records; with a rotation before the last one if so wished.
fn log(rotated: bool) -> SampleLog {
    let mut log = SampleLog::new(LOG_ID, SEED);
    for block in 0..3 {
        if block == 2 && rotated {
            log.rotate(NEXT_SEED);
        }
        for _ in 0..5 {
            log.append(ACCEPTED, b"accepted");
        }
        log.seal();
    }
    log
}

fn note(log: &SampleLog, block: usize, key: &Verifier) -> String {
    let view = log.blocks[block].view();
    view.checkpoint().note(key.key, &view.head.signature)
}

/// The receipt of a record under the checkpoint of a block, by somebody who leaves out what leads to its key.
fn receipt(log: &SampleLog, sequence: u64, block: usize, key: &Verifier) -> String {
    receipt_under(log, sequence, block, &note(log, block, key))
}

/// The receipt of a record as the log gives it.
fn whole_receipt(log: &SampleLog, sequence: u64, block: usize) -> String {
    receipt_under(log, sequence, block, &log.note(block))
}

fn receipt_under(log: &SampleLog, sequence: u64, block: usize, note: &str) -> String {
    let headers: Vec<[u8; HEADER_LENGTH]> = log
        .blocks
        .iter()
        .flat_map(|block| {
            let view = block.view();
            view.records().map(|record| *record.expect("sound").header_bytes).collect::<Vec<_>>()
        })
        .collect();
    let size = log.blocks[block].view().tree_size();
    let Ok(path) = inclusion(sequence, size, &mut TreeRows::of_entries(&headers));
    inclusion_file(&headers[sequence as usize], sequence, &path, note)
}

fn genesis(log: &SampleLog) -> Verifier {
    verifier(&LOG_ID, log.verifying_key())
}

fn newest(log: &SampleLog) -> Verifier {
    verifier(&LOG_ID, log.statement.verifying_key)
}

/// The program with files of its own.
struct Auditor {
    directory: TempDir,
}

impl Auditor {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let file = self.directory.path().join(name);
        std::fs::write(&file, bytes).expect("writes");
        file
    }

    /// Exit code, what it prints, and what it says beside.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let program = env!("CARGO_BIN_EXE_triad-replay");
        let output = Command::new(program).args(arguments).output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Checks a file under one key.
    fn check(&self, file: &Path, key: &Verifier, more: &[&str]) -> (Option<i32>, String, String) {
        self.run(&[&["receipt", path(file), "--key", &key.to_string()], more].concat())
    }
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a path of ours is text")
}

#[test]
fn it_says_what_the_header_proves() {
    let (log, auditor) = (log(false), Auditor::new());
    let key = genesis(&log);
    let file = auditor.file("7.tlog-proof", receipt(&log, 7, 2, &key));
    let (code, printed, said) = auditor.check(&file, &key, &["-o", "json"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let document: Value = serde_json::from_str(&printed).expect("one document");
    let header = log.blocks[1].view().record_at(7).expect("there").expect("sound").header;
    let hex = triad_proof::break_point::hex;
    for (field, expected) in [
        ("included", Value::from(true)),
        ("log_id", hex(&LOG_ID).into()),
        ("sequence", 7.into()),
        ("time", "2026-09-21T14:13:20.007Z".into()),
        ("kind", "intake.workflow_accepted".into()),
        ("stream", format!("03{}", "00".repeat(15)).into()),
        ("stream_ordinal", 1.into()),
        ("principal", "09".repeat(16).into()),
        ("payload_length", 8.into()),
        ("payload_commit", hex(&header.payload_commit).into()),
        ("size", 15.into()),
        ("root", hex(&log.blocks[2].view().head.root).into()),
        ("signed_by", key.to_string().into()),
        ("checkpoints_compared", 0.into()),
    ] {
        assert_eq!(document[field], expected, "{field}");
    }
    let (code, printed, _) = auditor.check(&file, &key, &[]);
    assert_eq!(code, Some(0));
    for word in ["record 7 of log", "2026-09-21T14:13:20.007Z", "intake.workflow_accepted", &"09".repeat(16)]
    {
        assert!(printed.contains(word), "{word} in {printed}");
    }
    assert_eq!(auditor.run(&["--json", "receipt", path(&file), "--key", &key.to_string()]).0, Some(0));
}

#[test]
fn no_part_of_a_receipt_is_one() {
    let log = log(false);
    let (key, whole) = (genesis(&log), receipt(&log, 7, 2, &genesis(&log)));
    let keys = [key];
    verify(whole.as_bytes(), &keys).expect("the whole one verifies");
    for length in 0..whole.len() {
        assert!(verify(&whole.as_bytes()[..length], &keys).is_err(), "{length} of {} bytes", whole.len());
    }
}

#[test]
fn no_flipped_bit_makes_a_receipt_prove_something_else() {
    let log = log(false);
    let keys = [genesis(&log)];
    let whole = receipt(&log, 7, 2, &keys[0]);
    let proved: Receipt = verify(whole.as_bytes(), &keys).expect("the whole one verifies");
    let mut refused = 0;
    for place in 0..whole.len() * 8 {
        let mut flipped = whole.clone().into_bytes();
        flipped[place / 8] ^= 1 << (place % 8);
        match verify(&flipped, &keys) {
            Ok(other) => assert_eq!(other, proved, "bit {place}"),
            Err(_) => refused += 1,
        }
    }
    // Every byte of a receipt means something.
    assert_eq!(refused, whole.len() * 8);
}

#[test]
fn every_record_has_a_receipt_under_every_checkpoint_that_covers_it_and_none_for_another() {
    let log = log(false);
    let keys = [genesis(&log)];
    for block in 0..3 {
        for sequence in 0..log.blocks[block].view().tree_size() {
            let file = receipt(&log, sequence, block, &keys[0]);
            let proved = verify(file.as_bytes(), &keys).expect("verifies");
            assert_eq!(proved.header.sequence, sequence);
            // The path of its neighbour, and the checkpoint of another block.
            let other =
                file.replacen(&format!("index {sequence}\n"), &format!("index {}\n", sequence + 1), 1);
            assert!(verify(other.as_bytes(), &keys).is_err(), "{sequence} as its neighbour");
            let (head, _) = file.split_once("\n\n").expect("an empty line");
            let moved = format!("{head}\n\n{}", note(&log, (block + 1) % 3, &keys[0]));
            assert!(verify(moved.as_bytes(), &keys).is_err(), "{sequence} under another checkpoint");
        }
    }
}

#[test]
fn after_a_rotation_a_receipt_leads_to_its_key_and_without_that_it_asks_for_it() {
    let (log, auditor) = (log(true), Auditor::new());
    let (old, new) = (genesis(&log), newest(&log));
    let whole = auditor.file("whole.tlog-proof", whole_receipt(&log, 7, 2));
    for key in [&old, &new] {
        let (code, printed, said) = auditor.check(&whole, key, &[]);
        assert!(code == Some(0) && printed.contains(&format!("signed by  {new}")), "{printed}{said}");
    }
    let file = auditor.file("7.tlog-proof", receipt(&log, 7, 2, &new));
    let (code, printed, said) = auditor.check(&file, &old, &[]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    for key in [&old, &new] {
        assert!(said.contains(&triad_proof::break_point::hex(&key.key_id())), "{said}");
    }
    assert!(said.contains("triad-replay verify COPY --key KEY"), "{said}");

    let copy = auditor.file("copy.triadlog", log.file());
    let (_, listed, _) = auditor.run(&["verify", path(&copy), "--key", &old.to_string(), "-o", "json"]);
    let listed: Value = serde_json::from_str(&listed).expect("one document");
    assert_eq!(listed["keys"], serde_json::json!([old.to_string(), new.to_string()]));
    assert_eq!(auditor.check(&file, &new, &[]).0, Some(0));
    assert_eq!(auditor.check(&file, &old, &["--key", &new.to_string()]).0, Some(0));
    let before = auditor.file("before.tlog-proof", receipt(&log, 7, 1, &old));
    assert_eq!(auditor.check(&before, &old, &[]).0, Some(0), "what was handed out before keeps its key");
}

#[test]
fn a_checkpoint_that_is_held_is_compared_and_nothing_else_passes_for_it() {
    let (log, auditor) = (log(false), Auditor::new());
    let key = genesis(&log);
    let file = auditor.file("7.tlog-proof", receipt(&log, 7, 2, &key));
    let against = |text: String| {
        let held = auditor.file("held.txt", text);
        auditor.check(&file, &key, &["--checkpoint", path(&held)])
    };
    let (code, printed, _) = against(note(&log, 2, &key));
    assert_eq!(code, Some(0));
    assert!(printed.contains("compared   the same as in 1"), "{printed}");

    // The same key signed another history of the same length.
    let mut other = SampleLog::new(LOG_ID, SEED);
    for _ in 0..15 {
        other.append(ACCEPTED, b"something else");
    }
    other.seal();
    let stranger = verifier(&LOG_ID, SampleLog::new(LOG_ID, [8; 32]).verifying_key());
    for (held, word) in [
        (note(&other, 0, &key), "shown in two versions"),
        (note(&log, 1, &key), "of size 10 and the receipt's of size 15"),
        (note(&log, 2, &stranger), "no checkpoint that a key of --key signed"),
        ("not a note".to_owned(), "not a signed note"),
    ] {
        let (code, _, said) = against(held);
        assert!(code == Some(1) && said.contains(word), "{code:?}: {said}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_exit_code() {
    let (log, auditor) = (log(false), Auditor::new());
    let key = genesis(&log);
    let whole = receipt(&log, 7, 2, &key);
    let file = auditor.file("7.tlog-proof", &whole);
    let elsewhere = verifier(b"some other log!!", log.verifying_key());
    let (code, _, said) = auditor.check(&file, &elsewhere, &["-o", "json"]);
    let document: Value = serde_json::from_str(&said).expect("one document");
    assert_eq!(code, Some(1));
    assert!(document["error"].as_str().is_some_and(|error| error.contains("no key of that log")), "{said}");
    for (bytes, word) in [
        (b"\xff\xfe".to_vec(), "not UTF-8"),
        (vec![b'x'; RECEIPT_BYTES_MAX as usize + 1], "longer than"),
        (Vec::new(), "no empty line"),
        (whole.replace('\n', "\r\n").into_bytes(), "line feed alone"),
    ] {
        let (code, _, said) = auditor.check(&auditor.file("wrong", bytes), &key, &[]);
        assert!(code == Some(1) && said.contains(word), "{code:?}: {said}");
    }
    let missing = auditor.directory.path().join("missing");
    assert_eq!(auditor.check(&missing, &key, &[]).0, Some(3));
    assert_eq!(auditor.check(auditor.directory.path(), &key, &[]).0, Some(3));
    assert_eq!(auditor.run(&["receipt", path(&file)]).0, Some(2), "a receipt without a key proves nothing");
    assert_eq!(auditor.run(&["receipt", path(&file), "--key", "nonsense"]).0, Some(2));
    assert_eq!(auditor.run(&["receipt", "--help"]).0, Some(0));
}
