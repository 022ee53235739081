//! A run that is suspended while electricity is dear, with the real program: it stands still, takes no place, is cancelled and
//! killed as others are, and begins anew with the next server.

use crate::served::{Place, Server, TRIAD, until};
use serde_json::{Value, json};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

/// Counts in a file every 50 ms until somebody makes the file `end`.
const COUNTS: &str = "echo $$ >> PLACE/NAME.ids; i=0; until [ -e PLACE/end ]; do i=$((i + 1)); echo $i > PLACE/NAME.new; \
    mv PLACE/NAME.new PLACE/NAME; sleep 0.05; done";

fn triad(server: &Server, words: &[&str]) -> Output {
    let command = [words, &["--server", &server.url]].concat();
    let output = Command::new(TRIAD).args(command).output().expect("runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn price(server: &Server, usd: &str) {
    triad(server, &["price", "set", "fixed", "--usd-per-kwh", usd, "--reason", "ticket 15"]);
}

fn submit(server: &Server, place: &Place, name: &str) -> String {
    let script = COUNTS.replace("PLACE", &place.file("").to_string_lossy()).replace("NAME", name);
    server.submit(json!([{
        "id": "a", "command": ["sh", "-c", script], "timeout_seconds": 600, "max_bid_price": 0.10,
        "interruptible": true, "deadline": 7200,
    }]))
}

fn task(server: &Server, workflow: &str) -> Value {
    server.get(&format!("/v1/workflows/{workflow}"))["tasks"][0].clone()
}

fn count(place: &Place, name: &str) -> u64 {
    let text = std::fs::read_to_string(place.file(name)).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

fn advances(place: &Place, name: &str) {
    let before = count(place, name);
    until(|| count(place, name) > before);
}

/// Waits until it is told to be suspended and the system says that it is stopped; then nothing of it advances.
fn stands_still(server: &Server, place: &Place, workflow: &str, name: &str) {
    until(|| task(server, workflow)["waits_for"] == "SUSPENSION");
    // A shell that waits for what it starts (vfork) is shown as D while that is stopped before it became another program.
    until(|| matches!(state(place, name), Some('T' | 'D')));
    // What is seen in D once may have been just about to go on.
    until(|| {
        let before = count(place, name);
        sleep(Duration::from_millis(200));
        count(place, name) == before
    });
    let before = count(place, name);
    sleep(Duration::from_secs(1));
    assert_eq!(count(place, name), before, "it advanced");
}

/// Of the last process that was started, as /proc has it.
fn state(place: &Place, name: &str) -> Option<char> {
    let ids = std::fs::read_to_string(place.file(&format!("{name}.ids"))).ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", ids.lines().last()?)).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn a_run_stands_still_while_electricity_is_dear_and_takes_no_place() {
    let place = Place::new();
    let server = place.serve();
    price(&server, "0.05");
    triad(&server, &["setting", "set", "attempts_running_max", "1", "--reason", "ticket 15"]);
    let workflow = submit(&server, &place, "one");
    advances(&place, "one");
    price(&server, "0.18");
    stands_still(&server, &place, &workflow, "one");
    let shown = said(&triad(&server, &["workflow", "show", &workflow]));
    assert!(shown.contains("suspended since ") && shown.contains("above bid"), "{shown}");
    let explained = said(&triad(&server, &["workflow", "explain", &workflow, "--task", "a"]));
    let because = "because a kilowatt hour cost 0.18 USD, which is above its bid. It is looked at again at ";
    assert!(explained.contains("has stood still since") && explained.contains(because), "{explained}");
    let beside = server.submit(json!([{ "id": "b", "command": ["true"] }]));
    assert_eq!(server.wait_ended(&beside)["status"], "COMPLETED", "it had the place");
    price(&server, "0.09");
    advances(&place, "one");
    std::fs::write(place.file("end"), "").expect("writes");
    let ended = server.wait_ended(&workflow);
    assert_eq!((&ended["status"], &ended["tasks"][0]["attempts"]), (&json!("COMPLETED"), &json!(1)));
    let pacing = &ended["tasks"][0]["pacing"];
    assert_eq!((&pacing["suspensions"], &pacing["is_suspended"]), (&json!(1), &json!(false)), "{pacing}");
    assert_eq!(pacing["stood"][0]["reason"], "ABOVE_BID");
    let explained = said(&triad(&server, &["workflow", "explain", &workflow, "--task", "a"]));
    assert!(explained.contains("Then it ran from "), "{explained}");
}

#[test]
fn what_is_suspended_is_cancelled_and_dies_with_its_server_and_begins_anew() {
    let place = Place::new();
    let mut server = place.serve();
    price(&server, "0.05");
    let (one, two) = (submit(&server, &place, "one"), submit(&server, &place, "two"));
    ["one", "two"].iter().for_each(|name| advances(&place, name));
    price(&server, "0.18");
    stands_still(&server, &place, &one, "one");
    stands_still(&server, &place, &two, "two");
    let (status, answer) = server.post(&format!("/v1/workflows/{one}/cancel"), "{}");
    assert_eq!(status, 202, "{answer}");
    assert_eq!(server.wait_ended(&one)["status"], "CANCELLED");
    until(|| !matches!(state(&place, "one"), Some(state) if state != 'Z'));
    server.kill();
    until(|| !matches!(state(&place, "two"), Some(state) if state != 'Z'));
    server = place.serve();
    // It is performed from its beginning, and suspended as soon as it runs.
    until(|| std::fs::read_to_string(place.file("two.ids")).is_ok_and(|ids| ids.lines().count() == 2));
    stands_still(&server, &place, &two, "two");
    assert_eq!(task(&server, &two)["attempts"], 1);
    price(&server, "0.05");
    advances(&place, "two");
    std::fs::write(place.file("end"), "").expect("writes");
    assert_eq!(server.wait_ended(&two)["status"], "COMPLETED");
}
