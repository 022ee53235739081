//! Workflows go in, run, and are shown.

use super::harness::{Running, unlocking};
use crate::options::{ConnectOptions, ServerOption};
use serde_json::Value;

const DIAMOND: &str = r#"{"name":"diamond","tasks":[
    {"id":"top","type":"PROCESS","command":["sh","-c","echo out; echo err >&2"]},
    {"id":"left","type":"NOOP","dependencies":["top"]},
    {"id":"right","type":"NOOP","dependencies":["top"]},
    {"id":"bottom","type":"NOOP","dependencies":["left","right"]}]}"#;

/// Runs until it is stopped.
const ENDLESS: &str = r#"{"name":"endless","tasks":[{"id":"sleep","type":"PROCESS","command":["sleep","600"]},
    {"id":"after","type":"NOOP","dependencies":["sleep"]}]}"#;

#[test]
fn a_workflow_runs_and_every_view_shows_it() {
    let server = Running::start();
    let id = server.submit(DIAMOND);
    let shown = server.finished(&id);
    assert_eq!(
        (&shown["status"], &shown["counts"]["completed"]),
        (&"COMPLETED".into(), &4.into()),
        "{shown}"
    );
    assert_eq!(shown["tasks"][3]["dependencies"], serde_json::json!(["left", "right"]));
    let began = shown["began"]["sequence"].as_u64().expect("a sequence");
    let at_first = server.get(&format!("/v1/workflows/{id}?as_of={}", began + 1)).json();
    assert_eq!((&at_first["status"], &at_first["counts"]["pending"]), (&"RUNNING".into(), &4.into()));
    let graph = server.get(&format!("/v1/workflows/{id}/graph")).json();
    assert_eq!(graph["edges"], serde_json::json!([[0, 1], [0, 2], [1, 3], [2, 3]]));
    let attempts = server.get(&format!("/v1/workflows/{id}/attempts?task=top&content=true")).json();
    let outcome = &attempts["attempts"][0]["outcome"];
    assert_eq!((&outcome["stdout"]["text"], &outcome["stderr"]["text"]), (&"out\n".into(), &"err\n".into()));
    let lines = server.get(&format!("/v1/workflows/{id}/timeline")).json();
    assert_eq!(
        lines["lines"].as_array().map(Vec::len),
        shown["records"].as_u64().map(|count| count as usize)
    );
    let list = server.get("/v1/workflows?status=completed&limit=1").json();
    assert_eq!(list["workflows"][0]["workflow_id"], id.as_str());
}

