//! Tasks that fail are diagnosed, healed and told of, with people who decide: by the real program, through a kill.

use crate::program::{Key, Place, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A server that offers a variable to fixes, and its first administrator.
fn serve(place: &Place, value: &str) -> Server {
    let file = place.beside("heal.env");
    fs::write(&file, format!("# of the queue\nQUEUE_URL={value}\n")).expect("writes");
    place.serve_with("TRIAD_HEAL_ENV_FILE", &file.display().to_string())
}

pub(crate) fn issue(server: &Server, admin: &Key, label: &str, role: &str) -> Key {
    let body = json!({ "label": label, "grants": { "roles": [role], "tenant": "default" } });
    let (status, document) = server.post(Some(admin), "/v1/access/keys", &body);
    assert_eq!(status, 201, "{document}");
    Key::of(&document)
}

pub(crate) fn submit(server: &Server, key: &Key, definition: &Value) -> String {
    let (status, answer) = server.post(Some(key), "/v1/workflows", definition);
    assert_eq!(status, 202, "{answer}");
    answer["workflow_id"].as_str().expect("an id").to_owned()
}

/// The task, as soon as it is as wanted.
#[track_caller]
pub(crate) fn task(
    server: &Server,
    key: &Key,
    id: &str,
    name: &str,
    is_wanted: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..600 {
        let (_, shown) = server.get(Some(key), &format!("/v1/workflows/{id}"));
        let tasks = shown["tasks"].as_array().cloned().unwrap_or_default();
        if let Some(task) = tasks.into_iter().find(|task| task["id"] == name && is_wanted(task)) {
            return task;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{:?}", server.get(Some(key), &format!("/v1/workflows/{id}")));
}

pub(crate) fn has_status(status: &'static str) -> impl Fn(&Value) -> bool {
    move |task| task["status"] == status
}

/// What `triad workflow explain` says to somebody.
pub(crate) fn explained(place: &Place, server: &Server, key: &Key, id: &str) -> String {
    let mut command = place.command(&["workflow", "explain", id, "--server", &server.url]);
    let output = command.env("TRIAD_KEY", &key.secret).output().expect("runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Counts the words of a file that it writes into where the variable says; without that it fails as the shell does.
fn counts_words(out: &Path) -> Value {
    let script = "set -eu; printf 'one two three' > words; wc -w < words > \"$QUEUE_URL\"";
    json!({ "id": "count", "type": "PROCESS", "command": ["sh", "-c", script], "name": out.display().to_string() })
}

#[test]
fn work_that_lacks_configuration_is_healed_and_what_must_not_be_healed_is_told_to_a_person() {
    let place = Place::new();
    let out = place.beside("counted");
    let mut server = serve(&place, &out.display().to_string());
    let admin = server.claim();
    let mut healed = counts_words(&out);
    healed["self_healing_policy"] = json!("DIAGNOSE_AND_RETRY");
    let mut left = counts_words(&out);
    left["self_healing_policy"] = json!("NONE");
    left["id"] = json!("left");
    let id = submit(&server, &admin, &json!({ "tasks": [healed, left] }));
    let count = task(&server, &admin, &id, "count", has_status("COMPLETED"));
    assert_eq!(fs::read_to_string(&out).expect("it ran").trim(), "3");
    let fix = &count["healing"]["fixes"][0];
    assert_eq!(
        (&fix["kind"], &fix["variables"], &fix["attempt"]),
        (&json!("SET_ENVIRONMENT"), &json!(["QUEUE_URL"]), &json!(2))
    );
    assert_eq!(fix["grounds"]["class"], "MISSING_CONFIGURATION", "{count}");
    let left = task(&server, &admin, &id, "left", has_status("FAILED"));
    assert_eq!(
        left["healing"]["diagnosis"]["class"], "MISSING_CONFIGURATION",
        "it is diagnosed all the same"
    );
    assert_eq!((&left["attempts"], &left["healing"]["fixes"]), (&json!(1), &json!([])));
    // No fix is known for a file that is not there: a person is told.
    let hopeless = json!({ "id": "read", "command": ["cat", "/no/such/file"], "retry": { "attempts": 5 },
        "self_healing_policy": "DIAGNOSE_AND_RETRY" });
    let other = submit(&server, &admin, &json!({ "tasks": [hopeless] }));
    let read = task(&server, &admin, &other, "read", has_status("FAILED"));
    assert_eq!(
        (&read["attempts"], &read["healing"]["not_healed"]["why"]),
        (&json!(1), &json!("NO_FIX")),
        "{read}"
    );
    let (_, alerts) = server.get(Some(&admin), "/v1/alerts");
    let told = alerts["alerts"].as_array().expect("alerts").iter().any(|alert| alert["kind"] == "NOT_HEALED");
    assert!(told, "{alerts}");
    let (_, incidents) = server.get(Some(&admin), "/v1/incidents");
    assert_eq!(incidents["incidents"][0]["task_id"], "read", "{incidents}");
    let said = explained(&place, &server, &admin, &other);
    assert!(said.contains("Nothing heals it by itself: no fix is known for that."), "{said}");
    // All of it follows from the log.
    server.kill();
    server = serve(&place, &out.display().to_string());
    let again = task(&server, &admin, &id, "count", has_status("COMPLETED"));
    assert_eq!(again["healing"], count["healing"]);
    let (_, rules) = server.get(Some(&admin), "/v1/rules");
    let learned = &rules["learned"][0];
    assert_eq!(
        (&learned["fix"], &learned["succeeded"], &learned["failed"]),
        (&json!("SET_ENVIRONMENT"), &json!(1), &json!(0))
    );
    server.stop();
}

#[test]
fn a_run_that_waited_for_its_price_failed_was_healed_with_a_persons_word_tells_its_story() {
    let place = Place::new();
    let out = place.beside("counted");
    let server = serve(&place, &out.display().to_string());
    let admin = server.claim();
    let [submitter, approver] = ["submitter", "approver"].map(|role| issue(&server, &admin, role, role));
    let source = json!({ "source": "FIXED", "fixed_micro_usd_per_kwh": 180_000 });
    assert_eq!(server.post(Some(&admin), "/v1/prices/source", &source).0, 200);
    let mut task_of_it = counts_words(&out);
    task_of_it["self_healing_policy"] = json!("DIAGNOSE_AND_ASK");
    task_of_it["max_bid_price"] = json!(0.10);
    let id = submit(&server, &submitter, &json!({ "tasks": [task_of_it] }));
    task(&server, &admin, &id, "count", |task| task["waits_for"] == "PRICE");
    let cheap = json!({ "source": "FIXED", "fixed_micro_usd_per_kwh": 50_000 });
    assert_eq!(server.post(Some(&admin), "/v1/prices/source", &cheap).0, 200);
    task(&server, &admin, &id, "count", |task| task["waits_for"] == "FIX_APPROVAL");
    let path = format!("/v1/workflows/{id}/fixes/count");
    let (status, shown) = server.get(Some(&approver), &path);
    assert_eq!(
        (status, &shown["kind"], &shown["variables"]),
        (200, &json!("SET_ENVIRONMENT"), &json!(["QUEUE_URL"])),
        "{shown}"
    );
    let verdict = |verdict: &str| json!({ "verdict": verdict, "reason": "the queue moved" });
    let (status, refused) = server.post(Some(&submitter), &path, &verdict("APPROVE"));
    assert_eq!(status, 403, "{refused}");
    let (status, approved) = server.post(Some(&approver), &path, &verdict("APPROVE"));
    assert_eq!((status, &approved["by"]), (200, &json!(approver.id)), "{approved}");
    task(&server, &admin, &id, "count", has_status("COMPLETED"));
    let (status, over) = server.post(Some(&approver), &path, &verdict("DECLINE"));
    assert_eq!(status, 409, "{over}");
    let story = explained(&place, &server, &admin, &id);
    for part in [
        "It completed in its second attempt.",
        "went on at",
        "that is within its bid of 0.10 USD",
        "it had failed because configuration that it needs is not set",
        "and a fix was applied: set QUEUE_URL from the operator's configuration.",
    ] {
        assert!(story.contains(part), "{part:?} in {story}");
    }
    server.stop();
}
