//! Receipts: what a submitter gets, and who believes it.

use super::harness::Running;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use metamorphic_log::checkpoint::Checkpoint as OtherCheckpoint;
use metamorphic_log::note::VerifierKey;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint as AzulCheckpoint, Hash as AzulHash, check_record, record_hash};
use triad_proof::note::Verifier;
use triad_replay::receipt::{Receipt, verify};

const NOTHING: &str = r#"{"name":"nothing","tasks":[{"type":"NOOP"}]}"#;

fn genesis_key(server: &Running) -> String {
    server.get("/v1/log/head").json()["genesis_key"].as_str().expect("a key").to_owned()
}

fn verified(server: &Running, receipt: &str) -> Receipt {
    let key = Verifier::parse(&genesis_key(server)).expect("a verifying key");
    verify(receipt.as_bytes(), &[key]).unwrap_or_else(|why| panic!("{why}: {receipt}"))
}

#[test]
fn a_submitter_gets_the_proof_of_what_was_accepted() {
    let server = Running::start();
    let id = server.submit(NOTHING);
    let answer = server.get(&format!("/v1/workflows/{id}/receipt"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let receipt = verified(&server, &answer.body);
    let shown = server.get(&format!("/v1/workflows/{id}")).json();
    let document = receipt.document();
    for (field, expected) in [
        ("sequence", &shown["accepted"]["sequence"]),
        ("time", &shown["accepted"]["time"]),
        ("kind", &"intake.workflow_accepted".into()),
        ("stream", &id.as_str().into()),
    ] {
        assert_eq!(&document[field], expected, "{field} in {document}");
    }
    let sequence = receipt.header.sequence;
    assert!(answer.head.contains("content-type: text/x.tlog-proof; charset=utf-8"), "{}", answer.head);
    assert!(answer.head.contains(&format!("filename=\"{sequence}.tlog-proof\"")), "{}", answer.head);
}

#[test]
fn every_record_of_a_workflow_has_a_receipt_also_after_a_restart() {
    let mut server = Running::start();
    let id = server.submit(NOTHING);
    server.finished(&id);
    server.restart();
    let timeline = server.get(&format!("/v1/workflows/{id}/timeline")).json();
    let lines = timeline["lines"].as_array().expect("lines");
    assert!(lines.len() > 4, "{timeline}");
    for line in lines {
        let answer = server.get(&format!("/v1/workflows/{id}/receipt?sequence={}", line["sequence"]));
        let document = verified(&server, &answer.body).document();
        for field in ["sequence", "kind", "time"] {
            assert_eq!(document[field], line[field], "{field} of {line}");
        }
    }
}

#[test]
fn a_receipt_that_is_held_is_not_sent_again() {
    let server = Running::start();
    let id = server.submit(NOTHING);
    server.finished(&id);
    let ask = |tag: &str| {
        let path = format!("/v1/workflows/{id}/receipt");
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nif-none-match: {tag}\r\n\r\n"
        );
        server.raw(request.as_bytes())
    };
    let first = ask("\"another\"");
    let tag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
    let again = ask(&format!("\"another\", {tag}"));
    assert_eq!((first.status, again.status, again.body.as_str()), (200, 304, ""));
    // The next record makes another tree, so what is held is no longer the newest.
    server.submit(NOTHING);
    assert_eq!(ask(tag).status, 200);
}

#[test]
fn what_has_no_receipt_is_refused_by_name() {
    let server = Running::start();
    let (id, other) = (server.submit(NOTHING), server.submit(NOTHING));
    let end = server.durable_sequence() + 1_000_000;
    let accepted = server.get(&format!("/v1/workflows/{other}")).json()["accepted"]["sequence"].clone();
    let nobody = "1".repeat(32);
    for (path, status, code) in [
        (format!("{nobody}/receipt"), 404, "workflow_unknown"),
        (format!("{nobody}/receipt?sequence=0"), 404, "workflow_unknown"),
        (format!("{}/receipt", "0".repeat(32)), 404, "workflow_unknown"),
        (format!("{id}/receipt?sequence=0"), 404, "record_elsewhere"),
        (format!("{id}/receipt?sequence={accepted}"), 404, "record_elsewhere"),
        (format!("{id}/receipt?sequence={end}"), 404, "not_yet_recorded"),
        (format!("{id}/receipt?sequence={}", u64::MAX), 404, "not_yet_recorded"),
        (format!("{id}/receipt?sequence=-1"), 400, "invalid_query"),
        (format!("{id}/receipt?size=4"), 400, "invalid_query"),
    ] {
        let answer = server.get(&format!("/v1/workflows/{path}"));
        assert_eq!(answer.verdict(), (status, code.to_owned()), "{path}");
    }
}

/// What verifiers that others wrote need, cut out of a receipt by its lines.
struct Parts {
    entry: Vec<u8>,
    index: u64,
    path: Vec<[u8; 32]>,
    note: String,
}

fn cut(receipt: &str) -> Parts {
    let (head, note) = receipt.split_once("\n\n").expect("an empty line");
    let mut lines = head.lines().skip(1);
    let mut after = |prefix: &str| lines.next().and_then(|line| line.strip_prefix(prefix)).expect("its line");
    let entry = BASE64.decode(after("extra ")).expect("base64");
    let index = after("index ").parse().expect("a number");
    let hash = |line| BASE64.decode(line).expect("base64").try_into().expect("a hash");
    Parts { entry, index, path: lines.map(hash).collect(), note: note.to_owned() }
}

fn azul_accepts(parts: &Parts, vkey: &str) -> bool {
    let note = Note::from_bytes(parts.note.as_bytes()).expect("a note");
    let key = StandardVerifier::new(vkey).expect("our verifying key parses");
    note.verify(&VerifierList::new(vec![Box::new(key)])).expect("the checkpoint is signed");
    let checkpoint = AzulCheckpoint::from_bytes(note.text()).expect("a checkpoint");
    let path = parts.path.iter().copied().map(AzulHash).collect();
    let leaf = record_hash(&parts.entry);
    check_record(&path, checkpoint.size(), *checkpoint.hash(), parts.index, leaf).is_ok()
}

fn metamorphic_accepts(parts: &Parts, vkey: &str) -> bool {
    let key = VerifierKey::parse(vkey).expect("our verifying key parses");
    let checkpoint = OtherCheckpoint::from_signed_note(&parts.note, &[key]).expect("a signed checkpoint");
    let path: Vec<Vec<u8>> = parts.path.iter().map(|hash| hash.to_vec()).collect();
    let leaf = record_hash(&parts.entry).0;
    metamorphic_log::verify_inclusion(parts.index, checkpoint.size(), &leaf, &path, checkpoint.root_hash())
        .is_ok()
}

#[test]
fn verifiers_that_others_wrote_accept_a_receipt_and_refuse_one_for_another_record() {
    let server = Running::start();
    let (id, key) = (server.submit(NOTHING), genesis_key(&server));
    server.finished(&id);
    let mut parts = cut(&server.get(&format!("/v1/workflows/{id}/receipt")).body);
    assert!(azul_accepts(&parts, &key) && metamorphic_accepts(&parts, &key));
    parts.entry[100] ^= 1;
    assert!(!azul_accepts(&parts, &key) && !metamorphic_accepts(&parts, &key));
}
