//! Tasks that wait for time, a signal or people, and tasks that take the outputs of others, over HTTP.

use super::harness::{Answer, Key, Running};
use serde_json::{Value, json};

const SECRET: &str = "the-ship-is-the-Beagle-1831";

fn server() -> Running {
    let mut server = Running::start();
    server.claim();
    server
}

fn task(server: &Running, id: &str, name: &str) -> Value {
    let shown = server.get(&format!("/v1/workflows/{id}")).json();
    let tasks = shown["tasks"].as_array().expect("tasks").clone();
    tasks.into_iter().find(|task| task["id"] == name).expect("the task")
}

fn output(server: &Running, id: &str, name: &str) -> String {
    server.get(&format!("/v1/workflows/{id}/output?task={name}")).body
}

fn signal(server: &Running, id: &str, name: &str, body: &Value) -> Answer {
    server.post(&format!("/v1/workflows/{id}/signals/{name}"), "", &body.to_string())
}

fn decide(server: &Running, key: &Key, id: &str, verdict: &str) -> Answer {
    let body = json!({ "verdict": verdict, "reason": "looked at it" }).to_string();
    server.as_key(key).post(&format!("/v1/workflows/{id}/approvals/release"), &body)
}

#[test]
fn a_signal_lets_a_workflow_go_on_with_what_came_with_it() {
    let mut server = server();
    let definition = json!({ "tasks": [
        { "id": "go", "type": "TRIGGER", "signal": { "name": "arrived", "expires_seconds": 600 } },
        { "id": "say", "dependencies": ["go"], "command": ["echo", "{go.output.ship.name}", "{go.output.rows.[1]}", "{x}"],
          "env": { "WHOLE": "{go.output}" } },
    ] });
    let id = server.submit(&definition.to_string());
    let waiting = task(&server, &id, "go");
    let seen = ["status", "waits_for", "signal", "type", "kind"].map(|member| waiting[member].as_str());
    assert_eq!(seen, [Some("RUNNING"), Some("SIGNAL"), Some("arrived"), Some("TRIGGER"), Some("SIGNAL")]);
    assert!(waiting["due"].is_string(), "{waiting}");
    let other = signal(&server, &id, "departed", &json!({}));
    assert_eq!(other.verdict(), (404, "signal_unknown".to_owned()));
    let large = signal(&server, &id, "arrived", &json!({ "payload": "x".repeat(70_000) }));
    assert_eq!(large.verdict(), (422, "invalid_value".to_owned()));
    server.restart();
    let payload = json!({ "ship": { "name": SECRET }, "rows": [1, { "two": 2 }] });
    let sent = signal(&server, &id, "arrived", &json!({ "payload": payload, "reason": "by post" }));
    assert_eq!(sent.status, 202, "{sent:?}");
    assert_eq!(server.finished(&id)["status"], "COMPLETED", "{}", task(&server, &id, "say"));
    assert_eq!(output(&server, &id, "say"), format!("{SECRET} {{\"two\":2}} {{x}}\n"));
    assert_eq!(signal(&server, &id, "arrived", &json!({})).verdict(), (409, "workflow_ended".to_owned()));
    server.end();
    assert_eq!(server.files_with(SECRET), Vec::<String>::new(), "what came with it is content");
}

