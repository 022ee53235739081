//! Schedules that follow the runs of others, over HTTP.

use super::harness::{Client, Running};
use super::schedules::{NOTHING, assert_once, change, count, document, once, runs, set, shown, with};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the runs of a schedule follow, the newest first.
fn follows(client: &Client<'_>, name: &str) -> Vec<String> {
    let page = client.get(&format!("/v1/workflows?limit=1000&label=schedule:{name}")).json();
    let rows = page["workflows"].as_array().expect("a list").iter();
    rows.map(|row| row["labels"]["follows"].as_str().unwrap_or_default().to_owned()).collect()
}

fn after(name: &str, after: Value, definition: &str) -> Value {
    json!({ "name": name, "after": after, "overlap": "ALLOW", "definition": definition })
}

#[test]
fn a_schedule_follows_the_runs_of_another_one() {
    let server = Running::start();
    let client = server.showing("");
    set(&client, &document("poll", "@every 1s", NOTHING));
    let tells = "inputs: {follows: {type: string}}\ntasks: [{id: say, command: [echo, '{inputs.follows}']}]";
    let created = set(&client, &after("report", json!({ "schedule": "poll" }), tells));
    let told = (&created["at"], &created["after"]["schedule"], &created["after"]["on"]);
    assert_eq!(told, (&Value::Null, &json!("poll"), &json!("SUCCESS")));
    assert!(created["after"]["fires_next"]["moment"].is_string(), "{created}");
    set(&client, &after("mop-up", json!({ "schedule": "poll", "on": "failure" }), NOTHING));
    set(&client, &after("last", json!({ "schedule": "report", "on": "any" }), NOTHING));
    once(&client, "last", |found| count(found, "fired") >= 2);
    let found = shown(&client, "report");
    assert_eq!(found["recent"][0]["how"], "ON_TIME", "{found}");
    assert!(found["recent"][0]["follows"].is_string() && found["after"]["last"]["ended"] == "COMPLETED");
    let names = follows(&client, "report");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "none twice: {names:?}");
    let polled: BTreeSet<String> = runs(&client, "poll").into_iter().map(|(id, _)| id).collect();
    assert!(names.iter().all(|run| polled.contains(run)), "{names:?} {polled:?}");
    assert_eq!(count(&shown(&client, "mop-up"), "fired"), 0, "none failed");
    // What is named while it is paused waits, and is left out when it is resumed.
    assert_eq!(change(&client, "report", "pause", json!({})).status, 200);
    let waits = once(&client, "report", |found| count(&found["after"], "waiting") >= 2);
    assert_eq!(change(&client, "report", "resume", json!({})).status, 200);
    let resumed = once(&client, "report", |found| count(found, "fired") > count(&waits, "fired"));
    let left = resumed["recent"].as_array().expect("a list").iter().find(|one| one["left_out"] == "PAUSED");
    assert!(left.is_some_and(|left| count(left, "count") >= 2), "{resumed}");
    assert_once(&runs(&client, "report"));
    // The followed one may go: then it waits, and says so.
    assert_eq!(server.delete("/v1/schedules/poll").status, 200);
    assert_eq!(shown(&client, "report")["after"]["is_there"], false);
}

#[test]
fn a_schedule_follows_the_runs_of_a_definition() {
    let server = Running::start();
    let client = server.showing("");
    assert_eq!(client.post("/v1/definitions/etl", r#"{"tasks":[{"id":"one"}]}"#).status, 200);
    set(&client, &after("report", json!({ "definition": "etl", "on": "any" }), NOTHING));
    let submitted = client.post("/v1/workflows", r#"{"workflow": "etl"}"#).json();
    once(&client, "report", |found| count(found, "fired") == 1);
    let run = submitted["workflow_id"].as_str().expect("an id").to_owned();
    assert_eq!(follows(&client, "report"), [run]);
    let own = after("own", json!({ "definition": "etl" }), "workflow: etl");
    assert_eq!(client.post("/v1/schedules", &own.to_string()).verdict(), (422, "schedule_circle".to_owned()));
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let server = Running::start();
    let client = server.showing("");
    set(&client, &document("poll", "@yearly", NOTHING));
    set(&client, &after("report", json!({ "schedule": "poll" }), NOTHING));
    let verdict = |document: &Value| client.post("/v1/schedules", &document.to_string()).verdict();
    let both = with(after("x", json!({ "schedule": "poll" }), NOTHING), json!({ "at": "@daily" }));
    let preview = |whose: Value| with(after("x", whose, NOTHING), json!({ "dry_run": true }));
    let rows = [
        (after("x", json!({ "schedule": "none" }), NOTHING), 404, "schedule_unknown"),
        (after("x", json!({ "definition": "none" }), NOTHING), 404, "definition_unknown"),
        (preview(json!({ "schedule": "none" })), 404, "schedule_unknown"),
        (preview(json!({ "definition": "none" })), 404, "definition_unknown"),
        (after("x", json!({ "schedule": "poll", "definition": "etl" }), NOTHING), 422, "invalid_value"),
        (after("x", json!({ "on": "any" }), NOTHING), 422, "invalid_value"),
        (after("x", json!({ "schedule": "poll", "on": "none" }), NOTHING), 422, "invalid_value"),
        (both, 422, "invalid_value"),
        (after("poll", json!({ "schedule": "report" }), NOTHING), 422, "schedule_circle"),
        (after("report", json!({ "schedule": "report" }), NOTHING), 422, "schedule_circle"),
    ];
    for (document, status, code) in rows {
        assert_eq!(verdict(&document), (status, code.to_owned()), "{document}");
    }
    let range = json!({ "from": "2020-01-01T00:00:00Z", "until": "2021-06-01T00:00:00Z" });
    assert_eq!(change(&client, "report", "backfill", range).verdict(), (409, "follows_runs".to_owned()));
    let shown = client.post("/v1/schedules", &preview(json!({ "schedule": "poll" })).to_string()).json();
    assert!(shown["after"]["fires_next"]["moment"].is_string() && shown["next"] == json!([]), "{shown}");
}
