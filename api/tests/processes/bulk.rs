//! Bulk actions by the command line, and through the kill of a server: each workflow is acted on once.

use crate::served::{Place, Server, TRIAD, until};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

fn triad(server: &Server, words: &[&str]) -> Output {
    let command = [words, &["--server", &server.url]].concat();
    // In a session of its own there is no terminal to ask at.
    Command::new("setsid").arg("-w").arg(TRIAD).args(command).stdin(Stdio::null()).output().expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn submit(server: &Server, batch: &str, tasks: Value) -> String {
    let body = json!({ "name": batch, "labels": { "batch": batch }, "tasks": tasks }).to_string();
    let (status, answer) = server.post("/v1/workflows", &body);
    assert_eq!(status, 202, "{answer}");
    answer["workflow_id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_person_sees_what_is_meant_says_yes_and_follows_it() {
    let place = Place::new();
    let server = place.serve();
    for _ in 0..30 {
        submit(&server, "a", json!([{ "id": "go", "signal": "go" }]));
    }
    let command = ["bulk", "cancel", "--label", "batch=a", "--reason", "ticket 11"];
    let looked = triad(&server, &[&command[..], &["--dry-run"]].concat());
    assert!(said(&looked).starts_with("30 workflows found: 30 RUNNING\n  "), "{looked:?}");
    let unasked = triad(&server, &command);
    assert_eq!(unasked.status.code(), Some(2), "nobody can be asked: {unasked:?}");
    let paused = triad(&server, &["bulk", "pause", "--name", "a", "--reason", "x", "--yes", "--follow"]);
    assert_eq!(paused.status.code(), Some(0), "{paused:?}");
    assert!(said(&paused).contains("PAUSE   FINISHED    30 done, 0 not, of 30"), "{paused:?}");
    let resumed =
        triad(&server, &["bulk", "resume", "--label", "batch=a", "--reason", "x", "-y", "--follow"]);
    assert!(said(&resumed).contains("--status PAUSED --label batch=a: x"), "{resumed:?}");
    let cancelled = triad(&server, &[&command[..], &["--yes", "--follow", "-o", "json"]].concat());
    let cancelled: Value = serde_json::from_slice(&cancelled.stdout).expect("a document");
    assert_eq!((&cancelled["done"], &cancelled["refused"]), (&json!(30), &json!(0)), "{cancelled}");
    let id = cancelled["bulk_id"].as_str().expect("an id");
    let items = triad(&server, &["bulk", "items", id]);
    assert_eq!(said(&items).lines().filter(|line| line.contains("  DONE ")).count(), 30, "{items:?}");
    // What has ended cannot be paused: that is told, and the exit code says so.
    let late = triad(&server, &["bulk", "pause", "--label", "batch=a", "--reason", "x", "--yes", "--follow"]);
    assert_eq!(late.status.code(), Some(6), "{late:?}");
    assert_eq!(said(&triad(&server, &["bulk", "list"])).lines().count(), 4);
    assert!(said(&triad(&server, &["bulk", "show", id])).starts_with(id));
    let stopped = triad(&server, &["bulk", "stop", id, "--reason", "late"]);
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    let nothing = triad(&server, &["bulk", "retry", "--all", "--reason", "x"]);
    assert_eq!(nothing.status.code(), Some(0), "nothing failed: {nothing:?}");
    server.stop();
}

/// What came of each workflow, over all pages.
fn items(server: &Server, id: &str) -> BTreeMap<String, Value> {
    let (mut items, mut cursor) = (BTreeMap::new(), 1);
    loop {
        let page = server.get(&format!("/v1/bulk/{id}/items?cursor={cursor}"));
        for item in page["items"].as_array().expect("items") {
            let workflow = item["workflow_id"].as_str().expect("an id").to_owned();
            assert!(items.insert(workflow, item.clone()).is_none(), "each is listed once");
        }
        match page["next_cursor"].as_u64() {
            Some(next) => cursor = next,
            None => return items,
        }
    }
}

#[test]
fn a_kill_in_the_middle_leaves_each_workflow_acted_on_once() {
    let place = Place::new();
    let mut server = place.serve();
    let waits: Vec<String> =
        (0..250).map(|_| submit(&server, "a", json!([{ "id": "go", "signal": "go" }]))).collect();
    let failed: Vec<String> =
        (0..60).map(|_| submit(&server, "b", json!([{ "id": "a", "command": ["false"] }]))).collect();
    for workflow in &failed {
        assert_eq!(server.wait_ended(workflow)["status"], "FAILED");
    }
    let begin = |action: &str, batch: &str, status: &str| {
        let label = format!("batch:{batch}");
        let body = json!({ "action": action, "label": [label], "status": status, "reason": "ticket 11" });
        let (code, answer) = server.post("/v1/bulk", &body.to_string());
        assert_eq!(code, 202, "{answer}");
        answer["bulk_id"].as_str().expect("an id").to_owned()
    };
    let actions = [begin("CANCEL", "a", "RUNNING"), begin("RETRY", "b", "FAILED")];
    let has_ended = |server: &Server, id: &String| !server.get(&format!("/v1/bulk/{id}"))["ended"].is_null();
    let mut lives = 0;
    for pause in [8, 20, 35, 60, 90] {
        sleep(Duration::from_millis(pause));
        lives += u32::from(!actions.iter().all(|id| has_ended(&server, id)));
        server.kill();
        server = place.serve();
    }
    assert!(lives > 1, "it was killed in the middle");
    until(|| actions.iter().all(|id| has_ended(&server, id)));
    let [cancelled, retried] = actions.each_ref().map(|id| items(&server, id));
    assert_eq!(cancelled.len(), waits.len());
    for workflow in &waits {
        assert!(["DONE", "ALREADY"].contains(&cancelled[workflow]["outcome"].as_str().expect("an outcome")));
        let timeline = server.text(&format!("/v1/workflows/{workflow}/timeline"));
        assert_eq!(timeline.matches(&format!("bulk action {}", actions[0])).count(), 1, "{timeline}");
    }
    assert_eq!(retried.len(), failed.len());
    for workflow in &failed {
        let new = &retried[workflow]["retried_by"];
        assert_eq!(server.get(&format!("/v1/workflows/{workflow}"))["retried_by"], json!([new]));
    }
    server.stop();
}