#[test]
fn a_payload_is_what_every_task_wants_that_waits_for_it() {
    let server = server();
    let schema = |required: &str| {
        json!({ "type": "object", "required": [required],
            "properties": { "rows": { "type": "integer", "minimum": 1 }, "by": { "pattern": "^[a-z]+$" } } })
    };
    let definition = json!({ "tasks": [
        { "id": "first", "signal": { "name": "arrived", "schema": schema("rows") } },
        { "id": "second", "signal": { "name": "arrived", "schema": schema("by") }, "dependencies": ["first"] },
        { "id": "free", "signal": "other" },
    ] });
    let id = server.submit(&definition.to_string());
    let faults = |payload: Value| {
        let answer = signal(&server, &id, "arrived", &json!({ "payload": payload }));
        assert_eq!(answer.verdict(), (422, "invalid_payload".to_owned()), "{answer:?}");
        let faults = answer.json()["faults"].as_array().expect("faults").clone();
        let told = |fault: &Value| {
            let part = |name: &str| fault[name].as_str().expect("text").to_owned();
            (part("task_id"), part("path"))
        };
        let mut told: Vec<(String, String)> = faults.iter().map(told).collect();
        told.sort();
        told
    };
    let fault = |task: &str, path: &str| (task.to_owned(), path.to_owned());
    assert_eq!(faults(json!({ "rows": 3 })), [fault("second", "payload")]);
    let wrong = json!({ "rows": 0, "by": "X" });
    let both = ["first", "second"].map(|task| [fault(task, "payload/by"), fault(task, "payload/rows")]);
    assert_eq!(faults(wrong), both.concat());
    assert_eq!(signal(&server, &id, "arrived", &json!({})).status, 422, "nothing is null");
    let good = json!({ "payload": { "rows": 3, "by": "post" } });
    assert_eq!(signal(&server, &id, "arrived", &good).status, 202);
    // The first has ended: what the second wants is enough.
    assert_eq!(signal(&server, &id, "arrived", &json!({ "payload": { "by": "post" } })).status, 202);
    assert_eq!(signal(&server, &id, "other", &json!({ "payload": 7 })).status, 202);
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
}

#[test]
fn what_is_no_schema_is_a_fault_of_the_definition() {
    let server = server();
    let rows = [
        (json!({ "properties": { "a": { "type": "objekt" } } }), "tasks[0].signal.schema/properties/a/type"),
        (json!({ "$ref": "https://example.com/schema" }), "tasks[0].signal.schema/$ref"),
        (json!({ "$ref": "#" }), "tasks[0].signal.schema/$ref"),
        (json!({ "description": "x".repeat(17_000) }), "tasks[0].signal.schema"),
        (json!(7), "tasks[0].signal.schema"),
    ];
    for (schema, path) in rows {
        let definition = json!({ "tasks": [{ "id": "a", "signal": { "name": "go", "schema": schema } }] });
        let answer = server.post("/v1/workflows", "", &definition.to_string());
        assert_eq!(answer.verdict(), (422, "invalid_definition".to_owned()), "{answer:?}");
        assert_eq!(answer.json()["faults"][0]["path"], path, "{answer:?}");
        assert_eq!(answer.json()["fault_count"], 1, "{answer:?}");
    }
}

#[test]
fn people_approve_by_role_and_whoever_submitted_is_none_of_them() {
    let server = server();
    let submitter = server.issue_with("ci", &json!({ "roles": ["submitter", "approver"] }));
    let [first, second] = ["first", "second"].map(|label| server.issue(label, &["approver"], "default"));
    let foreign = server.issue("foreign", &["approver"], "acme");
    let definition = json!({ "name": "ship it", "tasks": [
        { "id": "release", "approval": { "needed": 2, "message": "Is 1.4 good?" } },
        { "id": "ship", "dependencies": ["release"], "command": ["echo", "shipped"] },
    ] });
    let id = server.as_key(&submitter).submit(&definition.to_string());
    assert_eq!(task(&server, &id, "release")["waits_for"], "APPROVAL");
    let listed = server.as_key(&first).get("/v1/approvals").json();
    let listed = listed["approvals"].as_array().expect("approvals");
    assert_eq!((listed.len(), &listed[0]["status"]), (1, &json!("WAITING")), "{listed:?}");
    assert_eq!(listed[0]["requested_by"], submitter.id.as_str());
    assert_eq!(server.as_key(&foreign).get("/v1/approvals").json()["approvals"], json!([]));
    assert_eq!(decide(&server, &foreign, &id, "APPROVE").verdict(), (404, "workflow_unknown".to_owned()));
    let asked = server.as_key(&first).get(&format!("/v1/workflows/{id}/approvals/release")).json();
    assert_eq!(asked["message"]["text"], "Is 1.4 good?");
    let own = decide(&server, &submitter, &id, "APPROVE");
    assert_eq!(own.verdict(), (403, "requester_decides".to_owned()));
    assert_eq!(decide(&server, &first, &id, "PERHAPS").verdict(), (400, "invalid_body".to_owned()));
    assert_eq!(decide(&server, &first, &id, "approve").json()["verdicts"][0]["by"], first.id.as_str());
    assert_eq!(decide(&server, &first, &id, "APPROVE").verdict(), (409, "approved_already".to_owned()));
    let last = decide(&server, &second, &id, "APPROVE");
    assert_eq!((last.status, &last.json()["status"]), (200, &json!("APPROVED")), "{last:?}");
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    assert_eq!(decide(&server, &second, &id, "DECLINE").verdict(), (409, "workflow_ended".to_owned()));
    let declined = server.as_key(&submitter).submit(&definition.to_string());
    assert_eq!(decide(&server, &second, &declined, "DECLINE").json()["status"], "DECLINED");
    let ended = server.finished(&declined);
    assert_eq!(ended["status"], "FAILED");
    assert_eq!(task(&server, &declined, "release")["last_ending"], "DECLINED");
}

