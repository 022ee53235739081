//! What runs short delays tasks and never fails them.

use crate::served::{Place, Server, may, until};
use serde_json::{Value, json};
use std::path::PathBuf;

/// More than fit into the descriptors that the server may have.
const TASKS: usize = 60;

#[test]
fn short_of_descriptors_tasks_wait_and_all_succeed() {
    let place = Place::new();
    // The database, the listener and the runtime take some thirty.
    let server = Server::start(&place.serving("ulimit -n 120", &[]));
    let task = |number| json!({ "id": format!("t{number}"), "type": "PROCESS", "command": ["sleep", "0.4"] });
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    let workflow = server.submit(tasks.into());
    let shown = server.wait_ended(&workflow);
    assert_eq!(
        (&shown["status"], &shown["counts"]["completed"]),
        (&"COMPLETED".into(), &TASKS.into()),
        "{shown}"
    );
    assert!(!short_alerts(&server, "?resolved=true").is_empty(), "it was said");
    until(|| server.get("/v1/health")["status"] == "ok");
    server.stop();
}

/// Alerts that the machine is short of something: those that are open, or all.
fn short_alerts(server: &Server, which: &str) -> Vec<Value> {
    let alerts = server.get(&format!("/v1/alerts{which}"));
    let alerts = alerts["alerts"].as_array().expect("a list").iter();
    alerts.filter(|alert| alert["kind"] == "MACHINE_SHORT").cloned().collect()
}

/// What lies in the way of the vault's files, in the server's own name space.
fn ballast(server: &Server, place: &Place) -> PathBuf {
    let path = place.log().join("vault/blobs/ballast");
    PathBuf::from(format!("/proc/{}/root{}", server.id(), path.display()))
}

#[test]
fn short_of_space_for_output_an_attempt_ends_when_that_is_sealed_and_nothing_is_lost() {
    if !may("a file system of its own", &["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]) {
        return;
    }
    // No space; and no inode for another file.
    for options in ["size=2m", "size=4m,nr_inodes=4"] {
        let place = Place::new();
        let blobs = place.log().join("vault/blobs");
        let first = format!(
            "mount -t tmpfs -o {options} tmpfs {0} && mkdir {0}/ballast && touch {0}/ballast/more && \
             head -c 2m /dev/zero > {0}/ballast/much",
            blobs.display()
        );
        let words = ["unshare", "-rm"].map(str::to_owned).into_iter().chain(place.serving(&first, &[]));
        let server = Server::start(&words.collect::<Vec<_>>());
        // More than pipes hold.
        let much = server.run("seq 100000; seq 50000 >&2");
        until(|| server.get("/v1/health")["shortage"].is_string());
        assert_eq!(server.printed("echo small"), "small", "what needs no file goes on");
        assert_eq!(short_alerts(&server, "").len(), 1);
        let health = server.get("/v1/health");
        assert_eq!(health["status"], "degraded");
        assert!(health["shortage"].as_str().is_some_and(|why| why.contains("No space left")), "{health}");
        assert_eq!(server.get(&format!("/v1/workflows/{much}"))["status"], "RUNNING");

        std::fs::remove_dir_all(ballast(&server, &place)).expect("there is room again");
        let shown = server.wait_ended(&much);
        assert_eq!(shown["status"], "COMPLETED", "{shown}");
        let attempts = server.get(&format!("/v1/workflows/{much}/attempts?task=a"));
        assert_eq!(attempts["attempts"].as_array().expect("a list").len(), 1, "{attempts}");
        for (stream, last) in [("stdout", 100_000), ("stderr", 50_000)] {
            let whole: String = (1..=last).map(|number| format!("{number}\n")).collect();
            let written = server.text(&format!("/v1/workflows/{much}/output?task=a&stream={stream}"));
            assert_eq!(written.len(), whole.len(), "{stream}");
            assert!(written == whole);
        }
        until(|| short_alerts(&server, "").is_empty());
        until(|| server.get("/v1/health")["status"] == "ok");
        server.stop();
    }
}
