//! Commands that check a definition, submit it, follow it and wait for it: what they say, and with which exit code.

use crate::served::{Place, Server, TRIAD, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::process::{Command, Output, Stdio};

const GOOD: &str = "tasks:\n  - id: a\n    type: PROCESS\n    command: [\"true\"]\n";
const BAD: &str =
    "name: bad\ntasks:\n  - id: a\n    type: PROCESS\n    env: {DEBUG: on}\n    command: echo hello\n";
/// How the faults of the second are shown.
const SHOWN: &str = concat!(
    ":5:18: tasks[0].env.DEBUG: must be text, not a boolean: write DEBUG: \"on\"\n",
    "     5 |     env: {DEBUG: on}\n",
    "       |                  ^\n"
);
const SHOWN_TOO: &str = concat!(
    ":6:14: tasks[0].command: must be a list, not text\n",
    "     6 |     command: echo hello\n",
    "       |              ^\n"
);

fn triad(words: &[&str]) -> Output {
    Command::new(TRIAD).args(words).output().expect("runs")
}

fn asked(server: &Server, words: &[&str]) -> Output {
    triad(&[words, &["--server", &server.url]].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn written(place: &Place, name: &str, definition: &str) -> String {
    let file = place.file(name);
    std::fs::write(&file, definition).expect("writes");
    file.display().to_string()
}

#[test]
fn a_definition_is_checked_without_a_server() {
    let place = Place::new();
    let (good, bad) = (written(&place, "good.yaml", GOOD), written(&place, "bad.yml", BAD));
    let checked = triad(&["workflow", "validate", &good, &bad]);
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert_eq!(text(&checked.stdout), format!("{good}: good, 1 task\n{bad}{SHOWN}{bad}{SHOWN_TOO}"));
    assert_eq!(text(&checked.stderr), "error: 1 of 2 definitions have faults\n");
    assert_eq!(triad(&["workflow", "validate", &good]).status.code(), Some(0));
    assert_eq!(triad(&["workflow", "validate", "/nowhere.yaml"]).status.code(), Some(3));

    let documents = text(&triad(&["workflow", "validate", "-o", "json", &good, &bad]).stdout);
    let documents: Vec<Value> =
        documents.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (&documents[0]["is_valid"], &documents[1]["is_valid"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    assert_eq!(documents[1]["faults"][0]["line"], 5);

    let piped = Command::new("sh").arg("-c").arg(format!("{TRIAD} workflow validate - < {bad}")).output();
    assert!(text(&piped.expect("runs").stdout).starts_with("-:5:18: "));
}

#[test]
fn a_hostile_definition_is_refused_within_a_few_times_its_memory() {
    let place = Place::new();
    let million = 1_000_000;
    let rows = [
        ("flow", format!("[{}]", "1,".repeat(2 * million))),
        ("pairs", format!("tasks: [{}]", "a: b,".repeat(million))),
        ("entries", format!("tasks:\n{}", "- 1\n".repeat(million))),
        ("deep", "[".repeat(4 * million)),
        ("key", format!("? {}\n: 1\n", "k".repeat(4 * million))),
        ("block", format!("name: |\n{}", "  a\n".repeat(million))),
    ];
    for (name, definition) in rows {
        let file = written(&place, &format!("{name}.yaml"), &definition);
        // Four megabytes each; the rest is for the program, most of it address space that it never touches, and for as many
        // tasks as a server admits at most.
        let limited = format!("ulimit -v 400000; exec {TRIAD} workflow validate {file}");
        let refused = Command::new("sh").args(["-c", &limited]).output().expect("runs");
        assert_eq!(refused.status.code(), Some(1), "{name}: {}", text(&refused.stderr));
        assert!(text(&refused.stdout).contains(".yaml:"), "{name}: {}", text(&refused.stdout));
    }
}

#[test]
fn the_faults_that_a_server_finds_are_shown_in_the_file() {
    let place = Place::new();
    let server = place.serve();
    let (bad, broken) = (written(&place, "bad.yaml", BAD), written(&place, "broken.yaml", "name: *a\n"));
    let directory = place.log().display().to_string();
    for more in [&[][..], &["--in", &directory]] {
        let refused = asked(&server, &[&["workflow", "submit", &bad], more].concat());
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said = text(&refused.stderr);
        assert!(said.contains(format!("{bad}{SHOWN}{bad}{SHOWN_TOO}").trim_end()), "{said}");
    }
    let said = text(&asked(&server, &["workflow", "submit", &broken]).stderr);
    assert!(
        said.contains(&format!("{broken}:1:7: ")) && said.contains("\n     1 | name: *a\n       |       ^"),
        "{said}"
    );
    let good = written(&place, "good.yaml", GOOD);
    let placed = asked(&server, &["workflow", "submit", &good, "--in", &directory]);
    assert_eq!(placed.status.code(), Some(0), "{placed:?}");
    server.stop();
}

#[test]
fn the_exit_code_says_how_a_workflow_ended() {
    let place = Place::new();
    let server = place.serve();
    let good = written(&place, "good.yaml", GOOD);
    let failing = written(&place, "failing.yaml", &GOOD.replace("\"true\"", "\"false\""));
    let long = written(&place, "long.yaml", &GOOD.replace("\"true\"", "sleep, \"60\""));
    let run = |file: &str| asked(&server, &["run", file]);
    assert_eq!(run(&good).status.code(), Some(0));
    let failed = run(&failing);
    assert_eq!(failed.status.code(), Some(6), "{failed:?}");
    let id = text(&failed.stdout).trim_end().to_owned();
    assert_eq!(asked(&server, &["workflow", "wait", &id]).status.code(), Some(6));
    assert_eq!(asked(&server, &["workflow", "watch", &id]).status.code(), Some(1));

    let submitted = asked(&server, &["workflow", "submit", &long]);
    let id = text(&submitted.stdout).trim_end().to_owned();
    let late = asked(&server, &["workflow", "wait", &id, "--timeout", "1"]);
    assert_eq!((late.status.code(), text(&late.stderr).contains("it goes on")), (Some(7), true), "{late:?}");
    assert_eq!(asked(&server, &["workflow", "cancel", &id]).status.code(), Some(0));
    let waited = asked(&server, &["workflow", "wait", &id, "--timeout", "20"]);
    assert_eq!((waited.status.code(), text(&waited.stdout)), (Some(6), format!("{id} CANCELLED\n")));
    for words in [["workflow", "show"], ["workflow", "wait"], ["workflow", "watch"], ["workflow", "cancel"]] {
        let absent = asked(&server, &[words[0], words[1], &"7".repeat(32)]);
        assert_eq!(absent.status.code(), Some(5), "{words:?}: {absent:?}");
    }
    server.stop();
}

#[test]
fn ctrl_c_leaves_the_workflow_running() {
    let place = Place::new();
    let server = place.serve();
    let long = written(&place, "long.yaml", &GOOD.replace("\"true\"", "sleep, \"60\""));
    let mut command = Command::new(TRIAD);
    command.args(["run", &long, "--server", &server.url]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let following = command.spawn().expect("runs");
    let running = || server.get("/v1/workflows")["workflows"][0]["counts"]["running"] == 1;
    until(running);
    // It hears of Ctrl-C from the first step on that it prints.
    std::thread::sleep(std::time::Duration::from_millis(500));
    kill_process(Pid::from_child(&following), Signal::INT).expect("it runs");
    let ended = following.wait_with_output().expect("ends");
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    let id = text(&ended.stdout).trim_end().to_owned();
    assert!(text(&ended.stderr).contains(&format!("{id} goes on")), "{ended:?}");
    assert!(running(), "it goes on");
    assert_eq!(asked(&server, &["workflow", "cancel", &id]).status.code(), Some(0));
    server.wait_ended(&id);
    server.stop();
}