#[test]
fn holders_of_other_roles_are_told_whose_it_is() {
    let server = server();
    let admin = server.issue_with("other-admin", &json!({ "roles": ["admin"], "installation": true }));
    let definition = json!({ "tasks": [{ "id": "release", "approval": { "roles": ["release-board"] } }] });
    let id = server.submit(&definition.to_string());
    let refused = decide(&server, &admin, &id, "APPROVE");
    assert_eq!(refused.verdict(), (403, "not_an_approver".to_owned()));
    assert!(refused.body.contains("release-board"), "{}", refused.body);
}

#[test]
fn a_wait_is_over_after_its_time() {
    let server = server();
    let id = server.submit(
        r#"{"tasks":[{"id":"rest","wait":1},{"id":"on","dependencies":["rest"],"command":["true"]}]}"#,
    );
    assert_eq!(task(&server, &id, "rest")["waits_for"], "TIME");
    let ended = server.finished(&id);
    assert_eq!(ended["status"], "COMPLETED");
    assert!(ended["elapsed_ms"].as_i64().expect("a span") >= 1000, "{ended}");
}

/// What a command names and is not there fails the task by name, and never becomes an empty text.
#[test]
fn what_an_output_lacks_fails_the_task_and_says_what() {
    let server = server();
    let rows = [
        ("printf '{\"a\":1}'", "{first.output.b}", "has no \"b\": there is nothing at \"b\""),
        ("printf '{\"a\":[1]}'", "{first.output.a.[1]}", "there is nothing at \"[1]\""),
        ("printf 'no json'", "{first.output.a}", "is no JSON"),
        ("true", "{first.output}", "left no output"),
        ("printf 'a\\000b'", "{first.output}", "is no text"),
        ("head -c 70000 /dev/zero | tr '\\0' x", "{first.output}", "have more than 65536 bytes"),
    ];
    for (script, argument, why) in rows {
        let definition = json!({ "tasks": [
            { "id": "first", "command": ["sh", "-c", script] },
            { "id": "then", "dependencies": ["first"], "command": ["echo", argument], "retry": { "attempts": 3 } },
        ] });
        let id = server.submit(&definition.to_string());
        assert_eq!(server.finished(&id)["status"], "FAILED", "{script} {argument}");
        let failed = task(&server, &id, "then");
        assert_eq!(
            (&failed["last_ending"], &failed["attempts"]),
            (&json!("INPUT_UNUSABLE"), &json!(1)),
            "{failed}"
        );
        let attempts = server.get(&format!("/v1/workflows/{id}/attempts?task=then&content=true")).json();
        let said =
            attempts["attempts"][0]["outcome"]["stderr"]["text"].as_str().expect("it says why").to_owned();
        assert!(said.contains(why), "{script} {argument}: {said}");
    }
}

