//! Budgets by the command line, and through the kill of a server: what a budget holds back stays held back, and goes on when
//! that is raised.

use crate::served::{Place, Server, TRIAD, until};
use serde_json::json;
use std::process::{Command, Output};

fn triad(server: &Server, words: &[&str]) -> Output {
    let command = [words, &["--server", &server.url]].concat();
    Command::new(TRIAD).args(command).output().expect("runs")
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn submit(server: &Server, seconds: u64) -> String {
    let tasks = json!([{ "id": "simulate", "command": ["true"], "timeout_seconds": seconds }]);
    let (status, answer) = server.post("/v1/workflows", &json!({ "tasks": tasks }).to_string());
    assert_eq!(status, 202, "{answer}");
    answer["workflow_id"].as_str().expect("an id").to_owned()
}

/// Limits those who need no credential.
fn set(server: &Server, kwh: &str) -> Output {
    let words = ["ledger", "budget", "set", "--owner", "", "--period", "total", "--energy-kwh", kwh];
    triad(server, &[&words[..], &["--usd", "0.5", "--reason", "ticket 12"]].concat())
}

#[test]
fn what_a_budget_holds_back_outlives_the_server_and_runs_when_that_is_raised() {
    let place = Place::new();
    let mut server = place.serve();
    assert_eq!(said(&triad(&server, &["ledger", "budget", "show"])), "nobody has a budget\n");
    // An hour of a core of 12 W is 0.012 kWh.
    assert!(said(&set(&server, "0.011999")).starts_with("default, no owner  total\n"));
    let waits = submit(&server, 3600);
    let small = submit(&server, 60);
    assert_eq!(server.wait_ended(&small)["status"], "COMPLETED");
    let status =
        |server: &Server| server.get(&format!("/v1/workflows/{waits}"))["tasks"][0]["status"].clone();
    let shown = said(&triad(&server, &["workflow", "show", &waits]));
    assert!(shown.contains("waits for budget too small"), "{shown}");
    let explained = said(&triad(&server, &["workflow", "explain", &waits, "--task", "simulate"]));
    assert!(explained.contains("It could need more than all of a budget, and does not run"), "{explained}");
    let shown = said(&triad(&server, &["ledger", "budget", "show"]));
    assert!(
        shown.contains("EXHAUSTED") && shown.contains("0.011999 kWh  0.00 charged, 0.00 reserved"),
        "{shown}"
    );
    server.kill();
    server = place.serve();
    assert_eq!(status(&server), "READY");
    said(&set(&server, "0.012"));
    until(|| status(&server) == "COMPLETED");
    let shown = said(&triad(&server, &["workflow", "show", &waits]));
    assert!(shown.contains("used 0.00 kWh"), "{shown}");
    let removed = said(&triad(&server, &["ledger", "budget", "remove", "--owner", "", "--reason", "done"]));
    assert_eq!(removed, "nobody has a budget\n");
    let shown = said(&triad(&server, &["ledger", "show", "--owner", ""]));
    assert!(shown.contains(&waits) && shown.contains(&small), "{shown}");
    server.stop();
    let verified = Command::new(TRIAD).args(["log", "verify"]).arg(place.log()).output().expect("runs");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

#[test]
fn what_can_be_no_budget_is_refused_with_the_exit_code_of_its_kind() {
    let place = Place::new();
    let server = place.serve();
    let ended = submit(&server, 60);
    server.wait_ended(&ended);
    said(&set(&server, "0.012"));
    for (words, code) in [
        (&["ledger", "budget", "set", "--period", "day", "--usd", "1", "--reason", "r"][..], 2),
        (&["ledger", "budget", "set", "--owner", "a", "--period", "day", "--usd", "1"], 2),
        (
            &[
                "ledger", "budget", "set", "--owner", "a", "--period", "day", "--usd", "a lot", "--reason",
                "r",
            ],
            2,
        ),
        (
            &[
                "ledger",
                "budget",
                "set",
                "--owner",
                "a",
                "--period",
                "day",
                "--usd",
                "0.0000001",
                "--reason",
                "r",
            ],
            2,
        ),
        (&["ledger", "budget", "set", "--owner", "a", "--period", "day", "--usd", "-1", "--reason", "r"], 1),
        (&["ledger", "budget", "set", "--owner", "a", "--period", "week", "--usd", "1", "--reason", "r"], 2),
        (
            &[
                "ledger",
                "budget",
                "set",
                "--workflow",
                &ended,
                "--period",
                "day",
                "--usd",
                "1",
                "--reason",
                "r",
            ],
            5,
        ),
        (&["ledger", "budget", "remove", "--tenant", "default", "--reason", "r"], 5),
        (&["ledger", "budget", "remove", "--owner", "", "--reason", ""], 1),
    ] {
        let output = triad(&server, words);
        assert_eq!(output.status.code(), Some(code), "{words:?} {output:?}");
    }
}
