//! The root of the vault is kept as the signing key is, and follows it.

use crate::program::{Log, text};
use crate::server::Server;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

const DEFINITION: &str = r#"{"name": "greeting", "tasks": [
    {"id": "greet", "type": "PROCESS", "command": ["sh", "-c", "echo hello \"$WHO\"; echo careful >&2; exit 3"],
     "env": {"WHO": "dear Ada"}}, {"id": "say", "type": "NOOP", "input": "two\nlines"}]}"#;

fn ask(log: &Log, server: &Server, words: &[&str]) -> String {
    log.run(&[words, &["--server", &server.url]].concat()).done()
}

fn submitted(log: &Log, server: &Server) -> String {
    let file = log.beside("definition.json");
    fs::write(&file, DEFINITION).expect("writes");
    let followed = log.run(&["workflow", "submit", text(&file), "--watch", "--server", &server.url]);
    let id = String::from_utf8_lossy(&followed.0.stdout).trim_end().to_owned();
    assert!(followed.errors().contains("greet exited with code 3"), "{}", followed.errors());
    // It does not complete, which is what the exit code says.
    let watched = log.run(&["workflow", "watch", &id, "--server", &server.url]);
    assert_eq!((followed.0.status.code(), watched.0.status.code()), (Some(1), Some(1)));
    let said = String::from_utf8_lossy(&watched.0.stdout).into_owned();
    assert!(said.contains("greet exited with code 3") && said.contains(": careful"), "{said}");
    id
}

fn shows(log: &Log, server: &Server, id: &str) {
    let shown = ask(log, server, &["workflow", "show", id, "--task", "greet"]);
    // How long it took stands in between.
    assert!(shown.starts_with("attempt 1  EXITED with code 3, after "), "{shown}");
    let streams = "\n--- stdout, 15 bytes\nhello dear Ada\n--- stderr, 8 bytes\ncareful";
    assert!(shown.ends_with(streams), "{shown}");
}

fn keep(file: &Path, bytes: &[u8]) {
    fs::write(file, bytes).expect("writes");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("changes");
}

#[test]
fn what_was_sealed_is_opened_after_every_rotation() {
    let mut log = Log::nowhere();
    log.passphrase = Some("one");
    log.run(&["log", "init", "--protection", "passphrase"]).done();
    let server = log.serve();
    let id = submitted(&log, &server);
    shows(&log, &server, &id);
    let input = ask(&log, &server, &["workflow", "show", &id, "--input", "greet"]);
    assert_eq!(input, "WHO=\"dear Ada\"\nsh -c \"echo hello \\\"$WHO\\\"; echo careful >&2; exit 3\"");
    assert_eq!(ask(&log, &server, &["workflow", "show", &id, "--input", "say"]), "two\nlines");
    let raw = ask(&log, &server, &["workflow", "show", &id, "--task", "greet", "--raw", "stderr"]);
    assert_eq!(raw, "careful");
    server.stop();

    let next = log.beside("next.txt");
    fs::write(&next, "two").expect("writes");
    let rotate = ["key", "rotate", "--protection", "passphrase", "--new-passphrase-file", text(&next)];
    log.run(&rotate).done();
    let said = log.run(&["serve", "--listen", "127.0.0.1:0"]).refused();
    assert!(said.contains("the passphrase does not open"), "{said}");
    log.passphrase = Some("two");
    let server = log.serve();
    shows(&log, &server, &id);
    server.stop();

    log.run(&["key", "rotate"]).done();
    log.passphrase = None;
    let server = log.serve();
    shows(&log, &server, &id);
    server.stop();
    let root = log.path().join("vault/root");
    assert_eq!(fs::metadata(&root).expect("it is there").mode() & 0o777, 0o600);
    assert!(!log.path().join("vault/root.new").exists());
}

#[test]
fn a_rotation_that_was_cut_off_is_finished_or_forgotten() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let server = log.serve();
    let id = submitted(&log, &server);
    server.stop();
    let (root, next) = (log.path().join("vault/root"), log.path().join("vault/root.new"));
    let before = fs::read(&root).expect("reads");
    log.run(&["key", "rotate"]).done();
    // The epoch began, and then the machine stopped.
    fs::rename(&root, &next).expect("renames");
    keep(&root, &before);
    let server = log.serve();
    shows(&log, &server, &id);
    server.stop();
    assert!(!next.exists(), "it took over");
    // The machine stopped before the epoch began: what lies there follows no key in force.
    keep(&next, &before);
    let server = log.serve();
    shows(&log, &server, &id);
    server.stop();
    log.run(&["key", "rotate"]).done();
    let server = log.serve();
    shows(&log, &server, &id);
    server.stop();
    assert!(!next.exists(), "a new one took its place");
}

