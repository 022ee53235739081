//! Who asks stands in every record that a request leads to.

use super::harness::Running;
use axum::http::HeaderMap;
use triad_event::ids::PrincipalId;

/// A stand-in for access control: the principal is the digit in a header.
fn by_header(headers: &HeaderMap) -> PrincipalId {
    let digit = headers.get("x-principal").and_then(|value| value.as_bytes().first());
    PrincipalId([digit.copied().unwrap_or(b'0'); 16])
}

/// The principal, the source and the kind of each record of a workflow.
fn records(server: &Running, id: &str) -> Vec<(String, String, String)> {
    let stream = server.get(&format!("/v1/workflows/{id}/events")).body;
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let text = |record: &serde_json::Value, name: &str| record[name].as_str().expect("text").to_owned();
    data.map(|data| serde_json::from_str(data).expect("JSON"))
        .map(|record| (text(&record, "principal"), text(&record, "source"), text(&record, "kind")))
        .collect()
}

#[test]
fn the_submitter_stands_in_the_record() {
    let server = Running::start_for(by_header);
    let submit = |who: &str| {
        let header = format!("x-principal: {who}\r\n");
        let answer = server.post("/v1/workflows", &header, r#"{"tasks":[{"type":"NOOP"}]}"#);
        answer.json()["workflow_id"].as_str().expect("an id").to_owned()
    };
    for who in ["1", "2"] {
        let id = submit(who);
        let principal = format!("3{who}").repeat(16);
        let first = (principal, "client".to_owned(), "intake.workflow_submitted".to_owned());
        assert_eq!(records(&server, &id).first(), Some(&first));
    }
}

#[test]
fn reads_of_two_principals_are_two_records_within_one_minute() {
    let server = Running::start_for(by_header);
    let read = |id: &str, who: &str| {
        let path = format!("/v1/workflows/{id}/inputs?task=say&content=true");
        assert_eq!(server.call("GET", &path, &format!("x-principal: {who}\r\n"), "").status, 200);
        server.get(&format!("/v1/subjects/{id}")).json()["reads"].as_u64().expect("a count")
    };
    // A minute may end between two reads: then the next workflow is read within one.
    let counted = [(); 3].map(|()| {
        let id = server.submit(r#"{"tasks":[{"id":"say","type":"NOOP","input":"once"}]}"#);
        server.finished(&id);
        [read(&id, "1"), read(&id, "1"), read(&id, "2"), read(&id, "1"), read(&id, "2")]
    });
    assert!(counted.iter().filter(|counts| **counts == [1, 1, 2, 2, 2]).count() >= 2, "{counted:?}");
}