#[test]
fn values_are_arguments_and_never_a_program() {
    let server = server();
    let definition = json!({ "tasks": [
        { "id": "evil", "command": ["printf", "%s", "; touch /tmp/x; $(id) `id` \"' \n --help"] },
        { "id": "argument", "dependencies": ["evil"], "command": ["printf", "%s", "<{evil.output}>"] },
        { "id": "variable", "dependencies": ["evil"], "command": ["sh", "-c", "printf %s \"$V\""],
          "env": { "V": "{evil.output}" } },
        { "id": "braces", "dependencies": ["evil"], "command": ["awk", "BEGIN { print \"{evil.out} {other.output}\" }"] },
    ] });
    let id = server.submit(&definition.to_string());
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    let evil = "; touch /tmp/x; $(id) `id` \"' \n --help";
    assert_eq!(output(&server, &id, "argument"), format!("<{evil}>"));
    assert_eq!(output(&server, &id, "variable"), evil);
    assert_eq!(output(&server, &id, "braces"), "{evil.out} {other.output}\n");
}

#[test]
fn whose_a_workflow_is_stands_in_its_submission() {
    let server = server();
    let key = server.issue_with("ci", &json!({ "roles": ["submitter"], "owner": "platform" }));
    let id = server.as_key(&key).submit(r#"{"tasks":[{"type":"NOOP"}]}"#);
    assert_eq!(server.finished(&id)["owner"], "platform");
    let open = Running::start();
    let nobody = open.submit(r#"{"tasks":[{"type":"NOOP"}]}"#);
    assert_eq!(open.finished(&nobody)["owner"], Value::Null);
}

/// A workflow to try, whose processes run in the project as `--in .` has them.
fn fixture(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    let text = std::fs::read_to_string(root.join("fixtures/workflows").join(name)).expect("a workflow");
    let mut definition: Value = serde_json::from_str(&text).expect("JSON");
    for task in definition["tasks"].as_array_mut().expect("tasks") {
        if task.get("command").is_some() {
            task["working_directory"] = json!(root);
        }
    }
    definition.to_string()
}

/// Waits until a task waits, which those before it have to end for.
fn waits(server: &Running, id: &str, name: &str) {
    let shown = || task(server, id, name);
    let is_waiting = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        shown()["waits_for"].is_string()
    });
    assert!(is_waiting, "{}", shown());
}

#[test]
fn a_release_is_built_tested_approved_by_two_and_published() {
    let server = server();
    let [first, second] = ["first", "second"].map(|label| server.issue(label, &["approver"], "default"));
    let id = server.submit(&fixture("release.json"));
    waits(&server, &id, "sign-off");
    for key in [&first, &second] {
        let body = json!({ "verdict": "APPROVE", "reason": "tests are green" }).to_string();
        let said = server.as_key(key).post(&format!("/v1/workflows/{id}/approvals/sign-off"), &body);
        assert_eq!(said.status, 200, "{said:?}");
    }
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    let published = output(&server, &id, "publish");
    assert!(published.ends_with("  harbour-1.4\n") && published.len() == 64 + 14, "{published}");
}

#[test]
fn an_incident_is_closed_when_somebody_says_that_it_is_mended() {
    let server = server();
    let id = server.submit(&fixture("incident.json"));
    waits(&server, &id, "mended");
    assert_eq!(signal(&server, &id, "mended", &json!({ "payload": { "by": "Ada" } })).status, 202);
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    assert!(output(&server, &id, "close").ends_with("mended by Ada\n"));
}

#[test]
fn data_is_checked_by_values_that_one_task_hands_to_the_next() {
    let server = server();
    let id = server.submit(&fixture("quality.json"));
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    let verdict = output(&server, &id, "verdict");
    assert!(verdict.contains(" rows, an order has "), "{verdict}");
}