#[test]
fn without_its_root_the_vault_stays_closed_and_the_log_goes_on() {
    let mut log = Log::nowhere();
    let recovery = log.beside("recovery.key");
    let made = log.run(&["key", "init", text(&recovery), "-o", "json"]).json();
    let public = made["verifying_key"].as_str().expect("a key");
    log.passphrase = Some("forgotten");
    log.run(&["log", "init", "--protection", "passphrase", "--recovery-key", public]).done();
    log.passphrase = None;
    let recovered = log.run(&["key", "recover", "--recovery-key", text(&recovery)]);
    let said = String::from_utf8_lossy(&recovered.0.stderr).into_owned();
    recovered.done();
    assert!(said.contains("the root of the vault stays as it was kept before"), "{said}");
    log.run(&["log", "append", "it goes on"]).done();
    let said = log.run(&["serve", "--listen", "127.0.0.1:0"]).refused();
    assert!(said.contains("vault/root needs a passphrase"), "{said}");
    log.passphrase = Some("forgotten");
    log.serve().stop();

    let root = log.path().join("vault/root");
    fs::rename(&root, log.beside("root")).expect("moves");
    let said = log.run(&["serve", "--listen", "127.0.0.1:0"]).refused();
    assert!(said.contains("vault/root is missing"), "{said}");
    let other = Log::nowhere();
    other.run(&["log", "init"]).done();
    fs::copy(other.path().join("vault/root"), &root).expect("copies");
    let said = log.run(&["serve", "--listen", "127.0.0.1:0"]).refused();
    assert!(said.contains("the wrapping root is not the one of"), "{said}");
    fs::rename(log.beside("root"), &root).expect("moves");
    log.serve().stop();
}

#[test]
fn a_data_subject_is_held_released_and_erased_from_the_command_line() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let server = log.serve();
    let id = submitted(&log, &server);
    let subject = |words: &[&str]| log.run(&[&["subject"], words, &[&*id, "--server", &server.url]].concat());
    let shown = subject(&["hold", "--name", "case-17", "--reason", "an order"]).done();
    assert!(
        shown.contains("state          HELD") && shown.contains("hold           case-17 since "),
        "{shown}"
    );
    let said = subject(&["erase"]).refused();
    assert!(said.contains("under 1 legal holds") && said.contains("the refusal is recorded"), "{said}");
    subject(&["release", "--name", "case-17", "--reason", "closed"]).done();
    ask(&log, &server, &["setting", "set", "retention_min", "3600000"]);
    assert!(subject(&["erase"]).refused().contains("must be kept until"));
    ask(&log, &server, &["setting", "set", "retention_min", "0"]);
    assert!(ask(&log, &server, &["setting", "list"]).contains("retention_min"));
    let erased = subject(&["erase", "--reason", "request 2211", "-o", "json"]).json();
    assert_eq!((&erased["state"], &erased["refusals"]), (&"ERASED".into(), &2.into()), "{erased}");
    let shown = ask(&log, &server, &["workflow", "show", &id, "--task", "greet"]);
    assert!(
        shown.contains("--- stdout, 15 bytes, erased: the key of its data subject is destroyed"),
        "{shown}"
    );
    let said =
        log.run(&["workflow", "show", &id, "--task", "greet", "--raw", "stdout", "--server", &server.url]);
    assert!(said.refused().contains("Nobody can read it any more"));
    server.stop();
    log.run(&["log", "verify"]).done();
}

#[test]
fn what_cannot_be_shown_although_it_should_be_is_a_failure_of_the_command() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let server = log.serve();
    let file = log.beside("long.json");
    let definition = r#"{"tasks": [{"id": "count", "type": "PROCESS", "command": ["seq", "100000"]}]}"#;
    fs::write(&file, definition).expect("writes");
    let followed = log.run(&["workflow", "submit", text(&file), "--watch", "--server", &server.url]);
    let id = followed.done();
    let shown = || log.run(&["workflow", "show", &id, "--task", "count", "--server", &server.url]);
    shown().done();
    fs::remove_dir_all(log.path().join("vault/blobs")).expect("removes");
    let said = shown().refused();
    assert!(said.contains("content is missing"), "{said}");
    server.stop();
}
