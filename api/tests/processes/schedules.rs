//! Schedules by the command line, through kills of the server, and with a clock that is set: each moment is handled once.

use crate::clock::Clocked;
use crate::served::{Place, Server, TRIAD, until};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

fn triad(server: &Server, words: &[&str]) -> Output {
    let command = [words, &["--server", &server.url]].concat();
    Command::new(TRIAD).args(command).stdin(Stdio::null()).output().expect("runs")
}

fn alone(words: &[&str]) -> (Option<i32>, String, String) {
    let said = Command::new(TRIAD).args(words).stdin(Stdio::null()).output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (said.status.code(), text(&said.stdout), text(&said.stderr))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn set(server: &Server, more: Value) {
    let mut body = json!({ "name": "poll", "at": "@every 1s", "definition": "tasks: [{id: one}]" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, answer) = server.post("/v1/schedules", &body.to_string());
    assert_eq!(status, 201, "{answer}");
}

fn shown(server: &Server) -> Value {
    server.get("/v1/schedules/poll")
}

/// Moments of the workflows of the schedule, in seconds, the oldest first.
fn moments(server: &Server) -> Vec<i64> {
    let page = server.get("/v1/workflows?limit=1000&label=schedule:poll");
    let rows = page["workflows"].as_array().expect("a list").iter().rev();
    let moment = |row: &Value| row["labels"]["schedule_moment"].as_str().expect("a moment").to_owned();
    rows.map(|row| moment(row).parse::<jiff::Timestamp>().expect("a moment").as_second()).collect()
}

#[test]
fn a_person_sees_when_it_fires_sets_it_and_looks_after_it() {
    let place = Place::new();
    let server = place.serve();
    let (code, found, _) = alone(&[
        "schedule",
        "next",
        "30 2 * * *",
        "--zone",
        "europe/berlin",
        "--after",
        "2026-03-28T12:00:00Z",
        "--count",
        "2",
    ]);
    assert_eq!(code, Some(0));
    let expected = [
        "2026-03-29T01:00:00Z  2026-03-29T03:00:00+02:00",
        "2026-03-30T00:30:00Z  2026-03-30T02:30:00+02:00",
    ];
    assert_eq!(found.lines().map(str::trim).collect::<Vec<_>>(), expected);
    let (code, _, wrong) = alone(&["schedule", "next", "0 22-2 * * *"]);
    assert_eq!(code, Some(1));
    assert!(wrong.contains("hour, column 3: `22-2` runs backwards"), "{wrong}");
    assert!(wrong.contains("  --at | 0 22-2 * * *\n           ^"), "{wrong}");
    let (_, _, wrong) = alone(&["schedule", "next", "@daily", "--zone", "Europe/Berlni"]);
    assert!(
        wrong.contains("the nearest are `Europe/Berlin`") && wrong.contains("--zone | Europe/Berlni"),
        "{wrong}"
    );
    let file = place.file("poll.yaml");
    std::fs::write(&file, "tasks:\n  - id: one\n").expect("writes");
    let file = file.to_str().expect("text");
    let words =
        ["schedule", "set", "poll", file, "--at", "0 0 1 1 *", "--catch-up", "all", "--catch-up-count", "3"];
    let looked = triad(&server, &[&words[..], &["--dry-run"]].concat());
    assert!(said(&looked).starts_with("poll would submit 1 tasks\n  next   "), "{looked:?}");
    assert_eq!(said(&triad(&server, &["schedule", "list"])), "");
    let created = triad(&server, &words);
    assert!(said(&created).contains("catch-up ALL (at most 3, 604800 s back)"), "{created:?}");
    std::fs::write(file, "tasks:\n  - id: one\n    command: echo\n").expect("writes");
    let faulty = triad(&server, &words);
    let wrong = String::from_utf8_lossy(&faulty.stderr).into_owned();
    assert!(
        faulty.status.code() == Some(1) && wrong.contains("poll.yaml:3:14: ") && wrong.contains('^'),
        "{wrong}"
    );
    let range = ["--from", "2020-01-01T00:00:00Z", "--until", "2023-01-01T00:00:00Z"];
    assert_eq!(
        triad(&server, &[&["schedule", "backfill", "poll"][..], &range].concat()).status.code(),
        Some(0)
    );
    until(|| shown(&server)["backfill"]["why"] == "FINISHED");
    let found = said(&triad(&server, &["schedule", "show", "poll"]));
    assert!(
        found.contains("backfill 2020-01-01T00:00:00Z to 2023-01-01T00:00:00Z: 3 of 3, FINISHED"),
        "{found}"
    );
    assert!(
        said(&triad(&server, &["schedule", "pause", "poll", "--reason", "disk"]))
            .contains("paused: ASKED disk")
    );
    assert!(said(&triad(&server, &["schedule", "list"])).contains("PAUSED"));
    assert_eq!(triad(&server, &["schedule", "resume", "poll"]).status.code(), Some(0));
    assert_eq!(said(&triad(&server, &["schedule", "show", "poll", "--text"])), "tasks:\n  - id: one\n");
    assert_eq!(triad(&server, &["schedule", "stop", "poll"]).status.code(), Some(1), "nothing is under way");
    assert_eq!(triad(&server, &["schedule", "delete", "poll"]).status.code(), Some(0));
    assert_eq!(triad(&server, &["schedule", "show", "poll"]).status.code(), Some(5));
    server.stop();
}

#[test]
fn a_task_says_when_and_submitting_its_workflow_sets_that() {
    let place = Place::new();
    let server = place.serve();
    let file = place.file("nightly.yaml");
    let text = "name: nightly\ntasks:\n  - id: one\n    schedule: {at: 30 2 * * *, zone: europe/berlin}\n";
    std::fs::write(&file, text).expect("writes");
    let file = file.to_str().expect("text");
    let submitted = triad(&server, &["workflow", "submit", file]);
    assert!(said(&submitted).contains("  30 2 * * * in Europe/Berlin\n"), "{submitted:?}");
    assert_eq!(triad(&server, &["run", file]).status.code(), Some(1), "nothing of it runs now");
    let other = triad(&server, &["schedule", "set", "other", file]);
    assert!(said(&other).starts_with("other  ACTIVE"), "{other:?}");
    assert_eq!(server.get("/v1/workflows")["workflows"], json!([]));
    server.stop();
}

#[test]
fn a_kill_at_any_moment_leaves_each_moment_handled_once() {
    let place = Place::new();
    let mut server = place.serve();
    set(&server, json!({ "overlap": "ALLOW", "catch_up": "ALL" }));
    // Through the second, so that kills fall before, within and behind the firing.
    for pause_ms in [700, 1010, 1003, 990, 1020, 350, 1001, 1130] {
        sleep(Duration::from_millis(pause_ms));
        server.kill();
        server = place.serve();
    }
    let before = shown(&server)["fired"].as_u64().expect("a number");
    until(|| shown(&server)["fired"].as_u64().is_some_and(|fired| fired > before + 2));
    let (status, paused) = server.post("/v1/schedules/poll/pause", "{}");
    assert_eq!((status, &paused["left_out"]), (200, &json!(0)), "{paused}");
    let moments = moments(&server);
    let fired = shown(&server)["fired"].as_u64().expect("a number");
    assert_eq!(moments.len() as u64, fired, "what is submitted is what is recorded");
    assert!(
        moments.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "each of them, and none twice: {moments:?}"
    );
    server.stop();
}

/// Ids of the workflows of a schedule, and of those which they follow.
fn followed(server: &Server, name: &str) -> (Vec<String>, Vec<String>) {
    let page = server.get(&format!("/v1/workflows?limit=1000&label=schedule:{name}"));
    let rows = page["workflows"].as_array().expect("a list").iter().rev();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.map(|row| (text(&row["workflow_id"]), text(&row["labels"]["follows"]))).unzip()
}

/// Kills fall before, within and behind the firing of either, and between the end of a run and that it is followed.
#[test]
fn a_kill_at_any_moment_leaves_each_run_followed_once() {
    let place = Place::new();
    let mut server = place.serve();
    set(&server, json!({ "at": "0 0 1 1 *", "overlap": "ALLOW", "catch_up": "ALL" }));
    let tells = "inputs: {follows: {type: string}}\ntasks: [{id: say, command: [echo, '{inputs.follows}']}]";
    let after = json!({ "name": "report", "at": null, "after": { "schedule": "poll" }, "definition": tells });
    let mut report = after.as_object().expect("an object").clone();
    report.extend([("overlap".to_owned(), json!("ALLOW")), ("catch_up".to_owned(), json!("ALL"))]);
    set(&server, report.into());
    set(&server, json!({ "overlap": "ALLOW", "catch_up": "ALL" }));
    for pause_ms in [700, 1010, 1003, 990, 1020, 350, 1001, 1130] {
        sleep(Duration::from_millis(pause_ms));
        server.kill();
        server = place.serve();
    }
    let before = shown(&server)["fired"].as_u64().expect("a number");
    until(|| shown(&server)["fired"].as_u64().is_some_and(|fired| fired > before + 2));
    assert_eq!(server.post("/v1/schedules/poll/pause", "{}").0, 200);
    let fired = shown(&server)["fired"].clone();
    until(|| server.get("/v1/schedules/report")["fired"] == fired);
    let report = server.get("/v1/schedules/report");
    assert_eq!((&report["left_out"], &report["after"]["waiting"]), (&json!(0), &json!(0)), "{report}");
    let ((runs, _), (_, follows)) = (followed(&server, "poll"), followed(&server, "report"));
    let sorted = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(runs.len(), follows.len(), "{runs:?} {follows:?}");
    assert_eq!(sorted(&runs), sorted(&follows), "each of them, and none twice");
    server.stop();
}

#[test]
fn a_person_has_one_schedule_follow_another() {
    let place = Place::new();
    let server = place.serve();
    set(&server, json!({ "at": "0 0 1 1 *" }));
    let file = place.file("report.yaml");
    std::fs::write(&file, "tasks:\n  - id: one\n").expect("writes");
    let file = file.to_str().expect("text");
    let words = ["schedule", "set", "report", file, "--after", "schedule:poll", "--on", "any"];
    let looked = said(&triad(&server, &[&words[..], &["--dry-run"]].concat()));
    let next = "  next   after the next run of schedule poll (which fires at ";
    assert!(looked.starts_with(&format!("report would submit 1 tasks\n{next}20")), "{looked}");
    let created = said(&triad(&server, &words));
    assert!(created.contains("\n  after runs of schedule poll, on ANY\n  overlap SKIP"), "{created}");
    assert!(created.contains(next), "{created}");
    let listed = said(&triad(&server, &["schedule", "list"]));
    assert!(listed.contains("after runs of schedule poll, on ANY, fired 0"), "{listed}");
    let range = ["--from", "2020-01-01T00:00:00Z", "--until", "2021-06-01T00:00:00Z"];
    let refused = triad(&server, &[&["schedule", "backfill", "report"][..], &range].concat());
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    // The runs of a backfill are runs of the schedule like others.
    assert_eq!(
        triad(&server, &[&["schedule", "backfill", "poll"][..], &range].concat()).status.code(),
        Some(0)
    );
    // The range has two moments.
    until(|| server.get("/v1/schedules/report")["fired"].as_u64() >= Some(1));
    let found = said(&triad(&server, &["schedule", "show", "report"]));
    assert!(found.contains("\n  followed ") && found.contains(", COMPLETED at 20"), "{found}");
    let circle = triad(&server, &["schedule", "set", "poll", file, "--after", "schedule:report"]);
    let wrong = String::from_utf8_lossy(&circle.stderr).into_owned();
    assert!(wrong.contains("in a circle: poll after report after poll"), "{wrong}");
    for words in [["--after", "nightly", "--on", "any"], ["--after", "schedule:poll", "--at", "@daily"]] {
        let usage = triad(&server, &[&["schedule", "set", "x", file][..], &words].concat());
        assert_eq!(usage.status.code(), Some(2), "{usage:?}");
    }
    assert_eq!(triad(&server, &["schedule", "delete", "poll"]).status.code(), Some(0));
    let found = said(&triad(&server, &["schedule", "show", "report"]));
    assert!(found.contains("never while there is no schedule poll: it waits for one"), "{found}");
    server.stop();
}

#[test]
fn a_backfill_goes_on_through_kills_and_fires_each_moment_once() {
    let place = Place::new();
    let mut server = place.serve();
    set(&server, json!({ "at": "0 0 1 * *", "overlap": "ALLOW" }));
    let range = json!({ "from": "2016-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z" });
    assert_eq!(server.post("/v1/schedules/poll/backfill", &range.to_string()).0, 200);
    for pause_ms in [60, 90, 140, 200] {
        sleep(Duration::from_millis(pause_ms));
        server.kill();
        server = place.serve();
    }
    until(|| !shown(&server)["backfill"]["ended"].is_null());
    let found = shown(&server);
    assert_eq!(
        (&found["backfill"]["why"], &found["backfill"]["fired"]),
        (&json!("FINISHED"), &json!(120)),
        "{found}"
    );
    let moments = moments(&server);
    assert_eq!((moments.len(), moments.iter().collect::<BTreeSet<_>>().len()), (120, 120));
    server.stop();
}

/// A clock that is set fires nothing; accepted ahead it makes up for what passed, once; accepted behind it waits.
#[test]
fn a_clock_that_is_set_fires_nothing_twice() {
    const HOUR_S: i64 = 3600;
    let clocked = Clocked::start();
    let server = &clocked.server;
    set(server, json!({ "overlap": "ALLOW", "catch_up": "LAST" }));
    let fires = |more: u64| {
        let before = shown(server)["fired"].as_u64().unwrap_or_default();
        until(|| shown(server)["fired"].as_u64().is_some_and(|fired| fired >= before + more));
    };
    fires(2);
    for by_s in [HOUR_S, -HOUR_S] {
        clocked.set(by_s);
        clocked.until_clock_is("stepped");
        fires(2);
        assert_eq!(shown(server)["left_out"], 0, "it goes on by what really passes");
        clocked.set(0);
        clocked.until_clock_is("steady");
        fires(2);
    }
    clocked.set(HOUR_S);
    clocked.until_clock_is("stepped");
    let accept = |by: &str| server.post("/v1/clock/accept", &json!({ "reason": by }).to_string()).0;
    assert_eq!(accept("it is right"), 200);
    until(|| shown(server)["left_out"].as_u64().is_some_and(|count| count > 3500));
    fires(2);
    clocked.set(0);
    clocked.until_clock_is("stepped");
    assert_eq!(accept("it was wrong"), 200);
    let recorded =
        server.get("/v1/clock")["engine_time"].as_str().expect("a moment").parse::<jiff::Timestamp>();
    let stands_s = recorded.expect("a moment").as_second();
    sleep(Duration::from_millis(2500));
    let moments = moments(server);
    assert!(moments.windows(2).all(|pair| pair[0] < pair[1]), "none twice: {moments:?}");
    assert!(moments.last() <= Some(&stands_s), "nothing fires until the clock has caught up: {moments:?}");
    clocked.server.stop();
}
