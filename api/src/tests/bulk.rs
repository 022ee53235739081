//! One thing done to every workflow that a filter finds, over HTTP.

use super::harness::{Client, Running};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often the end of a bulk action is looked for, with a pause in between.
const LOOKS_MAX: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// A workflow that waits for a signal, with a label.
fn waiting(label: &str, value: &str) -> String {
    let labels: BTreeMap<&str, &str> = [(label, value)].into();
    json!({ "name": value, "labels": labels, "tasks": [{ "id": "go", "signal": "go" }] }).to_string()
}

/// Has something done that must be taken, and says the id.
fn begun(client: &Client<'_>, body: &Value) -> String {
    let answer = client.post("/v1/bulk", &body.to_string());
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["bulk_id"].as_str().expect("an id").to_owned()
}

/// The action once it has ended.
fn ended(client: &Client<'_>, id: &str) -> Value {
    for _ in 0..LOOKS_MAX {
        let answer = client.get(&format!("/v1/bulk/{id}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let shown = answer.json();
        if !shown["ended"].is_null() {
            return shown;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it does not end");
}

/// What came of it: status, done, refused.
fn came(shown: &Value) -> (&str, u64, u64) {
    let number = |name: &str| shown[name].as_u64().expect("a number");
    (shown["status"].as_str().expect("a status"), number("done"), number("refused"))
}

/// The outcome of each workflow, over all pages.
fn items(client: &Client<'_>, id: &str, narrowed: &str) -> BTreeMap<String, Value> {
    let (mut items, mut cursor) = (BTreeMap::new(), 1);
    loop {
        let page = client.get(&format!("/v1/bulk/{id}/items?cursor={cursor}{narrowed}")).json();
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

fn outcomes(items: &BTreeMap<String, Value>) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for item in items.values() {
        *counts.entry(item["outcome"].as_str().expect("an outcome")).or_default() += 1;
    }
    counts
}

fn status(client: &Client<'_>, id: &str) -> String {
    client.get(&format!("/v1/workflows/{id}")).json()["status"].as_str().expect("a status").to_owned()
}

/// How many workflows the list finds.
fn listed(client: &Client<'_>, query: &str) -> usize {
    let page = client.get(&format!("/v1/workflows?limit=1000&{query}")).json();
    page["workflows"].as_array().expect("a list").len()
}

#[test]
fn all_that_a_filter_finds_is_cancelled_and_nothing_else() {
    let server = Running::start();
    let client = server.showing("");
    let many: Vec<String> = (0..230).map(|_| client.submit(&waiting("batch", "a"))).collect();
    let other = client.submit(&waiting("batch", "b"));
    let filter =
        json!({ "action": "cancel", "label": ["batch:a"], "status": "running", "reason": "ticket 11" });
    let with = |more: Value| {
        let mut body = filter.clone();
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let records = server.durable_sequence();
    let preview = client.post("/v1/bulk", &with(json!({ "dry_run": true })).to_string());
    let found = preview.json();
    assert_eq!((preview.status, &found["count"], &found["is_all"]), (200, &json!(230), &json!(true)));
    assert_eq!((&found["by_status"], &found["through"]), (&json!({ "RUNNING": 230 }), &json!(records)));
    assert_eq!(found["first"][0]["workflow_id"], json!(many[229]), "the newest first");
    assert_eq!(server.durable_sequence(), records, "looking records nothing");
    // What came after somebody looked is not meant.
    let later = client.submit(&waiting("batch", "a"));
    let body = with(json!({ "through": found["through"], "expected": 230 }));
    let id = begun(&client, &body);
    let shown = ended(&client, &id);
    assert_eq!(came(&shown), ("FINISHED", 230, 0), "{shown}");
    assert_eq!((&shown["expected"], &shown["reason"]), (&json!(230), &json!("ticket 11")));
    assert_eq!(shown["filter"], json!({ "status": "RUNNING", "name": null, "label": ["batch:a"] }));
    let all = items(&client, &id, "");
    assert_eq!(all.keys().collect::<BTreeSet<_>>(), many.iter().collect());
    assert_eq!(outcomes(&all), [("DONE", 230)].into());
    assert_eq!(listed(&client, "label=batch:a&status=CANCELLED"), 230);
    assert_eq!([status(&client, &other), status(&client, &later)], ["RUNNING", "RUNNING"]);
    // Each was asked for by itself, and says of what it is a part.
    let timeline = client.get(&format!("/v1/workflows/{}/timeline", many[3])).body;
    assert_eq!(timeline.matches(&format!("bulk action {id}: ticket 11")).count(), 1, "{timeline}");
    // Those that stand so already are told apart.
    let again = begun(&client, &json!({ "action": "CANCEL", "label": ["batch:a"], "reason": "all of it" }));
    let shown = ended(&client, &again);
    assert_eq!(came(&shown), ("FINISHED", 231, 0));
    assert_eq!(outcomes(&items(&client, &again, "")), [("ALREADY", 230), ("DONE", 1)].into());
    let list = client.get("/v1/bulk?open=false").json();
    let ids: Vec<&Value> =
        list["actions"].as_array().expect("a list").iter().map(|one| &one["bulk_id"]).collect();
    assert_eq!(ids, [&json!(again), &json!(id)], "the newest first");
    assert_eq!(client.post(&format!("/v1/bulk/{id}/stop"), "{}").verdict(), (409, "bulk_ended".to_owned()));
}

#[test]
fn what_is_paused_is_resumed_and_what_has_ended_is_told() {
    let server = Running::start();
    let client = server.showing("");
    let waits: Vec<String> = (0..9).map(|_| client.submit(&waiting("team", "search"))).collect();
    let done = client.submit(r#"{"labels":{"team":"search"},"tasks":[{"type":"NOOP"}]}"#);
    server.finished(&done);
    let bulk = |action: &str| {
        let id = begun(&client, &json!({ "action": action, "label": ["team:search"], "reason": "disk" }));
        let shown = ended(&client, &id);
        (came(&shown).1, came(&shown).2, items(&client, &id, ""), items(&client, &id, "&done=false"))
    };
    let (done_to, refused, _, undone) = bulk("PAUSE");
    assert_eq!((done_to, refused, undone.keys().collect::<Vec<_>>()), (9, 1, vec![&done]));
    assert_eq!(undone[&done]["outcome"], "ENDED");
    assert!(waits.iter().all(|id| status(&client, id) == "PAUSED"));
    let (_, _, again, _) = bulk("PAUSE");
    assert_eq!(outcomes(&again), [("ALREADY", 9), ("ENDED", 1)].into());
    let (done_to, refused, ..) = bulk("RESUME");
    assert_eq!((done_to, refused), (9, 1));
    assert!(waits.iter().all(|id| status(&client, id) == "RUNNING"));
}

#[test]
fn what_failed_is_retried_once_and_the_rest_is_told() {
    let kept = tempfile::tempdir().expect("a directory");
    let server = Running::start();
    let client = server.showing("");
    let script = format!("test -e {}/mended", kept.path().display());
    let failing =
        json!({ "labels": { "region": "eu" }, "tasks": [{ "id": "a", "command": ["sh", "-c", script] }] });
    let failed: Vec<String> = (0..5).map(|_| client.submit(&failing.to_string())).collect();
    failed.iter().for_each(|id| assert_eq!(server.finished(id)["status"], "FAILED"));
    std::fs::write(kept.path().join("mended"), "").expect("a file");
    let done = client.submit(r#"{"labels":{"region":"eu"},"tasks":[{"type":"NOOP"}]}"#);
    server.finished(&done);
    let alive = client.submit(&waiting("region", "eu"));
    let id = begun(&client, &json!({ "action": "RETRY", "label": ["region:eu"], "reason": "disk replaced" }));
    assert_eq!(came(&ended(&client, &id)), ("FINISHED", 5, 2));
    let all = items(&client, &id, "");
    assert_eq!(outcomes(&all), [("ALIVE", 1), ("DONE", 5), ("NOT_FAILED", 1)].into());
    assert_eq!((&all[&done]["outcome"], &all[&alive]["outcome"]), (&json!("NOT_FAILED"), &json!("ALIVE")));
    client.call("POST", &format!("/v1/workflows/{alive}/cancel"), "{}");
    let cancelled =
        json!({ "action": "RETRY", "status": "CANCELLED", "label": ["region:eu"], "reason": "after all" });
    assert_eq!(came(&ended(&client, &begun(&client, &cancelled))), ("FINISHED", 1, 0));
    for old in &failed {
        let new = all[old]["retried_by"].as_str().expect("an id");
        assert_eq!(server.finished(new)["status"], "COMPLETED");
        assert_eq!(client.get(&format!("/v1/workflows/{old}")).json()["retried_by"], json!([new]));
    }
}

#[test]
fn nobody_does_more_by_a_filter_than_one_by_one() {
    let mut server = Running::start();
    let before = server.showing("").submit(&waiting("batch", "a"));
    server.claim();
    let [acme, operator, viewer] =
        [("acme", "submitter", "acme"), ("operator", "operator", "acme"), ("viewer", "approver", "acme")]
            .map(|(label, role, tenant)| server.issue(label, &[role], tenant));
    let [acme, operator, viewer] = [&acme, &operator, &viewer].map(|key| server.as_key(key));
    let own = acme.submit(&waiting("batch", "a"));
    let body = json!({ "action": "CANCEL", "label": ["batch:a"], "reason": "ticket 11" });
    assert_eq!(viewer.post("/v1/bulk", &body.to_string()).verdict(), (403, "not_allowed".to_owned()));
    let retry = json!({ "action": "RETRY", "label": ["batch:a"], "reason": "ticket 11" });
    assert_eq!(operator.post("/v1/bulk", &retry.to_string()).verdict(), (403, "not_allowed".to_owned()));
    let id = begun(&operator, &body);
    assert_eq!(came(&ended(&operator, &id)), ("FINISHED", 1, 0), "only what it sees is meant");
    let shown = server.get(&format!("/v1/workflows/{before}")).json();
    assert_eq!((status(&acme, &own).as_str(), &shown["status"]), ("CANCELLED", &json!("RUNNING")));
    let elsewhere = server.issue("elsewhere", &["submitter"], "other");
    let elsewhere = server.as_key(&elsewhere);
    for path in ["", "/items"] {
        let answer = elsewhere.get(&format!("/v1/bulk/{id}{path}"));
        assert_eq!(answer.verdict(), (404, "bulk_unknown".to_owned()), "{path}");
        assert_eq!(viewer.get(&format!("/v1/bulk/{id}{path}")).status, 200);
    }
    let stop = elsewhere.post(&format!("/v1/bulk/{id}/stop"), "{}");
    assert_eq!(stop.verdict(), (404, "bulk_unknown".to_owned()));
    assert_eq!(elsewhere.get("/v1/bulk").json()["actions"], json!([]));
    // Somebody who sees every tenant does it to all, and who sees one of them sees no others in the results.
    let everywhere =
        server.post("/v1/bulk", "", &json!({ "action": "PAUSE", "all": true, "reason": "move" }).to_string());
    let id = everywhere.json()["bulk_id"].as_str().expect("an id").to_owned();
    let reader = server.issue("reader", &["approver"], "default");
    let reader = server.as_key(&reader);
    let shown = ended(&reader, &id);
    assert_eq!(came(&shown), ("FINISHED", 1, 1));
    assert_eq!(items(&reader, &id, "").keys().collect::<Vec<_>>(), [&before]);
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let server = Running::start();
    let client = server.showing("");
    let rows = [
        (json!({ "action": "CANCEL", "reason": "x" }), (422, "invalid_value")),
        (json!({ "action": "DROP", "all": true, "reason": "x" }), (422, "invalid_value")),
        (json!({ "action": "CANCEL", "status": "DONE", "reason": "x" }), (422, "invalid_value")),
        (json!({ "action": "CANCEL", "label": ["region"], "reason": "x" }), (422, "invalid_value")),
        (json!({ "action": "CANCEL", "all": true, "reason": " " }), (422, "invalid_value")),
        (json!({ "action": "CANCEL", "all": true, "reason": "x".repeat(2000) }), (422, "invalid_value")),
        (json!({ "action": "CANCEL", "all": true, "reason": "x", "cursor": 1 }), (400, "invalid_body")),
        (
            json!({ "action": "CANCEL", "all": true, "reason": "x", "through": 1_u64 << 40 }),
            (404, "not_yet_recorded"),
        ),
        (json!({ "action": "CANCEL", "all": true, "reason": "x", "expected": 0 }), (409, "more_found")),
    ];
    let id = client.submit(&waiting("batch", "a"));
    for (body, (code, name)) in rows {
        let answer = client.post("/v1/bulk", &body.to_string());
        assert_eq!(answer.verdict().1, name, "{body} {answer:?}");
        assert_eq!(answer.status, code, "{body} {answer:?}");
    }
    assert_eq!(
        client.get(&format!("/v1/bulk/{}", "7".repeat(32))).verdict(),
        (404, "bulk_unknown".to_owned())
    );
    assert_eq!(
        (status(&client, &id).as_str(), &client.get("/v1/bulk").json()["actions"]),
        ("RUNNING", &json!([]))
    );
}

/// It stops where it is when somebody wants that, when whoever asked may no more, and, for as long as that takes, when the server
/// begins again.
#[test]
fn it_stops_for_people_and_without_a_credential_and_goes_on_after_a_restart() {
    let mut server = Running::start();
    server.claim();
    let key = server.issue("acts", &["submitter"], "default");
    let all: Vec<String> = (0..300).map(|_| server.as_key(&key).submit(&waiting("batch", "a"))).collect();
    let body = |action: &str| json!({ "action": action, "label": ["batch:a"], "reason": "ticket 11" });
    let is_whole = |server: &Running, id: &str, shown: &Value| {
        let items = items(&server.as_key(&key), id, "");
        let counts = outcomes(&items);
        let done = ["DONE", "ALREADY"].map(|outcome| counts.get(outcome).copied().unwrap_or_default());
        assert_eq!(done.iter().sum::<usize>() as u64, came(shown).1);
        items
    };
    // A stop.
    let id = begun(&server.as_key(&key), &body("PAUSE"));
    let stop = server.as_key(&key).post(&format!("/v1/bulk/{id}/stop"), r#"{"reason":"wrong label"}"#);
    assert_eq!(stop.status, 202, "{stop:?}");
    let shown = ended(&server.as_key(&key), &id);
    assert_eq!((&shown["status"], &shown["stop"]["reason"]), (&json!("STOPPED"), &json!("wrong label")));
    let paused = listed(&server.as_key(&key), "label=batch:a&status=PAUSED") as u64;
    assert_eq!(paused, came(&shown).1, "what was done is what is told");
    is_whole(&server, &id, &shown);
    // A restart in the middle.
    let id = begun(&server.as_key(&key), &body("PAUSE"));
    server.restart();
    let shown = ended(&server.as_key(&key), &id);
    assert_eq!(came(&shown), ("FINISHED", 300, 0));
    assert_eq!(is_whole(&server, &id, &shown).len(), 300);
    // A credential that counts no more.
    let id = begun(&server.as_key(&key), &body("CANCEL"));
    let revoked = server.post(&format!("/v1/access/keys/{}/revoke", key.id), "", r#"{"reason":"lost"}"#);
    assert!(revoked.status < 300, "{revoked:?}");
    let reader = server.issue("reader", &["approver"], "default");
    let shown = ended(&server.as_key(&reader), &id);
    assert_eq!(shown["status"], "CREDENTIAL_REVOKED", "{shown}");
    let gone = listed(&server.as_key(&reader), "label=batch:a&status=CANCELLED") as u64;
    assert_eq!(gone, came(&shown).1);
    assert!(gone < all.len() as u64, "the rest stays as it was");
}
