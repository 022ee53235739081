//! A task that takes its server down whenever it is performed: it is lost after some lives, others go on, and a server can be
//! started that performs nothing.

use crate::served::{Place, Server, TRIAD, numbers, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use triad_decide::limits::CUT_OFF_MAX;

/// Takes down the server that runs it, as soon as somebody has made the file `go`.
const POISON: &str = "echo $$ >> PLACE/performed
    until [ -e PLACE/go ]; do sleep 0.05; done
    kill -9 $(sed -n 's/^PPid:[[:blank:]]*//p' /proc/$PPID/status)
    sleep 80";

fn submit(server: &Server, place: &Place, script: &str, attempts: u32) -> String {
    let script = script.replace("PLACE", &place.file("").to_string_lossy());
    server.submit(json!([{
        "id": "a", "type": "PROCESS", "command": ["sh", "-c", script],
        "retry": { "attempts": attempts, "base_ms": 10 },
    }]))
}

fn go(place: &Place) {
    std::fs::write(place.file("go"), "").expect("writes");
}

/// Serves until a task ends that.
fn live(place: &Place) {
    let words = place.serving("", &[]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ended = command.status().expect("runs");
    assert_eq!(ended.signal(), Some(Signal::KILL.as_raw()), "{ended}");
}

fn attempts(server: &Server, workflow: &str) -> Value {
    server.get(&format!("/v1/workflows/{workflow}/attempts?task=a"))["attempts"].clone()
}

#[test]
fn a_task_that_takes_its_server_down_is_lost_after_some_lives_and_others_complete() {
    let place = Place::new();
    let server = place.serve();
    let poison = submit(&server, &place, POISON, 1);
    let beside =
        submit(&server, &place, "echo $$ >> PLACE/beside; until [ -e PLACE/end ]; do sleep 0.05; done", 2);
    let quick = submit(&server, &place, "true", 1);
    assert_eq!(server.wait_ended(&quick)["status"], "COMPLETED");
    numbers(&place.file("performed"), 1);
    numbers(&place.file("beside"), 1);
    go(&place);
    server.wait();
    (1..CUT_OFF_MAX).for_each(|_| live(&place));

    let server = place.serve();
    let ended = server.wait_ended(&poison);
    assert_eq!((&ended["status"], &ended["tasks"][0]["last_ending"]), (&json!("FAILED"), &json!("LOST")));
    let lost = attempts(&server, &poison);
    assert_eq!((&lost[0]["status"], &lost[0]["cut_off"]), (&json!("LOST"), &json!(CUT_OFF_MAX)), "{lost}");
    assert_eq!(numbers(&place.file("performed"), 1).len(), CUT_OFF_MAX as usize);
    let timeline = server.get(&format!("/v1/workflows/{poison}/timeline")).to_string();
    assert!(timeline.contains("a was cut off with the server 5 times and is lost"), "{timeline}");

    // What ran beside it was cut off as often: it is tried again, as its policy says.
    std::fs::write(place.file("end"), "").expect("writes");
    assert_eq!(server.wait_ended(&beside)["status"], "COMPLETED");
    assert_eq!(attempts(&server, &beside)[0]["status"], "LOST");
    let next = server.run("true");
    assert_eq!(server.wait_ended(&next)["status"], "COMPLETED");
    server.stop();
}

#[test]
fn a_server_that_is_started_paused_performs_nothing_until_it_is_resumed() {
    let place = Place::new();
    let server = place.serve();
    let poison = submit(&server, &place, POISON, 1);
    let beside = submit(&server, &place, "echo $$ >> PLACE/beside; [ -e PLACE/end ] || sleep 80", 1);
    numbers(&place.file("performed"), 1);
    numbers(&place.file("beside"), 1);
    go(&place);
    server.wait();

    let server = Server::start(&place.serving("", &["--paused"]));
    assert_eq!(server.get("/v1/health")["paused"], true);
    let new = server.run("echo $$");
    let task = || server.get(&format!("/v1/workflows/{new}"))["tasks"][0].clone();
    until(|| task()["waits_for"] == "ENGINE_RESUMED");
    assert_eq!(server.post(&format!("/v1/workflows/{poison}/cancel"), "{}").0, 202);
    assert_eq!(server.wait_ended(&poison)["status"], "CANCELLED", "what waits can be stopped");
    std::fs::write(place.file("end"), "").expect("writes");
    let engine = |verb| {
        let mut triad = Command::new(TRIAD);
        let turned = triad.args(["engine", verb, "--reason", "a test", "--server", &server.url]).output();
        let turned = turned.expect("runs");
        (turned.status.code(), String::from_utf8_lossy(&turned.stdout).into_owned())
    };
    assert_eq!(engine("pause").0, Some(1), "it is paused already");
    let (code, said) = engine("resume");
    assert!(code == Some(0) && said.starts_with("engine running, recorded at sequence "), "{said}");
    for workflow in [&beside, &new] {
        assert_eq!(server.wait_ended(workflow)["status"], "COMPLETED");
    }
    let performed = ["performed", "beside"].map(|file| numbers(&place.file(file), 1).len());
    assert_eq!(performed, [1, 2], "nothing was performed while it was paused");
    server.stop();
}

#[test]
fn a_log_that_nobody_has_served_can_be_started_paused_too() {
    let place = Place::new();
    for _ in 0..2 {
        let server = Server::start(&place.serving("", &["--paused"]));
        assert_eq!(server.get("/v1/health")["paused"], true);
        server.stop();
    }
    let server = place.serve();
    assert_eq!(server.get("/v1/health")["paused"], true, "until it is resumed");
    server.stop();
}
