//! Workflows that have ended go on with what failed, over HTTP.

use super::harness::Running;
use serde_json::{Value, json};
use std::path::Path;

const SECRET: &str = "the-rats-of-the-Beagle-1832";

/// `count` adds a line to a file each time it runs, `check` fails until another file is there, and each takes what those before
/// gave.
fn definition(directory: &Path) -> Value {
    let directory = directory.display();
    let count = format!("echo run >> {directory}/runs; echo {SECRET}");
    let check = format!("test -e {directory}/mended && echo checked \"$1\"");
    json!({ "name": "mend", "labels": { "region": "eu" }, "tasks": [
        { "id": "count", "command": ["sh", "-euc", count] },
        { "id": "each", "dependencies": ["count"], "for_each": ["a", "b"], "command": ["echo", "{item}"] },
        { "id": "check", "dependencies": ["count", "each"],
          "command": ["sh", "-euc", check, "check", "{count.output} {each.output.[1]}"] },
        { "id": "after", "dependencies": ["check"], "command": ["echo", "{check.output}"], "env": { "SAID": SECRET } },
    ] })
}

fn runs(directory: &Path) -> usize {
    std::fs::read_to_string(directory.join("runs")).expect("it ran").lines().count()
}

fn retry(server: &Running, id: &str, body: &Value) -> String {
    let answer = server.post(&format!("/v1/workflows/{id}/retry"), "", &body.to_string());
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["workflow_id"].as_str().expect("an id").to_owned()
}

fn outputs(server: &Running, id: &str) -> Value {
    server.get(&format!("/v1/workflows/{id}?outputs=true")).json()["outputs"].clone()
}

#[test]
fn a_retry_runs_what_failed_and_takes_what_completed() {
    let kept = tempfile::tempdir().expect("a directory");
    let mut server = Running::start();
    let first = server.submit(&definition(kept.path()).to_string());
    assert_eq!(server.finished(&first)["status"], "FAILED");
    let again = retry(&server, &first, &json!({}));
    assert_eq!(server.finished(&again)["status"], "FAILED", "what fails again is failed");
    std::fs::write(kept.path().join("mended"), "").expect("a file");
    // A retry of a retry: what stands was given by the first.
    let last = retry(&server, &again, &json!({}));
    let ended = server.finished(&last);
    assert_eq!((&ended["status"], runs(kept.path())), (&json!("COMPLETED"), 1), "{ended}");
    let from: Vec<&Value> =
        ended["tasks"].as_array().expect("tasks").iter().map(|task| &task["reused_from"]).collect();
    assert_eq!(from, [&json!(first), &json!(first), &Value::Null, &Value::Null]);
    assert_eq!((&ended["retries"], &ended["labels"]["region"]), (&json!(again), &json!("eu")));
    let shown = server.get(&format!("/v1/workflows/{again}")).json();
    assert_eq!((&shown["retries"], &shown["retried_by"]), (&json!(first), &json!([last])));
    let line = format!("checked {SECRET} b\n");
    let expected = json!({
        "count": { "content": "text", "text": format!("{SECRET}\n") },
        "each": [{ "content": "text", "text": "a\n" }, { "content": "text", "text": "b\n" }],
        "check": { "content": "text", "text": line }, "after": { "content": "text", "text": line },
    });
    assert_eq!(outputs(&server, &last), expected);
    assert_eq!(server.get(&format!("/v1/workflows/{last}/output?task=count")).body, format!("{SECRET}\n"));
    let given = server.get(&format!("/v1/workflows/{last}/inputs?task=after&content=true")).json();
    assert_eq!(given["input"]["env"]["SAID"], SECRET, "inputs are sealed for the new workflow as well");
    server.restart();
    assert_eq!(outputs(&server, &last), expected);
    server.end();
    assert_eq!(server.files_with(SECRET), Vec::<String>::new(), "nothing of it is in the clear");
}

