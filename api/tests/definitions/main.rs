//! Definitions that a program wrote with `triad-workflow`, carried out by the real server.

#[expect(dead_code, reason = "the tests of processes need more of it")]
#[path = "../processes/served.rs"]
mod served;

// The same program that people read first.
#[expect(dead_code, reason = "what it prints is submitted without printing it")]
#[path = "../../../sdk/rust/examples/report.rs"]
mod report;

use serde_json::Value;
use served::{Place, Server, TRIAD, until};
use std::io::Write;
use std::process::{Command, Stdio};
use triad_workflow::{Task, Workflow};

/// Submits a definition as people do, on the command line, and waits for the end of the workflow. Its id and what is shown of it.
fn run(server: &Server, workflow: &Workflow) -> (String, Value) {
    let mut command = Command::new(TRIAD);
    command.args(["workflow", "submit", "-", "--server", &server.url, "-o", "json"]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    let json = workflow.to_json_pretty().expect("no fault");
    process.stdin.take().expect("piped").write_all(json.as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("ends");
    assert!(output.status.success(), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let id = answer["workflow_id"].as_str().expect("an id").to_owned();
    let shown = server.wait_ended(&id);
    (id, shown)
}

/// What the only attempt of a task printed.
fn printed(server: &Server, id: &str, task: &str) -> String {
    let attempts = server.get(&format!("/v1/workflows/{id}/attempts?task={task}&content=true"));
    attempts["attempts"][0]["outcome"]["stdout"]["text"].as_str().unwrap_or_default().trim_end().to_owned()
}

#[test]
fn a_task_takes_the_output_of_another_and_the_workflow_completes() {
    let (place, json) = (Place::new(), r#"{"rows": [{"name": "Ada; rm -rf $HOME"}]}"#);
    let server = place.serve();
    let first = Task::command("first", ["printf", "%s", json]);
    let second = Task::command("second", ["sh", "-c", r#"echo "$0, $1 $LAST""#])
        .arg("is=" + first.output().path("rows.[0].name"))
        .arg("and")
        .env("LAST", first.output().path("rows"));
    // The order in which they are added says nothing.
    let workflow = Workflow::new("taken").add_task(second).add_task(first);
    let (id, shown) = run(&server, &workflow);
    assert_eq!((&shown["status"], &shown["name"]), (&"COMPLETED".into(), &"taken".into()), "{shown}");
    let expected = r#"is=Ada; rm -rf $HOME, and [{"name":"Ada; rm -rf $HOME"}]"#;
    assert_eq!(printed(&server, &id, "second"), expected);
    server.stop();
}

#[test]
fn the_example_is_taken_as_it_is() {
    let place = Place::new();
    let server = place.serve();
    let (id, shown) = run(&server, &report::report());
    assert_eq!(shown["status"], "COMPLETED", "{shown}");
    assert_eq!(printed(&server, &id, "tell"), "rack 7 is fine");
    server.stop();
}

#[test]
fn a_signal_that_is_waited_for_lets_the_workflow_go_on() {
    let place = Place::new();
    let server = place.serve();
    let gate = Task::signal("gate", "go").expires_seconds(3_600);
    let told = Task::command("told", ["echo"]).arg(gate.output().path("by"));
    let workflow = Workflow::new("gated").add_task(told).add_task(gate).to_json().expect("no fault");
    let (status, answer) = server.post("/v1/workflows", &workflow);
    assert!(status < 300, "{answer}");
    let id = answer["workflow_id"].as_str().expect("an id");
    let (status, answer) =
        server.post(&format!("/v1/workflows/{id}/signals/go"), r#"{"payload": {"by": "Ada"}}"#);
    assert!(status < 300, "{answer}");
    until(|| server.wait_ended(id)["status"] == "COMPLETED");
    assert_eq!(printed(&server, id, "told"), "Ada");
    server.stop();
}
