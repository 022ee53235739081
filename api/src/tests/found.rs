//! What the list of workflows is narrowed by, and what a workflow says of itself beside its tasks.

use super::harness::Running;
use serde_json::{Value, json};

fn submit(server: &Running, name: &str, labels: &Value) -> String {
    let definition = json!({ "name": name, "labels": labels, "tasks": [{ "id": "go", "signal": "go" }] });
    server.submit(&definition.to_string())
}

/// Ends a workflow of [`submit`].
fn end(server: &Running, id: &str) {
    assert_eq!(server.post(&format!("/v1/workflows/{id}/signals/go"), "", "{}").status, 202);
    server.finished(id);
}

fn found(server: &Running, query: &str) -> Vec<String> {
    let page = server.get(&format!("/v1/workflows?{query}")).json();
    let rows = page["workflows"].as_array().unwrap_or_else(|| panic!("{query}: {page}"));
    rows.iter().map(|row| row["workflow_id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn workflows_are_found_by_labels_name_and_status_together() {
    let mut server = Running::start();
    let first = submit(&server, "nightly", &json!({ "region": "eu", "team": "search" }));
    let second = submit(&server, "nightly", &json!({ "region": "us", "note": "a:b=c d" }));
    let third = submit(&server, "weekly", &json!({ "region": "eu" }));
    end(&server, &first);
    let rows: [(&str, Vec<&String>); 8] = [
        ("label=region:eu", vec![&third, &first]),
        ("label=region:eu&label=team:search", vec![&first]),
        ("label=region:eu&status=running", vec![&third]),
        ("label=region:eu&name=nightly", vec![&first]),
        ("name=nightly", vec![&second, &first]),
        ("label=note:a%3Ab%3Dc%20d", vec![&second]),
        ("label=region:asia", vec![]),
        ("label=region:eu&label=region:us", vec![]),
    ];
    for is_restarted in [false, true] {
        for (query, expected) in &rows {
            assert_eq!(
                found(&server, query).iter().collect::<Vec<_>>(),
                *expected,
                "{query}, {is_restarted}"
            );
        }
        server.restart();
    }
    let page = server.get("/v1/workflows?label=region:eu&limit=1").json();
    let next = page["next_cursor"].as_u64().expect("there is more");
    assert_eq!(
        found(&server, &format!("label=region:eu&limit=1&cursor={next}")),
        std::slice::from_ref(&first)
    );
    let shown = server.get(&format!("/v1/workflows/{first}")).json();
    assert_eq!(shown["labels"], json!({ "region": "eu", "team": "search" }));
}

#[test]
fn what_narrows_nothing_is_named() {
    let server = Running::start();
    let rows = [
        ("label=region", "label is NAME:VALUE"),
        ("label=Region:eu", "label is NAME:VALUE"),
        ("label=:eu", "label is NAME:VALUE"),
        ("status=sleeping", "status is one of"),
        ("limit=many", "limit is a whole number"),
        ("cursor=-1", "cursor is a whole number"),
        ("name=a&name=b", "name stands more than once"),
        ("colour=red", "no parameter colour"),
    ];
    for (query, problem) in rows {
        let answer = server.get(&format!("/v1/workflows?{query}"));
        assert_eq!(answer.verdict(), (400, "invalid_query".to_owned()), "{query}");
        assert!(answer.body.contains(problem), "{query}: {}", answer.body);
    }
}

#[test]
fn a_tenant_finds_its_own() {
    let mut server = Running::start();
    server.claim();
    let labelled = json!({ "labels": { "region": "eu" }, "tasks": [{ "id": "a" }] }).to_string();
    let [acme, other] =
        ["acme", "other"].map(|tenant| server.issue(tenant, &["submitter", "viewer"], tenant));
    let of_acme = server.as_key(&acme).submit(&labelled);
    server.as_key(&other).submit(&labelled);
    let page = server.as_key(&acme).get("/v1/workflows?label=region:eu").json();
    let rows = page["workflows"].as_array().expect("rows");
    assert_eq!((rows.len(), &rows[0]["workflow_id"]), (1, &json!(of_acme)), "{page}");
}

#[test]
fn what_is_said_of_a_workflow_is_shown() {
    let server = Running::start();
    let definition = json!({
        "priority": "HIGH", "deadline": 600, "tasks": [{ "id": "go", "signal": "go" }],
    });
    let id = server.submit(&definition.to_string());
    let shown = server.get(&format!("/v1/workflows/{id}")).json();
    assert_eq!((&shown["priority"], &shown["labels"]), (&json!("HIGH"), &json!({})));
    assert!(shown["deadline"].is_string(), "{shown}");
    assert_eq!((&shown["definition"], &shown["retries"]), (&Value::Null, &Value::Null));
}