#[test]
fn from_a_task_on_everything_runs_again() {
    let kept = tempfile::tempdir().expect("a directory");
    std::fs::write(kept.path().join("mended"), "").expect("a file");
    let server = Running::start();
    let first = server.submit(&definition(kept.path()).to_string());
    assert_eq!(server.finished(&first)["status"], "COMPLETED");
    let again = retry(&server, &first, &json!({ "from": "each" }));
    let ended = server.finished(&again);
    assert_eq!((&ended["status"], runs(kept.path())), (&json!("COMPLETED"), 1), "{ended}");
    let again = retry(&server, &again, &json!({ "from": "count" }));
    assert_eq!((&server.finished(&again)["status"], runs(kept.path())), (&json!("COMPLETED"), 2));
    let nothing = retry(&server, &again, &json!({}));
    let ended = server.finished(&nothing);
    assert_eq!((&ended["status"], &ended["attempts"]), (&json!("COMPLETED"), &json!(0)), "{ended}");
}

/// Conditions, branches that were left out, and tasks that run because another failed.
#[test]
fn branches_and_handlers_are_decided_again() {
    let kept = tempfile::tempdir().expect("a directory");
    let server = Running::start();
    let mended = format!("test -e {}/mended", kept.path().display());
    let definition = json!({ "tasks": [
        { "id": "start", "command": ["echo", "no"] },
        { "id": "out", "dependencies": ["start"], "when": "tasks.start.output == 'yes'", "command": ["true"] },
        { "id": "in", "dependencies": ["start"], "when": "tasks.start.output == 'no'", "command": ["true"] },
        { "id": "join", "dependencies": ["out", "in"], "command": ["echo", "joined"] },
        { "id": "work", "dependencies": ["join"], "command": ["sh", "-c", mended] },
        { "id": "handle", "dependencies": [{ "task": "work", "ends": "FAILED" }], "command": ["true"] },
    ] });
    let first = server.submit(&definition.to_string());
    let statuses = |id: &str| -> Vec<String> {
        let shown = server.finished(id);
        let tasks = shown["tasks"].as_array().expect("tasks");
        tasks.iter().map(|task| task["status"].as_str().expect("a status").to_owned()).collect()
    };
    assert_eq!(statuses(&first), ["COMPLETED", "SKIPPED", "COMPLETED", "COMPLETED", "FAILED", "COMPLETED"]);
    std::fs::write(kept.path().join("mended"), "").expect("a file");
    let again = retry(&server, &first, &json!({}));
    assert_eq!(statuses(&again), ["COMPLETED", "SKIPPED", "COMPLETED", "COMPLETED", "COMPLETED", "SKIPPED"]);
    let shown = server.get(&format!("/v1/workflows/{again}")).json();
    assert_eq!((&shown["status"], &shown["attempts"]), (&json!("COMPLETED"), &json!(1)), "{shown}");
}