#[test]
fn the_list_is_read_page_by_page() {
    let server = Running::start();
    let ids: Vec<String> = (0..5).map(|_| server.submit(r#"{"tasks":[{"type":"NOOP"}]}"#)).collect();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/v1/workflows?limit=2{cursor}")).json();
        let rows = page["workflows"].as_array().expect("rows");
        seen.extend(rows.iter().map(|row| row["workflow_id"].as_str().expect("an id").to_owned()));
        let Some(next) = page["next_cursor"].as_u64() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.reverse();
    assert_eq!(seen, ids);
}

#[test]
fn a_key_gives_one_workflow_also_after_a_restart() {
    let mut server = Running::start();
    let (key, definition) = ("idempotency-key: nightly-7\r\n", r#"{"tasks":[{"type":"NOOP"}]}"#);
    let first = server.post("/v1/workflows", key, definition);
    let again = server.post("/v1/workflows", key, &format!(" {definition} "));
    assert_eq!((first.status, again.status), (202, 200));
    assert_eq!(first.json()["workflow_id"], again.json()["workflow_id"]);
    let other = server.post("/v1/workflows", key, DIAMOND);
    assert_eq!(other.verdict(), (409, "idempotency_conflict".to_owned()));
    server.restart();
    let later = server.post("/v1/workflows", key, definition);
    assert_eq!((later.status, &later.json()["workflow_id"]), (200, &first.json()["workflow_id"]));
    assert_eq!(server.get("/v1/workflows").json()["workflows"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_workflow_is_paused_resumed_and_cancelled() {
    let server = Running::start();
    let id = server.submit(ENDLESS);
    let ask = |verb: &str| server.post(&format!("/v1/workflows/{id}/{verb}"), "", r#"{"reason":"a test"}"#);
    assert_eq!(ask("pause").json()["status"], "PAUSED");
    assert_eq!(ask("pause").verdict(), (409, "already_paused".to_owned()));
    assert_eq!(ask("resume").json()["status"], "RUNNING");
    assert_eq!(ask("resume").verdict(), (409, "not_paused".to_owned()));
    assert_eq!(ask("cancel").status, 202);
    let shown = server.finished(&id);
    assert_eq!(
        (&shown["status"], &shown["counts"]["cancelled"]),
        (&"CANCELLED".into(), &2.into()),
        "{shown}"
    );
    assert_eq!(ask("cancel").verdict(), (409, "workflow_ended".to_owned()));
    let events: Vec<String> = server.events(&id, None).into_iter().map(|(_, name)| name).collect();
    assert_eq!(events.last().map(String::as_str), Some("workflow.cancelled"));
}

#[test]
fn the_engine_is_paused_and_resumed() {
    let server = Running::start();
    assert_eq!(server.post("/v1/engine/pause", "", "").json()["paused"], true);
    let id = server.submit(r#"{"tasks":[{"type":"NOOP"}]}"#);
    let shown = server.get(&format!("/v1/workflows/{id}")).json();
    assert_eq!(shown["tasks"][0]["waits_for"], "ENGINE_RESUMED", "{shown}");
    assert_eq!(server.get("/v1/health").json()["paused"], true);
    assert_eq!(server.post("/v1/engine/resume", "", "").json()["paused"], false);
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
}

#[test]
fn a_definition_larger_than_a_record_is_staged_and_runs() {
    let server = Running::start();
    let name = "n".repeat(240);
    let task = |number: usize| match number {
        0 => format!(r#"{{"type":"NOOP","name":"{name}"}}"#),
        _ => format!(r#"{{"type":"NOOP","name":"{name}","dependencies":["task-{}"]}}"#, number.div_ceil(2)),
    };
    let tasks: Vec<String> = (0..8000).map(task).collect();
    let id = server.submit(&format!(r#"{{"name":"large","tasks":[{}]}}"#, tasks.join(",")));
    let events = server.events(&id, None);
    let staged = events.iter().filter(|(_, name)| name == "intake.chunk_staged").count();
    assert!(staged >= 2, "{staged} chunks");
    let shown: Value = server.get(&format!("/v1/workflows/{id}?limit=5")).json();
    assert_eq!((&shown["status"], &shown["counts"]["completed"]), (&"COMPLETED".into(), &8000.into()));
    assert_eq!((&shown["next_tasks_from"], &shown["task_count"]), (&5.into(), &8000.into()));
}

#[test]
fn a_running_log_is_copied_and_verifies() {
    use triad_proof::parallel::verify_file;
    use triad_proof::verify::Trust;
    let server = Running::start();
    let id = server.submit(DIAMOND);
    server.finished(&id);
    let asked = ServerOption { server: server.url(), connect: ConnectOptions::default() };
    let api = crate::client::Api::of(&asked).unwrap_or_else(|failure| panic!("{:?}", failure.chain()));
    let copy = api.open("/v1/log/copy", None).expect("a copy").expect("a copy");
    let one = std::num::NonZero::<usize>::MIN;
    let report = verify_file(copy.reader, Trust::default(), one).expect("the copy verifies");
    let head = server.get("/v1/log/head").json();
    assert_eq!(head["size"], report.checkpoint.size);
    assert!(server.get("/v1/events").body.contains("dag.task_completed"));
    assert!(
        crate::open_log::OpenLog::open(server.path(), &unlocking()).is_err(),
        "the log is the server's as long as it runs"
    );
}
