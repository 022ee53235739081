//! Definitions as people write them, over HTTP: both languages, the places of faults, and answers that are waited for.

use super::harness::{Answer, Running};

const YAML: &str = "name: hello\ntasks:\n  - id: greet\n    type: PROCESS\n    command: [echo, \"1.10\"]\n";

fn submit(server: &Running, query: &str, kind: &str, body: &str) -> Answer {
    server.call("POST", &format!("/v1/workflows{query}"), &format!("content-type: {kind}\r\n"), body)
}

#[test]
fn a_definition_may_be_yaml_by_each_of_its_names() {
    let server = Running::start();
    for kind in ["application/yaml", "text/yaml; charset=utf-8", "Application/X-YAML"] {
        let answer = submit(&server, "", kind, YAML);
        assert_eq!(answer.status, 202, "{answer:?}");
        let id = answer.json()["workflow_id"].as_str().expect("an id").to_owned();
        assert_eq!(server.finished(&id)["status"], "COMPLETED");
    }
    // The same workflow under one key, in whichever language.
    let json = r#"{"name":"hello","tasks":[{"id":"greet","type":"PROCESS","command":["echo","1.10"]}]}"#;
    let first = submit(&server, "", "application/yaml\r\nidempotency-key: k", YAML);
    let again = submit(&server, "", "application/json\r\nidempotency-key: k", json);
    assert_eq!((first.status, again.status), (202, 200), "{again:?}");
    // Nothing but a definition may be.
    let other = server.call("POST", "/v1/engine/pause", "content-type: application/yaml\r\n", "reason: x\n");
    assert_eq!(other.verdict(), (415, "unsupported_media_type".to_owned()));
}

#[test]
fn a_refusal_says_where_each_fault_is() {
    let server = Running::start();
    let faulty = "tasks:\n  - type: PROCESS\n    command: echo\n    env: {A: no}\n    dependencies: [gone]\n";
    let answer = submit(&server, "", "application/yaml", faulty);
    assert_eq!(answer.verdict(), (422, "invalid_definition".to_owned()));
    let document = answer.json();
    let place = |number: usize| {
        let fault = &document["faults"][number];
        (fault["path"].as_str().expect("a path"), fault["line"].as_u64(), fault["column"].as_u64())
    };
    assert_eq!(place(0), ("tasks[0].command", Some(3), Some(14)));
    assert_eq!(place(1), ("tasks[0].env.A", Some(4), Some(14)));
    assert_eq!(place(2), ("tasks[0].dependencies", Some(5), Some(20)));
    let malformed = submit(&server, "", "application/yaml", "name: *a\n");
    assert_eq!(malformed.verdict(), (400, "malformed_yaml".to_owned()));
    assert_eq!((malformed.json()["line"].as_u64(), malformed.json()["column"].as_u64()), (Some(1), Some(7)));
}

#[test]
fn an_answer_can_be_waited_for() {
    let server = Running::start();
    let ended = submit(&server, "?wait=30", "application/yaml", YAML);
    assert_eq!(ended.status, 200, "{ended:?}");
    let document = ended.json();
    assert_eq!(document["status"], "COMPLETED");
    assert!(
        ended.head.contains("triad-sequence: ") && ended.head.contains("location: /v1/workflows/"),
        "{ended:?}"
    );
    let elapsed = document["elapsed_seconds"].as_f64().expect("a number");
    assert!(elapsed > 0.0 && elapsed < 30.0, "{elapsed}");
    let shown = server.get(&format!("/v1/workflows/{}", document["workflow_id"].as_str().expect("an id")));
    assert_eq!(shown.json()["elapsed_seconds"], document["elapsed_seconds"], "it has ended");

    let long = YAML.replace("[echo, \"1.10\"]", "[sleep, \"30\"]");
    let running = submit(&server, "?wait=0", "application/yaml\r\nidempotency-key: long", &long);
    assert_eq!((running.status, running.json()["ended"].is_null()), (202, true), "{running:?}");
    let again = submit(&server, "?wait=1", "application/yaml\r\nidempotency-key: long", &long);
    let passed = again.json()["elapsed_seconds"].as_f64().expect("a number");
    assert!(again.status == 202 && passed >= 1.0, "{again:?}");
    for wait in ["61", "-1", "soon", "1.5"] {
        let refused = submit(&server, &format!("?wait={wait}"), "application/yaml", YAML);
        assert_eq!(refused.verdict(), (400, "invalid_query".to_owned()), "{wait}");
    }
}