/// A sub-workflow of which one task failed goes on with that one, and what inputs came to is there again.
#[test]
fn of_a_sub_workflow_runs_what_failed() {
    let kept = tempfile::tempdir().expect("a directory");
    let server = Running::start();
    let place = kept.path().display();
    let count = format!("echo run >> {place}/runs; echo \"$1\"");
    let check = format!("test -e {place}/mended && echo checked \"$1\"");
    let definition = json!({
        "inputs": { "region": { "type": "string" } }, "values": { "region": "eu" },
        "tasks": [
            { "id": "begin", "command": ["true"] },
            { "id": "sub", "dependencies": ["begin"], "with": { "of": "{inputs.region}" }, "workflow": {
                "inputs": { "of": { "type": "string" } },
                "tasks": [
                    { "id": "count", "command": ["sh", "-euc", count, "count", "{inputs.of}"] },
                    { "id": "check", "dependencies": ["count"],
                      "command": ["sh", "-euc", check, "check", "{count.output}"] },
                ] } },
            { "id": "end", "dependencies": ["sub"], "command": ["echo", "{inputs.region}"] },
        ] });
    let first = server.submit(&definition.to_string());
    assert_eq!(server.finished(&first)["status"], "FAILED");
    let again = retry(&server, &first, &json!({}));
    assert_eq!((&server.finished(&again)["status"], runs(kept.path())), (&json!("FAILED"), 1));
    std::fs::write(kept.path().join("mended"), "").expect("a file");
    let last = retry(&server, &again, &json!({}));
    let ended = server.finished(&last);
    assert_eq!((&ended["status"], runs(kept.path())), (&json!("COMPLETED"), 1), "{ended}");
    let given = outputs(&server, &last);
    assert_eq!(
        (&given["sub.check"]["text"], &given["end"]["text"]),
        (&json!("checked eu\n"), &json!("eu\n"))
    );
    let values = server.get(&format!("/v1/workflows/{last}/inputs?content=true")).json();
    assert_eq!(values["input"]["text"], r#"{"region":"eu"}"#, "{values}");
    let whole = retry(&server, &last, &json!({ "from": "sub" }));
    assert_eq!((&server.finished(&whole)["status"], runs(kept.path())), (&json!("COMPLETED"), 2));
}

#[test]
fn what_cannot_be_retried_is_refused_by_name() {
    let mut server = Running::start();
    let refused = |server: &Running, id: &str, body: &str| {
        server.post(&format!("/v1/workflows/{id}/retry"), "", body).verdict()
    };
    let alive = server.submit(r#"{"tasks":[{"id":"go","signal":"go"}]}"#);
    assert_eq!(refused(&server, &alive, "{}"), (409, "workflow_alive".to_owned()));
    assert_eq!(refused(&server, &"7".repeat(32), "{}"), (404, "workflow_unknown".to_owned()));
    let ended = server.submit(r#"{"tasks":[{"id":"say","command":["echo","hello"]}]}"#);
    server.finished(&ended);
    assert_eq!(refused(&server, &ended, r#"{"from":"other"}"#), (404, "task_unknown".to_owned()));
    assert_eq!(refused(&server, &ended, r#"{"to":"say"}"#), (400, "invalid_body".to_owned()));
    server.claim();
    let [acme, viewer] = [("acme", "acme", "submitter"), ("viewer", "default", "viewer")]
        .map(|(label, tenant, role)| server.issue(label, &[role], tenant));
    let path = format!("/v1/workflows/{ended}/retry");
    assert_eq!(server.as_key(&acme).post(&path, "{}").verdict(), (404, "workflow_unknown".to_owned()));
    assert_eq!(server.as_key(&viewer).post(&path, "{}").verdict(), (403, "not_allowed".to_owned()));
    let of_acme = server.as_key(&acme).submit(r#"{"tasks":[{"id":"say","command":["echo","hello"]}]}"#);
    server.finished(&of_acme);
    let foreign = server.post(&format!("/v1/workflows/{of_acme}/retry"), "", "{}");
    assert_eq!(foreign.verdict(), (403, "not_allowed".to_owned()), "its content stays in its tenant");
    let erased = server.post(&format!("/v1/subjects/{ended}/erase"), "", r#"{"reason":"asked"}"#);
    assert!(erased.status < 300, "{erased:?}");
    assert_eq!(refused(&server, &ended, "{}").0, 409, "its content is erased");
}

#[test]
fn under_one_key_a_retry_counts_once() {
    let server = Running::start();
    let ended = server.submit(r#"{"tasks":[{"id":"say","command":["false"]}]}"#);
    server.finished(&ended);
    let ask = || server.post(&format!("/v1/workflows/{ended}/retry"), "idempotency-key: once\r\n", "{}");
    let (first, second) = (ask(), ask());
    assert_eq!((first.status, second.status), (202, 200), "{second:?}");
    assert_eq!(first.json()["workflow_id"], second.json()["workflow_id"]);
}

#[test]
fn what_a_workflow_gave_is_told_when_it_was_waited_for() {
    let server = Running::start();
    let definition =
        r#"{"tasks":[{"id":"say","command":["echo","hello"]},{"id":"none","command":["true"]}]}"#;
    let waited = server.post("/v1/workflows?wait=20&outputs=true", "", definition);
    let shown = waited.json();
    assert_eq!((waited.status, &shown["status"]), (200, &json!("COMPLETED")), "{waited:?}");
    let expected = json!({ "say": { "content": "text", "text": "hello\n" }, "none": null });
    assert_eq!(shown["outputs"], expected);
    assert_eq!(shown["total_cost"], json!({ "amount": "0", "currency": "USD" }));
    assert_eq!(shown["models_invoked"], json!([]));
    let id = shown["workflow_id"].as_str().expect("an id");
    assert_eq!(server.get(&format!("/v1/workflows/{id}")).json()["outputs"], Value::Null);
    let alone = server.post("/v1/workflows?outputs=true", "", definition);
    assert_eq!(alone.verdict(), (400, "invalid_query".to_owned()));
}
