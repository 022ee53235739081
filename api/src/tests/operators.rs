//! What waits for an operator, and what they do about it: the clock, streams in quarantine.

use super::harness::Running;
use serde_json::{Value, json};
use triad_event::governance::StreamQuarantined;

const SECRET: &str = "the-patient-is-Ada-Lovelace-1815";
const REASON: &str = r#"{"reason":"ticket 2211"}"#;

/// The core panicked twice on a workflow.
pub(super) fn quarantined(workflow: &str) -> StreamQuarantined {
    StreamQuarantined {
        quarantined: workflow.parse().expect("an id"),
        panics: 2,
        input: "execution".to_owned(),
    }
}

fn sleeping() -> String {
    let task =
        json!({ "id": "run", "type": "PROCESS", "command": ["sleep", "600"], "env": { "WHO": SECRET } });
    json!({ "name": "poison", "tasks": [task] }).to_string()
}

fn health(server: &Running) -> (u16, Value) {
    let answer = server.get("/v1/health");
    (answer.status, answer.json())
}

#[test]
fn a_clock_that_is_right_is_shown_and_not_accepted() {
    let server = Running::start();
    let refused = server.post("/v1/clock/accept", "", REASON);
    assert_eq!(refused.verdict(), (409, "clock_conflict".to_owned()), "nothing is to be accepted");
    let steady = server.get("/v1/clock").json();
    assert_eq!(
        (&steady["state"], &steady["step"], &steady["fix"]),
        (&"steady".into(), &Value::Null, &Value::Null)
    );
    let apart = steady["wall_ahead_ms"].as_i64().expect("a number");
    assert!(apart.abs() < 5_000, "{steady}");

    let rows = [
        ("", (400, "invalid_body")),
        ("{}", (400, "invalid_body")),
        (r#"{"reason":" "}"#, (422, "invalid_value")),
    ];
    for (body, (status, code)) in rows {
        let refused = server.post("/v1/clock/accept", "", body);
        assert_eq!(refused.verdict(), (status, code.to_owned()), "{body}");
    }
}

/// As the next start finds it after two panics: a note beside the log.
fn poison(server: &mut Running, workflow: &str) {
    server.end();
    std::fs::write(server.path().join("poison"), format!("{workflow} 2 execution\n")).expect("writes");
    server.restart();
}

#[test]
fn a_stream_in_quarantine_can_be_closed_and_its_content_erased() {
    let mut server = Running::start();
    let (id, other) = (server.submit(&sleeping()), server.submit(&sleeping()));
    assert_eq!(server.get("/v1/streams").json()["streams"], json!([]));
    let early = server.post(&format!("/v1/streams/{id}/close"), "", REASON);
    assert_eq!(early.verdict(), (409, "not_quarantined".to_owned()));
    poison(&mut server, &id);

    let listed = server.get("/v1/streams").json();
    let [stream] = listed["streams"].as_array().expect("a list").as_slice() else { panic!("{listed}") };
    assert_eq!(
        (&stream["stream_id"], &stream["of"], &stream["name"]),
        (&json!(id), &"WORKFLOW".into(), &"poison".into())
    );
    let quarantine = &stream["quarantine"];
    assert_eq!((&quarantine["panics"], &quarantine["input"]), (&2.into(), &"execution".into()));
    assert!(stream["fix"].as_str().is_some_and(|fix| fix.contains("triad stream close")), "{stream}");
    let (status, ill) = health(&server);
    assert_eq!((status, &ill["status"], &ill["quarantined_streams"]), (503, &"degraded".into(), &1.into()));
    assert!(ill["to_do"][0].as_str().is_some_and(|what| what.contains("triad stream list")), "{ill}");
    let cancelled = server.post(&format!("/v1/workflows/{id}/cancel"), "", "");
    assert_eq!(cancelled.verdict(), (409, "quarantined".to_owned()));
    let erase = || server.post(&format!("/v1/subjects/{id}/erase"), "", REASON);
    assert_eq!(erase().verdict(), (409, "subject_in_use".to_owned()));

    let watching = std::thread::scope(|scope| {
        let watching = scope.spawn(|| server.events(&id, None));
        std::thread::sleep(std::time::Duration::from_millis(200));
        let closed = server.post(&format!("/v1/streams/{id}/close"), "", REASON);
        assert_eq!((closed.status, &closed.json()["state"]), (200, &"CLOSED".into()), "{closed:?}");
        watching.join().expect("watches to the end")
    });
    assert_eq!(watching.last().map(|(_, name)| name.as_str()), Some("governance.stream_closed"));
    assert_eq!(server.events(&id, None), watching, "who comes later sees the same");
    let after =
        watching.last().map(|(sequence, _)| format!("last-event-id: {sequence}\r\n")).expect("an end");
    let again = server.call("GET", &format!("/v1/workflows/{id}/events"), &after, "");
    assert_eq!(again.status, 204, "nothing follows");
    assert_eq!(erase().json()["state"], "ERASED");
    for _ in 0..2 {
        let shown = server.get(&format!("/v1/workflows/{id}")).json();
        assert_eq!((&shown["status"], shown["ended"].is_object()), (&"CLOSED".into(), true), "{shown}");
        let list = server.get("/v1/workflows?status=closed").json();
        assert_eq!(list["workflows"][0]["workflow_id"], json!(id));
        assert_eq!(server.get(&format!("/v1/streams/{id}")).json()["state"], "CLOSED");
        assert_eq!(server.get(&format!("/v1/workflows/{other}")).json()["status"], "RUNNING");
        assert_eq!(health(&server).0, 200);
        let late = server.post(&format!("/v1/streams/{id}/release"), "", REASON);
        assert_eq!(late.verdict(), (409, "not_quarantined".to_owned()));
        server.restart();
    }
    server.post(&format!("/v1/workflows/{other}/cancel"), "", "");
    server.end();
    assert_eq!(server.files_with(SECRET), Vec::<String>::new());
}

#[test]
fn a_stream_that_is_released_goes_on() {
    let mut server = Running::start();
    let id = server.submit(&sleeping().replace("600", "1"));
    poison(&mut server, &id);
    let released = server.post(&format!("/v1/streams/{id}/release"), "", REASON);
    assert_eq!((released.status, &released.json()["state"]), (200, &"OPEN".into()), "{released:?}");
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    assert_eq!(server.get(&format!("/v1/streams/{id}")).json()["state"], "CLOSED");
    let unknown = "7".repeat(32);
    for path in [
        format!("/v1/streams/{unknown}"),
        "/v1/streams/x".to_owned(),
        format!("/v1/streams/{}", "0".repeat(32)),
    ] {
        assert_eq!(server.get(&path).verdict(), (404, "stream_unknown".to_owned()), "{path}");
    }
    let nobody = server.post(&format!("/v1/streams/{unknown}/close"), "", REASON);
    assert_eq!(nobody.verdict(), (404, "stream_unknown".to_owned()));
}
