//! Copies of a directory that is served: the copy harms nothing, serves only when it was adopted, and a backup that is
//! restored goes on with everything that it had.

use crate::program::{Log, text};
use crate::server::Server;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

fn ask(server: &Server, path: &str) -> Value {
    let mut answer = ureq::get(format!("{}{path}", server.url)).call().expect("answers");
    serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("a document")
}

fn submit(server: &Server, definition: &str) -> String {
    let request = ureq::post(format!("{}/v1/workflows", server.url)).content_type("application/json");
    let mut answer = request.send(definition).expect("accepts");
    let document: Value =
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON");
    document["workflow_id"].as_str().expect("an id").to_owned()
}

/// Waits until a workflow stands so, and says how it stands.
#[track_caller]
fn wait_for(server: &Server, id: &str, status: &str) -> Value {
    for _ in 0..200 {
        let shown = ask(server, &format!("/v1/workflows/{id}"));
        if shown["status"] == status {
            return shown;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{id} is not {status}: {}", ask(server, &format!("/v1/workflows/{id}")));
}

const SAYS: &str = r#"{"name":"said","tasks":[{"id":"say","type":"PROCESS","command":["echo","kept"]}]}"#;
/// Ends when the file that it waits for is there.
const WAITS: &str = r#"{"name":"waits","tasks":[{"id":"wait","type":"PROCESS","command":["sh","-c","until test -e \"$0\"; do sleep 0.05; done","@FILE@"]}]}"#;

#[test]
fn a_copy_of_a_served_directory_is_not_served_and_harms_nothing() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let server = log.serve();
    let file = log.beside("go");
    let live = submit(&server, &WAITS.replace("@FILE@", text(&file)));
    wait_for(&server, &live, "RUNNING");
    let stolen = log.beside("copy");
    copy(&log.path(), &stolen);
    for verb in [&["serve", "--listen", "127.0.0.1:0"][..], &["dev", "--listen", "127.0.0.1:0"]] {
        let said = log.command(&[verb, &["--dir", text(&stolen)]].concat()).output().expect("runs");
        let errors = String::from_utf8_lossy(&said.stderr).into_owned();
        // Files that were copied one after another may not fit together either.
        assert_eq!(said.status.code(), Some(1), "{errors}");
        assert!(errors.contains("triad log adopt") || errors.contains("triad log repair"), "{errors}");
    }
    assert_eq!(ask(&server, &format!("/v1/workflows/{live}"))["status"], "RUNNING", "it still runs");
    std::fs::write(&file, b"").expect("writes");
    let ended = wait_for(&server, &live, "COMPLETED");
    assert_eq!(ended["tasks"][0]["attempts"], 1, "{ended}");
    server.stop();
}

#[test]
fn a_backup_is_restored_somewhere_else_and_goes_on_with_all_that_it_had() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let key = log.genesis_key();
    let server = log.serve();
    let said = submit(&server, SAYS);
    wait_for(&server, &said, "COMPLETED");
    let file = log.beside("go");
    let waiting = submit(&server, &WAITS.replace("@FILE@", text(&file)));
    wait_for(&server, &waiting, "RUNNING");
    server.stop();
    let checkpoint = log.beside("checkpoint");
    std::fs::write(&checkpoint, log.run(&["log", "head", "--note"]).done() + "\n").expect("writes");
    copy(&log.path(), &log.beside("backup"));
    // As the documents say: the root of the vault is kept apart.
    std::fs::rename(log.beside("backup").join("vault/root"), log.beside("root")).expect("moves");

    std::fs::remove_dir_all(log.path()).expect("the disk failed");
    copy(&log.beside("backup"), &log.path());
    copy(&log.beside("root"), &log.path().join("vault/root"));
    let path = log.path();
    let verify = ["log", "verify", text(&path), "--key", &key, "--checkpoint", text(&checkpoint)];
    log.run(&verify).done();
    assert!(log.run(&["serve", "--listen", "127.0.0.1:0"]).refused().contains("triad log adopt"));
    let adopted = log.run(&["log", "adopt", "--reason", "the disk failed", "-o", "json"]).json();
    assert_eq!(adopted["before"], "its files are a copy of those that were written last");
    let again = log.run(&["log", "adopt", "-o", "json"]).json();
    assert_eq!(
        (&again["place"], &again["before"]),
        (&adopted["place"], &"it was here already; nothing was recorded".into())
    );
    let recorded = log.run(&["log", "show"]).done();
    assert_eq!(recorded.matches("log.adopted").count(), 1, "{recorded}");
    assert!(recorded.contains("the disk failed"), "{recorded}");

    let server = log.serve();
    let attempts = ask(&server, &format!("/v1/workflows/{said}/attempts?task=say&content=true"));
    assert!(attempts.to_string().contains("kept"), "{attempts}");
    std::fs::write(&file, b"").expect("writes");
    wait_for(&server, &waiting, "COMPLETED");
    server.stop();
    log.run(&verify).done();
}

#[test]
fn whoever_reads_a_directory_that_a_server_writes_sees_it_as_it_was_at_one_moment() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let (key, server) = (log.genesis_key(), log.serve());
    let path = log.path();
    let mut sizes = Vec::new();
    for _ in 0..8 {
        for _ in 0..20 {
            submit(&server, r#"{"name":"nothing","tasks":[{"type":"NOOP"}]}"#);
        }
        let verified = log.run(&["log", "verify", text(&path), "--key", &key, "-o", "json"]).json();
        sizes.push(verified["size"].as_u64().expect("a size"));
        let proof = log.beside("proof");
        std::fs::write(&proof, log.run(&["log", "prove", "0"]).done() + "\n").expect("writes");
        log.run(&["log", "check", text(&proof), "--key", &key]).done();
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[7], "{sizes:?}");
    let end = ask(&server, "/v1/log/head")["size"].as_u64().expect("a size");
    assert!(sizes[7] >= 160 && sizes[7] <= end, "what was acknowledged is there: {sizes:?} of {end}");
    log.run(&["log", "copy", text(&log.beside("copy.triadlog"))]).done();
    log.run(&["key", "show"]).done();
    server.stop();
}
