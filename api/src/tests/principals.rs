//! Who asks stands in every record that a request leads to.

use super::harness::Running;

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
    let mut server = Running::start();
    server.claim();
    let keys = ["one", "two"].map(|label| server.issue(label, &["submitter"], "default"));
    for key in &keys {
        let id = server.as_key(key).submit(r#"{"tasks":[{"type":"NOOP"}]}"#);
        let first = (key.id.clone(), "client".to_owned(), "intake.workflow_submitted".to_owned());
        assert_eq!(records(&server, &id).first(), Some(&first));
    }
}

#[test]
fn reads_of_two_principals_are_two_records_within_one_minute() {
    let mut server = Running::start();
    server.claim();
    let keys = ["one", "two"].map(|label| server.issue(label, &["submitter"], "default"));
    let read = |id: &str, who: usize| {
        let path = format!("/v1/workflows/{id}/inputs?task=say&content=true");
        assert_eq!(server.as_key(&keys[who]).get(&path).status, 200);
        server.get(&format!("/v1/subjects/{id}")).json()["reads"].as_u64().expect("a count")
    };
    // A minute may end between two reads: then the next workflow is read within one.
    let counted = [(); 3].map(|()| {
        let id = server.submit(r#"{"tasks":[{"id":"say","type":"NOOP","input":"once"}]}"#);
        server.finished(&id);
        [read(&id, 0), read(&id, 0), read(&id, 1), read(&id, 0), read(&id, 1)]
    });
    assert!(counted.iter().filter(|counts| **counts == [1, 1, 2, 2, 2]).count() >= 2, "{counted:?}");
}
