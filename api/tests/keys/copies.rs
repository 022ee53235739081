//! Copies of a directory that is served: the copy harms nothing, serves only when it was adopted, and a backup that is
//! restored goes on with everything that it had.

use crate::program::{Log, Said, text};
use crate::server::Server;
use serde_json::Value;
use std::path::{Path, PathBuf};
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

/// A file system that is mounted for a test.
struct Mounted(PathBuf);

impl Mounted {
    /// None when nothing can be mounted here, which is said.
    fn mount(test: &str, arguments: &[&str], on: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&on).expect("creates");
        let mounted = Command::new("mount").args(arguments).arg(&on).output();
        if mounted.as_ref().is_ok_and(|done| done.status.success()) {
            return Some(Self(on));
        }
        fixtures::swtpm::skipped(test, "nothing can be mounted here");
        None
    }

    fn remount(&self, option: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(&self.0).status();
        assert!(done.expect("mount runs").success(), "{option}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

const DISK: &[&str] = &["-t", "tmpfs", "-o", "size=200m,mode=755", "tmpfs"];

#[test]
fn a_bind_mount_is_the_same_place_and_another_disk_is_not() {
    let (log, test) = (Log::nowhere(), "a_bind_mount_is_the_same_place");
    let Some(first) = Mounted::mount(test, DISK, log.beside("first")) else { return };
    let Some(second) = Mounted::mount(test, DISK, log.beside("second")) else { return };
    let at = |directory: &Path, verb: &[&str]| {
        Said(log.command(&[verb, &["--dir", text(directory)]].concat()).output().expect("runs"))
    };
    let (place, bound) = (first.0.join("log"), log.beside("bound"));
    at(&place, &["log", "init"]).done();
    let Some(bind) = Mounted::mount(test, &["--bind", text(&place)], bound) else { return };
    at(&bind.0, &["log", "append", "through the other name"]).done();
    at(&place, &["log", "append", "and back"]).done();
    drop(bind);
    // As `mv` does across file systems.
    let moved = second.0.join("log");
    copy(&place, &moved);
    std::fs::remove_dir_all(&place).expect("removes");
    assert!(at(&moved, &["log", "append", "moved"]).refused().contains("triad log adopt"));
    at(&moved, &["log", "adopt"]).done();
    at(&moved, &["log", "append", "moved"]).done();
}

#[test]
fn everything_that_reads_works_on_a_file_system_that_cannot_be_written() {
    let (log, test) = (Log::nowhere(), "everything_that_reads_works_read_only");
    let Some(disk) = Mounted::mount(test, DISK, log.path()) else { return };
    let directory = disk.0.join("log");
    let run = |verb: &[&str], more: &[&str]| {
        let at = ["--dir", text(&directory)];
        Said(log.command(&[verb, &at, more].concat()).output().expect("runs"))
    };
    run(&["log", "init"], &[]).done();
    run(&["log", "append"], &["one", "two"]).done();
    let key = run(&["log", "head", "--key"], &[]).done();
    disk.remount("ro");
    let keep = |name: &str, said: Said| {
        let file = log.beside(name);
        std::fs::write(&file, said.done() + "\n").expect("writes");
        file
    };
    let checkpoint = keep("checkpoint", run(&["log", "head", "--note"], &[]));
    let statement = keep("statement", run(&["log", "head", "--statement"], &[]));
    let proof = keep("proof", run(&["log", "prove"], &["3"]));
    let extension = keep("extension", run(&["log", "extend"], &[text(&checkpoint)]));
    for (file, since) in [(&statement, None), (&proof, None), (&extension, Some(&checkpoint))] {
        let mut arguments = vec!["log", "check", text(file), "--key", &key];
        arguments.extend(since.iter().flat_map(|since| ["--since", text(since)]));
        log.run(&arguments).done();
    }
    run(&["log", "copy"], &[text(&log.beside("copy.triadlog"))]).done();
    run(&["log", "tiles"], &[text(&log.beside("tiles"))]).done();
    run(&["key", "show"], &[]).done();
    log.run(&["log", "show", text(&directory)]).done();
    let checked = ["--key", &key, "--checkpoint", text(&checkpoint)];
    log.run(&[&["log", "verify", text(&directory)], &checked[..]].concat()).done();
    let refused = run(&["log", "append"], &["three"]);
    assert_eq!(refused.0.status.code(), Some(3));
    assert!(
        refused.errors().contains("reading, copying and verifying work as it is"),
        "{}",
        refused.errors()
    );
}

#[test]
fn no_room_for_temporary_files_is_said_and_a_log_is_written_without_any() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let without = |arguments: &[&str]| {
        Said(log.command(arguments).env("TMPDIR", log.beside("nowhere")).output().expect("runs"))
    };
    let said = without(&["log", "head"]);
    assert_eq!(said.0.status.code(), Some(3));
    assert!(said.errors().contains("name another directory in TMPDIR"), "{}", said.errors());
    without(&["log", "append", "one"]).done();
}

#[test]
fn a_directory_that_is_moved_while_it_is_served_ends_the_server_and_nothing_acknowledged_is_lost() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let mut server = log.serve();
    let nothing = r#"{"name":"nothing","tasks":[{"type":"NOOP"}]}"#;
    submit(&server, nothing);
    let elsewhere = log.beside("elsewhere");
    std::fs::rename(log.path(), &elsewhere).expect("renames");
    let request = ureq::post(format!("{}/v1/workflows", server.url)).content_type("application/json");
    assert!(request.send(nothing).is_err(), "nothing is accepted any more");
    assert!(!server.process.wait().expect("it ends by itself").success());
    std::fs::rename(&elsewhere, log.path()).expect("renames");
    log.run(&["log", "verify"]).done();
    log.serve().stop();
}
