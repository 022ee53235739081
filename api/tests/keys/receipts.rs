//! Receipts from the command line, before and after a rotation.

use crate::program::{Log, text};
use crate::server::Server;
use serde_json::Value;
use triad_proof::note::Verifier;
use triad_replay::receipt::{Unmatched, Unproven, verify};

fn submit(server: &Server) -> String {
    let body = r#"{"name":"nothing","tasks":[{"type":"NOOP"}]}"#;
    let request = ureq::post(format!("{}/v1/workflows", server.url)).content_type("application/json");
    let mut answer = request.send(body).expect("accepts");
    let document: Value =
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON");
    document["workflow_id"].as_str().expect("an id").to_owned()
}

/// The verifying key of an epoch, as a reader takes it from the log's statements.
fn key_of(log: &Log, epoch: usize) -> Verifier {
    let genesis = Verifier::parse(&log.genesis_key()).expect("a verifying key");
    let shown = log.run(&["key", "show", "-o", "json"]).json();
    let hex = shown["epochs"][epoch]["verifying_key"].as_str().expect("a key").to_owned();
    let byte = |place: usize| u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).expect("hex");
    Verifier { key: std::array::from_fn(byte), ..genesis }
}

#[test]
fn a_receipt_is_written_once_printed_as_it_is_and_refused_with_the_reason_of_the_server() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let server = log.serve();
    let id = submit(&server);
    let get = |more: &[&str]| log.run(&[&["receipt", "get", &id, "--server", &server.url], more].concat());
    let file = log.beside("accepted.tlog-proof");
    let told = get(&["--out", text(&file), "-o", "json"]).json();
    let written = std::fs::read(&file).expect("written");
    let said = log.run(&["receipt", "get", &id, "--server", &server.url, "--out", text(&file)]);
    assert!(said.errors().contains("exists already: choose another name for --out"), "{}", said.errors());
    assert_eq!(std::fs::read(&file).expect("still there"), written);
    let printed = get(&["--sequence", &told["sequence"].to_string()]).done() + "\n";
    let end = (1u64 << 40).to_string();
    assert!(get(&["--sequence", &end]).refused().contains("beyond the end of the log"));
    assert!(get(&["--sequence", "0"]).refused().contains("record 0 is none of workflow"));
    server.stop();
    let key = key_of(&log, 0);
    for receipt in [written.as_slice(), printed.as_bytes()] {
        let receipt = verify(receipt, std::slice::from_ref(&key)).expect("verifies");
        assert_eq!(told["sequence"], receipt.header.sequence);
    }
}

#[test]
fn receipts_from_before_and_after_a_rotation_verify_with_the_key_of_genesis() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let server = log.serve();
    let id = submit(&server);
    let get = |server: &Server, name: &str| {
        let file = log.beside(name);
        log.run(&["receipt", "get", &id, "--server", &server.url, "--out", text(&file)]).done();
        std::fs::read(&file).expect("written")
    };
    let before = get(&server, "before.tlog-proof");
    server.stop();
    log.run(&["key", "rotate"]).done();
    let server = log.serve();
    let after = get(&server, "after.tlog-proof");
    server.stop();

    let (old, new) = (key_of(&log, 0), key_of(&log, 1));
    let one = |file: &[u8], key: &Verifier| verify(file, std::slice::from_ref(key));
    let first = one(&before, &old).expect("the older receipt keeps its key");
    let second = one(&after, &old).expect("it leads from the key of genesis to the one that signed");
    assert_eq!(one(&after, &new).as_ref(), Ok(&second), "the key of its epoch");
    let why = one(&before, &new).expect_err("a later key does not vouch for what was before it");
    assert_eq!(why, Unproven::OtherEpoch { signed_by: vec![old.key_id()], given: vec![new.key_id()] });
    assert!(why.to_string().contains("triad-replay verify COPY --key KEY"), "{why}");
    let keys = [old, new];
    assert_eq!(verify(&after, &keys).as_ref(), Ok(&second));
    assert_eq!(first.header, second.header, "the record is the same under both checkpoints");
    assert_eq!(second.header.key_epoch, 0, "it was written before the rotation");

    log.run(&["log", "append", "and then"]).done();
    let note = log.run(&["log", "head", "--note"]).done() + "\n";
    let sizes = second.compare(&note, &keys).expect_err("the log went on");
    assert!(matches!(sizes, Unmatched::OtherSize { .. }), "{sizes}");
}
