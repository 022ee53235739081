//! Workflows that are begun again and again, over HTTP.

use super::harness::{Answer, Client, Running};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often something is looked for, with a pause in between.
const LOOKS_MAX: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// Does nothing, and says when.
pub(super) const NOTHING: &str = "tasks: [{id: one}]";
/// Goes on until it is told.
const WAITS: &str = "tasks: [{id: go, signal: go}]";

pub(super) fn document(name: &str, at: &str, definition: &str) -> Value {
    json!({ "name": name, "at": at, "definition": definition, "reason": "ticket 12" })
}

pub(super) fn with(mut document: Value, more: Value) -> Value {
    document.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    document
}

pub(super) fn set(client: &Client<'_>, document: &Value) -> Value {
    let answer = client.post("/v1/schedules", &document.to_string());
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

pub(super) fn shown(client: &Client<'_>, name: &str) -> Value {
    let answer = client.get(&format!("/v1/schedules/{name}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(super) fn change(client: &Client<'_>, name: &str, verb: &str, body: Value) -> Answer {
    client.post(&format!("/v1/schedules/{name}/{verb}"), &body.to_string())
}

/// The schedule once it is so.
#[track_caller]
pub(super) fn once(client: &Client<'_>, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..LOOKS_MAX {
        let found = shown(client, name);
        if is_so(&found) {
            return found;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it does not come to that: {}", shown(client, name));
}

pub(super) fn count(schedule: &Value, what: &str) -> u64 {
    schedule[what].as_u64().expect("a number")
}

/// Workflows of a schedule, the newest first: id and moment.
pub(super) fn runs(client: &Client<'_>, name: &str) -> Vec<(String, String)> {
    let page = client.get(&format!("/v1/workflows?limit=1000&label=schedule:{name}")).json();
    let rows = page["workflows"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    rows.map(|row| (text(&row["workflow_id"]), text(&row["labels"]["schedule_moment"]))).collect()
}

/// The moments are different, and in their order.
pub(super) fn assert_once(runs: &[(String, String)]) {
    let moments: Vec<&String> = runs.iter().rev().map(|(_, moment)| moment).collect();
    assert!(moments.windows(2).all(|pair| pair[0] < pair[1]), "{moments:?}");
}

#[test]
fn a_schedule_fires_at_its_moments_pauses_resumes_and_is_no_more() {
    let mut server = Running::start();
    let begun = server.showing("");
    let created = set(&begun, &document("poll", "@every 1s", NOTHING));
    assert_eq!(
        (&created["status"], &created["zone"], &created["overlap"]),
        (&json!("ACTIVE"), &json!("UTC"), &json!("SKIP"))
    );
    assert_eq!(created["next"].as_array().map(Vec::len), Some(10));
    let found = once(&begun, "poll", |found| count(found, "fired") >= 3);
    assert_eq!(found["recent"][0]["how"], "ON_TIME");
    let all = runs(&begun, "poll");
    assert_once(&all);
    let newest = found["last_workflow_id"].as_str().expect("an id");
    assert!(all.iter().any(|(id, _)| id == newest), "{all:?} {newest}");
    let paused = change(&begun, "poll", "pause", json!({ "reason": "disk" }));
    assert_eq!((paused.status, &paused.json()["paused"]["why"]), (200, &json!("ASKED")));
    assert_eq!(change(&begun, "poll", "pause", json!({})).verdict(), (409, "already_paused".to_owned()));
    let before = shown(&begun, "poll");
    assert_eq!(before["next"], json!([]));
    std::thread::sleep(Duration::from_millis(2200));
    assert_eq!(shown(&begun, "poll"), before, "nothing fires");
    server.restart();
    let client = server.showing("");
    assert_eq!(change(&client, "poll", "resume", json!({ "reason": "mended" })).status, 200);
    assert_eq!(change(&client, "poll", "resume", json!({})).verdict(), (409, "not_paused".to_owned()));
    let after = once(&client, "poll", |found| count(found, "fired") > count(&before, "fired"));
    let left = after["recent"].as_array().expect("a list").iter().find(|one| one["left_out"] == "PAUSED");
    assert!(left.is_some_and(|left| count(left, "count") >= 2), "{after}");
    assert_once(&runs(&client, "poll"));
    let text = client.get("/v1/schedules/poll?content=true").json();
    assert_eq!(text["text"], NOTHING);
    let gone = server.delete("/v1/schedules/poll");
    assert_eq!(gone.status, 200, "{gone:?}");
    let unknown = (404, "schedule_unknown".to_owned());
    assert_eq!(server.delete("/v1/schedules/poll").verdict(), unknown);
    let many = runs(&client, "poll").len();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(runs(&client, "poll").len(), many, "what is deleted fires no more");
    // The same name again is another schedule, which knows nothing of the one before.
    let again = set(&client, &document("poll", "@daily", NOTHING));
    assert_eq!((count(&again, "fired"), again["schedule_id"] != created["schedule_id"]), (0, true));
}

#[test]
fn while_a_run_goes_on_a_moment_is_left_out_waits_or_fires() {
    let server = Running::start();
    let client = server.showing("");
    for overlap in ["SKIP", "QUEUE", "ALLOW"] {
        let name = overlap.to_lowercase();
        set(&client, &with(document(&name, "@every 1s", WAITS), json!({ "overlap": overlap })));
    }
    once(&client, "allow", |found| count(found, "fired") >= 3);
    let skips = once(&client, "skip", |found| count(found, "left_out") >= 2);
    assert_eq!((count(&skips, "fired"), &skips["recent"][0]["left_out"]), (1, &json!("OVERLAP")));
    let queue = once(&client, "queue", |found| count(found, "fired") == 1);
    std::thread::sleep(Duration::from_millis(1200));
    let waits = shown(&client, "queue");
    assert_eq!((count(&waits, "fired"), count(&waits, "left_out")), (1, 0), "it waits");
    let first = queue["last_workflow_id"].as_str().expect("an id");
    let signal = client.post(&format!("/v1/workflows/{first}/signals/go"), "{}");
    assert!(signal.status < 300, "{signal:?}");
    let next = once(&client, "queue", |found| count(found, "fired") == 2);
    assert_eq!(count(&next, "left_out"), 0, "{next}");
    let all = runs(&client, "queue");
    assert_once(&all);
    let moment = |text: &str| text.parse::<jiff::Timestamp>().expect("a moment").as_second();
    assert_eq!(moment(&all[0].1) - moment(&all[1].1), 1, "none between them is lost: {all:?}");
}

#[test]
fn the_moments_of_a_range_are_filled_back_once_each() {
    let server = Running::start();
    let client = server.showing("");
    let gives = "inputs: {schedule_moment: {type: string}}\ntasks: [{id: say, command: [echo, '{inputs.schedule_moment}']}]";
    set(&client, &document("yearly", "0 0 1 1 *", gives));
    let range =
        json!({ "from": "2016-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z", "reason": "new column" });
    let asked = change(&client, "yearly", "backfill", range.clone());
    assert_eq!((asked.status, &asked.json()["backfill"]["expected"]), (200, &json!(10)), "{asked:?}");
    let found = once(&client, "yearly", |found| !found["backfill"]["ended"].is_null());
    assert_eq!((&found["backfill"]["why"], count(&found["backfill"], "fired")), (&json!("FINISHED"), 10));
    assert_eq!((count(&found, "fired"), &found["recent"][0]["how"]), (0, &json!("BACKFILL")));
    let all = runs(&client, "yearly");
    assert_once(&all);
    assert_eq!((all.len(), all[9].1.as_str()), (10, "2016-01-01T00:00:00Z"));
    let done = client.get(&format!("/v1/workflows/{}?outputs=true", all[3].0)).json();
    assert_eq!(done["outputs"]["say"]["text"], format!("{}\n", all[3].1), "{done}");
    // It fires them again when somebody wants that, and stops when nobody does.
    set(&client, &document("yearly", "0 0 1 1 *", WAITS));
    assert_eq!(change(&client, "yearly", "backfill", range.clone()).status, 200);
    let under_way = (409, "backfill_under_way".to_owned());
    assert_eq!(change(&client, "yearly", "backfill", range).verdict(), under_way);
    once(&client, "yearly", |found| count(&found["backfill"], "fired") == 1);
    let stopped = change(&client, "yearly", "backfill/stop", json!({ "reason": "enough" }));
    assert_eq!((stopped.status, &stopped.json()["backfill"]["why"]), (200, &json!("STOPPED")));
    assert_eq!(
        change(&client, "yearly", "backfill/stop", json!({})).verdict(),
        (409, "no_backfill".to_owned())
    );
    assert_eq!(runs(&client, "yearly").len(), 11);
}

#[test]
fn what_a_schedule_submits_is_read_when_it_fires() {
    let server = Running::start();
    let client = server.showing("");
    let publish = |tasks: &str| client.post("/v1/definitions/nightly", tasks);
    assert_eq!(publish(r#"{"name":"first","tasks":[{"id":"one"}]}"#).status, 200);
    set(&client, &document("nightly", "@every 1s", "workflow: nightly"));
    once(&client, "nightly", |found| count(found, "fired") >= 1);
    assert_eq!(publish(r#"{"name":"second","tasks":[{"id":"one"}]}"#).status, 200);
    let is_second = |row: &Value| row["name"] == "second";
    let listed = || client.get("/v1/workflows?label=schedule:nightly").json()["workflows"].clone();
    for _ in 0..LOOKS_MAX {
        if listed().as_array().is_some_and(|rows| rows.iter().any(is_second)) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    assert!(listed().as_array().is_some_and(|rows| rows.iter().any(is_second)), "the newest version runs");
    for version in [1, 2] {
        let retired = client.post(&format!("/v1/definitions/nightly/versions/{version}/retire"), "{}");
        assert_eq!(retired.status, 200, "{retired:?}");
    }
    let refused = once(&client, "nightly", |found| found["recent"][0]["left_out"] == "REFUSED");
    assert_eq!(refused["recent"][0]["problem"], "invalid_definition", "{refused}");
    assert_eq!(refused["status"], "ACTIVE");
}

#[test]
fn it_fires_for_whoever_set_it_as_long_as_they_may() {
    let mut server = Running::start();
    server.claim();
    let key = server.issue("schedules", &["submitter"], "acme");
    let [viewer, elsewhere] = [("viewer", "approver", "acme"), ("elsewhere", "submitter", "other")]
        .map(|(label, role, tenant)| server.issue(label, &[role], tenant));
    let of = |key| server.as_key(key);
    let poll = document("poll", "@every 1s", NOTHING);
    assert_eq!(
        of(&viewer).post("/v1/schedules", &poll.to_string()).verdict(),
        (403, "not_allowed".to_owned())
    );
    set(&of(&key), &poll);
    once(&of(&viewer), "poll", |found| count(found, "fired") >= 1);
    assert_eq!(of(&viewer).post("/v1/schedules/poll/pause", "{}").status, 403);
    for path in ["/v1/schedules/poll", "/v1/schedules/poll?content=true"] {
        assert_eq!(of(&elsewhere).get(path).verdict(), (404, "schedule_unknown".to_owned()));
    }
    assert_eq!(of(&elsewhere).get("/v1/schedules").json()["schedules"], json!([]));
    // Another tenant's schedule of the same name is another one.
    set(&of(&elsewhere), &document("poll", "@daily", NOTHING));
    let (id, _) = runs(&of(&viewer), "poll").remove(0);
    let records = of(&viewer).get(&format!("/v1/workflows/{id}/events")).body;
    assert!(records.contains(&format!("\"principal\":\"{}\"", key.id)), "{records}");
    let revoked = server.post(&format!("/v1/access/keys/{}/revoke", key.id), "", r#"{"reason":"lost"}"#);
    assert!(revoked.status < 300, "{revoked:?}");
    let found = once(&of(&viewer), "poll", |found| found["status"] == "PAUSED");
    assert_eq!(found["paused"]["why"], "CREDENTIAL_REVOKED", "{found}");
}

#[test]
fn what_is_erased_fires_no_more_and_says_so() {
    let mut server = Running::start();
    let created = set(&server.showing(""), &document("poll", "@every 1s", NOTHING));
    once(&server.showing(""), "poll", |found| count(found, "fired") >= 1);
    // Whose the text is the vault knows in the next life as well, so that it is sealed and erased with the same key.
    server.restart();
    let client = server.showing("");
    let again = set(&client, &document("poll", "@every 1s", NOTHING));
    assert_eq!(again["data_subject"], created["data_subject"]);
    let fired = count(&again, "fired");
    once(&client, "poll", |found| count(found, "fired") > fired);
    let subject = created["data_subject"].as_str().expect("an id");
    let erased = client.post(&format!("/v1/subjects/{subject}/erase"), r#"{"reason":"asked"}"#);
    assert!(erased.status < 300, "{erased:?}");
    let found = once(&client, "poll", |found| found["status"] == "PAUSED");
    assert_eq!(found["paused"]["why"], "TEXT_GONE", "{found}");
    assert!(server.files_with(NOTHING).is_empty(), "no file holds the text");
}

#[test]
fn many_that_are_due_at_once_all_fire() {
    let server = Running::start();
    let client = server.showing("");
    let names: Vec<String> = (0..60).map(|number| format!("n{number}")).collect();
    for name in &names {
        set(&client, &document(name, "@every 1s", NOTHING));
    }
    for name in &names {
        once(&client, name, |found| count(found, "fired") >= 2);
        assert_once(&runs(&client, name));
    }
    let page = client.get("/v1/schedules?limit=40").json();
    let rest =
        client.get(&format!("/v1/schedules?after={}", page["next_after"].as_str().expect("a name"))).json();
    let all = [&page, &rest].map(|page| page["schedules"].as_array().expect("a list").clone()).concat();
    let listed: BTreeSet<&str> = all.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!((all.len(), listed), (60, names.iter().map(String::as_str).collect()));
}

#[test]
fn what_would_fire_is_shown_and_not_recorded() {
    let server = Running::start();
    let client = server.showing("");
    let records = server.durable_sequence();
    let mut nightly = document("nightly", "30 2 * * *", NOTHING);
    nightly["zone"] = "europe/berlin".into();
    let preview =
        client.post("/v1/schedules", &with(nightly.clone(), json!({ "dry_run": true })).to_string());
    let found = preview.json();
    assert_eq!((preview.status, &found["zone"], &found["tasks"]), (200, &json!("Europe/Berlin"), &json!(1)));
    let next = found["next"].as_array().expect("a list");
    assert!(
        next.len() == 10
            && next.iter().all(|one| one["local"].as_str().is_some_and(|local| local.contains("T02:30:00+"))
                || one["local"].as_str().is_some_and(|local| local.contains("T03:00:00+02:00"))),
        "{found}"
    );
    assert_eq!(server.durable_sequence(), records, "looking records nothing");
    let created = set(&client, &nightly);
    assert_eq!(created["next"], found["next"]);
    let changed =
        set(&client, &with(nightly, json!({ "at": "@hourly", "catch_up": "all", "jitter_seconds": 60 })));
    assert_eq!(changed["schedule_id"], created["schedule_id"]);
    assert_eq!(
        (&changed["catch_up"], &changed["catch_up_count_max"], &changed["jitter_seconds"]),
        (&json!("ALL"), &json!(100), &json!(60))
    );
}

#[test]
fn a_task_that_says_when_makes_a_schedule_of_its_workflow() {
    let server = Running::start();
    let client = server.showing("");
    let tasks = |at: &str| json!([{ "id": "one" }, { "id": "two", "dependencies": ["one"], "schedule": at }]);
    let nightly = |at: &str| json!({ "name": "nightly", "tasks": tasks(at) });
    let submit = |document: Value| client.post("/v1/workflows", &document.to_string());
    let first = submit(nightly("@yearly"));
    let made = first.json();
    assert_eq!(
        (first.status, &made["name"], &made["at"]),
        (201, &json!("nightly"), &json!("@yearly")),
        "{made}"
    );
    assert_eq!(client.get("/v1/workflows").json()["workflows"], json!([]), "nothing runs now");
    let again = submit(nightly("@every 1s")).json();
    assert_eq!(again["schedule_id"], made["schedule_id"], "it is set under its name");
    let found = once(&client, "nightly", |found| count(found, "fired") >= 2);
    assert_eq!(found["set"], again["set"], "a firing does not set it again");
    let (run, _) = runs(&client, "nightly").remove(0);
    assert_eq!(client.get(&format!("/v1/workflows/{run}")).json()["tasks"].as_array().map(Vec::len), Some(2));
    let waiting = client.post("/v1/workflows?wait=1", &nightly("@daily").to_string());
    assert_eq!(waiting.verdict(), (400, "invalid_query".to_owned()));
    // Whoever sets it under another name may say otherwise when, and need not.
    let set_with = |more: Value| {
        let document = json!({ "name": "other", "definition": nightly("@hourly") });
        client.post("/v1/schedules", &with(document, more).to_string())
    };
    for (more, expected) in [(json!({}), "@hourly"), (json!({ "at": "@weekly" }), "@weekly")] {
        let other = set_with(more);
        assert_eq!((other.status, &other.json()["at"]), (201, &json!(expected)));
    }
    assert_eq!(set_with(json!({ "zone": "Europe/Berlin" })).verdict(), (422, "invalid_value".to_owned()));
    let unsaid = client.post("/v1/schedules", &json!({ "name": "never", "definition": NOTHING }).to_string());
    assert_eq!(unsaid.verdict(), (422, "invalid_schedule".to_owned()));
    // It comes with a definition that is named, for the workflow that this is and not for one that it is within.
    let published = client.post("/v1/definitions/kept", &nightly("@monthly").to_string());
    assert_eq!(published.status, 200, "{published:?}");
    let kept = submit(json!({ "workflow": "kept", "name": "monthly" }));
    assert_eq!((kept.status, &kept.json()["at"]), (201, &json!("@monthly")));
    let within = submit(json!({ "name": "around", "tasks": [{ "id": "a", "workflow": "kept" }] }));
    assert_eq!(within.verdict(), (422, "invalid_definition".to_owned()), "{within:?}");
    // An input for the moment is given by the schedule, so nobody else has to.
    let inputs = json!({ "schedule_moment": { "type": "string" } });
    let told = submit(json!({ "name": "told", "inputs": inputs, "tasks": tasks("@daily") }));
    assert_eq!(told.status, 201, "{told:?}");
    let unnamed = submit(json!({ "name": "Every night", "tasks": tasks("@daily") }));
    assert_eq!(unnamed.verdict(), (422, "invalid_definition".to_owned()), "{unnamed:?}");
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let server = Running::start();
    let client = server.showing("");
    let of = |more: Value| with(document("poll", "@daily", NOTHING), more);
    let (value, timing, body) = ((422, "invalid_value"), (422, "invalid_schedule"), (400, "invalid_body"));
    let rows = [
        (of(json!({ "name": "Poll" })), value),
        (of(json!({ "name": "" })), value),
        (of(json!({ "name": "x".repeat(65) })), value),
        (of(json!({ "at": "" })), timing),
        (of(json!({ "at": "@sometimes" })), timing),
        (of(json!({ "at": "61 * * * *" })), timing),
        (of(json!({ "at": "0 22-2 * * *" })), timing),
        (of(json!({ "at": "0 0 30 2 *" })), timing),
        (of(json!({ "at": "@every 0s" })), timing),
        (of(json!({ "at": "@reboot" })), timing),
        (of(json!({ "at": "x".repeat(257) })), timing),
        (of(json!({ "zone": "Europe/Atlantis" })), timing),
        (of(json!({ "zone": "+02:00" })), timing),
        (of(json!({ "at": "30 2 25-31 3 +SUN", "zone": "Europe/Berlin", "gap": "skip" })), timing),
        (of(json!({ "gap": "jump" })), value),
        (of(json!({ "fold": "both" })), value),
        (of(json!({ "overlap": "maybe" })), value),
        (of(json!({ "catch_up": "some" })), value),
        (of(json!({ "catch_up_count_max": 3 })), value),
        (of(json!({ "catch_up": "ALL", "catch_up_count_max": 0 })), value),
        (of(json!({ "catch_up": "ALL", "catch_up_count_max": 10_001 })), value),
        (of(json!({ "catch_up": "ALL", "catch_up_age_seconds": 0 })), value),
        (of(json!({ "catch_up": "ALL", "catch_up_age_seconds": 315_360_001 })), value),
        (of(json!({ "jitter_seconds": 86_400 })), value),
        (of(json!({ "language": "TOML" })), value),
        (of(json!({ "definition": 7 })), value),
        (of(json!({ "definition": "tasks: [" })), (400, "malformed_yaml")),
        (of(json!({ "definition": "tasks: []" })), (422, "invalid_definition")),
        (of(json!({ "definition": "workflow: nowhere@prod" })), (422, "invalid_definition")),
        (of(json!({ "definition": "x".repeat(300_000) })), (413, "too_large")),
        (of(json!({ "reason": "x".repeat(2000) })), value),
        (of(json!({ "until": "tomorrow" })), body),
        (json!({ "name": "poll", "at": "@daily" }), body),
        (json!({ "name": "poll", "definition": NOTHING }), timing),
    ];
    for (document, (code, name)) in rows {
        let answer = client.post("/v1/schedules", &document.to_string());
        assert_eq!(answer.verdict(), (code, name.to_owned()), "{document} {answer:?}");
    }
    let fault = client.post("/v1/schedules", &of(json!({ "at": "0 22-2 * * *" })).to_string()).json();
    assert_eq!((&fault["field"], &fault["column"]), (&json!("hour"), &json!(3)), "{fault}");
    assert_eq!(client.get("/v1/schedules").json()["schedules"], json!([]));
    set(&client, &document("poll", "@daily", NOTHING));
    let range = |from: &str, until: &str| json!({ "from": from, "until": until });
    let rows = [
        (json!({ "from": "2026-01-01T00:00:00Z" }), body),
        (range("yesterday", "2026-01-01T00:00:00Z"), value),
        (range("2026-01-01", "2026-01-02"), value),
        (range("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), value),
        (range("2026-01-01T00:00:00Z", "9000-01-01T00:00:00Z"), value),
        (range("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"), value),
        (range("1971-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), value),
    ];
    for (range, (code, name)) in rows {
        let answer = change(&client, "poll", "backfill", range.clone());
        assert_eq!(answer.verdict(), (code, name.to_owned()), "{range} {answer:?}");
    }
}
