//! Outputs that are verified, with the real program: what holds, what does not, and checks and outputs that are made to take long
//! or much.

use crate::served::{Place, Server, TRIAD, until};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::process::Command;

/// A check that does not hold: which, its kind, whose fault, and a part of the reason.
type Unmet<'a> = (u64, &'a str, &'a str, &'a str);

/// A task with its checks, how its attempt ends, how many of how many hold, and which do not.
struct Row<'a> {
    script: &'a str,
    verify: Value,
    ending: &'a str,
    held: Option<(u64, u64)>,
    unmet: &'a [Unmet<'a>],
}

fn row<'a>(
    script: &'a str,
    verify: Value,
    ending: &'a str,
    held: (u64, u64),
    unmet: &'a [Unmet<'a>],
) -> Row<'a> {
    Row { script, verify, ending, held: Some(held), unmet }
}

fn unlooked<'a>(script: &'a str, verify: Value, ending: &'a str) -> Row<'a> {
    Row { script, verify, ending, held: None, unmet: &[] }
}

/// All of them as tasks of one workflow.
fn check(rows: &[Row<'_>]) {
    let place = Place::new();
    let server = place.serve();
    let task = |(number, row): (usize, &Row<'_>)| {
        let command = json!(["sh", "-c", row.script]);
        json!({
            "id": format!("t{number}"), "command": command, "verify": row.verify, "env": { "WANTED": "b" },
            "retry": { "attempts": 1 },
        })
    };
    let tasks: Vec<Value> = rows.iter().enumerate().map(task).collect();
    let workflow = server.submit(json!(tasks));
    server.wait_ended(&workflow);
    for (number, row) in rows.iter().enumerate() {
        let attempts = server.get(&format!("/v1/workflows/{workflow}/attempts?task=t{number}&content=true"));
        let outcome = &attempts["attempts"][0]["outcome"];
        let said = format!("{} {}: {outcome}", row.script, row.verify);
        assert_eq!(outcome["ending"], row.ending, "{said}");
        let verified = &outcome["verified"];
        let held = verified["held"].as_u64().zip(verified["checks"].as_u64());
        assert_eq!(held, row.held, "{said}");
        let unmet = outcome["said"]["unmet"].as_array().map_or(&[][..], Vec::as_slice);
        assert_eq!(unmet.len(), row.unmet.len(), "{said}");
        for ((check, kind, cause, reason), found) in row.unmet.iter().zip(unmet) {
            let is_it = found["check"] == *check && found["kind"] == *kind && found["cause"] == *cause;
            let why = found["reason"].as_str().unwrap_or_default();
            assert!(is_it && why.contains(reason), "{found} in {said}");
        }
        if row.ending == "UNVERIFIED" {
            let diagnosis = &outcome["diagnosis"];
            assert_eq!(
                (&diagnosis["class"], &diagnosis["rule"]),
                (&json!("BAD_OUTPUT"), &json!("verification"))
            );
        }
    }
    server.stop();
}

fn command(script: &str) -> Value {
    json!({ "checker": { "command": ["sh", "-c", script], "timeout_seconds": 20 } })
}

/// A component whose function never comes back.
fn component_that_loops() -> String {
    let text = r#"(component
  (core module $module
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "verify") (param i32 i32) (result i32) (loop $ever (br $ever)) (unreachable)))
  (core instance $instance (instantiate $module))
  (func (export "verify") (param "output" (list u8)) (result (result (error string)))
    (canon lift (core func $instance "verify") (memory (core memory $instance "memory"))
      (realloc (core func $instance "realloc")))))"#;
    STANDARD.encode(wat::parse_str(text).expect("a component"))
}

#[test]
fn an_attempt_succeeds_when_its_output_is_what_its_task_wants() {
    let schema = json!({ "json_schema": { "type": "object", "required": ["rows"] } });
    let codes = json!({ "exit_codes": [0, 3] });
    check(&[
        row("echo '{\"rows\": 3}'", json!([schema]), "SUCCEEDED", (1, 1), &[]),
        row(
            "echo '{\"row\": 3}'; echo noise >&2",
            json!([{ "size": { "at_least": 1 } }, schema]),
            "UNVERIFIED",
            (1, 2),
            &[(1, "JSON_SCHEMA", "DIFFERS", "does not hold under")],
        ),
        row("echo ok; exit 3", json!([codes, { "pattern": "^ok" }]), "SUCCEEDED", (2, 2), &[]),
        row(
            "echo no; exit 3",
            json!([codes, { "pattern": "^ok" }]),
            "UNVERIFIED",
            (1, 2),
            &[(1, "PATTERN", "DIFFERS", "does not match `^ok`")],
        ),
        row(
            "exit 0",
            json!([{ "exit_codes": [3] }]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "EXIT_CODES", "DIFFERS", "its exit code is 0")],
        ),
        // What did not end as intended is not looked at.
        unlooked("echo ok; exit 4", json!([codes, { "pattern": "^ok" }]), "EXITED"),
        unlooked("echo ok; exit 1", json!([{ "pattern": "^ok" }]), "EXITED"),
        unlooked("echo ok; kill -9 $$", json!([{ "pattern": "^ok" }]), "SIGNALLED"),
        row("printf x", json!([command("test \"$(cat)$WANTED\" = xb")]), "SUCCEEDED", (1, 1), &[]),
        row(
            "printf x",
            json!([command("echo it is no y >&2; grep -q y")]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "CHECKER", "DIFFERS", "the command's exit code is 1")],
        ),
        // Templates are not filled in, and no shell sees arguments.
        row(
            "printf x",
            json!([{ "checker": { "command": ["test", "{item}$(date)", "=", "{item}$(date)"] } }]),
            "SUCCEEDED",
            (1, 1),
            &[],
        ),
        row(
            "printf '\\377'",
            json!([command("test $(wc -c) -eq 1"), { "size": { "at_most": 1 } }]),
            "SUCCEEDED",
            (2, 2),
            &[],
        ),
    ]);
}

#[test]
fn what_is_made_to_take_long_or_much_ends_and_does_not_hold() {
    let many = "head -c 1000000 /dev/zero | tr '\\000' a; echo '!'";
    let wasm = json!({ "wasm": { "component": component_that_loops(), "fuel": 1_000_000 } });
    check(&[
        row(many, json!([{ "pattern": "^(a+)+$" }]), "UNVERIFIED", (0, 1), &[(0, "PATTERN", "DIFFERS", "")]),
        row(
            "yes '[' | head -n 200000",
            json!([{ "json_schema": true }]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "JSON_SCHEMA", "TOO_MUCH", "nested more than 100 deep")],
        ),
        row(
            "echo x",
            json!([{ "checker": { "command": ["sleep", "76541"], "timeout_seconds": 1 } }]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "CHECKER", "TOO_MUCH", "longer than it may")],
        ),
        // It ends well, and what it started in the background is ended.
        row(
            "echo x",
            json!([command("sleep 76542 & setsid sleep 76543 & exit 0")]),
            "SUCCEEDED",
            (1, 1),
            &[],
        ),
        row(
            "echo x",
            json!([command("head -c 100000000 /dev/zero; exit 7")]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "CHECKER", "DIFFERS", "exit code is 7")],
        ),
        row(
            "echo x",
            json!([{ "checker": { "command": ["/nowhere/checker"] } }]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "CHECKER", "BROKEN", "could not be run")],
        ),
        row("echo x", json!([wasm]), "UNVERIFIED", (0, 1), &[(0, "WASM", "TOO_MUCH", "used up its fuel")]),
        row(
            "head -c 17825792 /dev/zero",
            json!([{ "pattern": "x" }, { "size": { "at_most": 17825792 } }, command("exit 0")]),
            "UNVERIFIED",
            (1, 3),
            &[(0, "PATTERN", "TOO_MUCH", "17825792 bytes"), (2, "CHECKER", "TOO_MUCH", "17825792 bytes")],
        ),
        row(
            "printf '\\377'",
            json!([{ "pattern": "." }]),
            "UNVERIFIED",
            (0, 1),
            &[(0, "PATTERN", "DIFFERS", "no UTF-8")],
        ),
    ]);
    assert!(
        ["76541", "76542", "76543"].iter().all(|seconds| !sleeps(seconds)),
        "a checker outlives its attempt"
    );
}

/// Whether some process sleeps for so long.
fn sleeps(seconds: &str) -> bool {
    let commands = std::fs::read_dir("/proc").expect("reads").flatten();
    let wanted = format!("sleep\0{seconds}\0");
    let mut commands = commands.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    commands.any(|command| String::from_utf8_lossy(&command).ends_with(&wanted))
}

#[test]
fn what_is_not_as_wanted_is_tried_again_and_then_fails_with_what_was_found() {
    let place = Place::new();
    let server = place.serve();
    let file = place.file("tries");
    let verify = json!([{ "pattern": "^2$" }, { "size": { "at_most": 2 } }]);
    let count = format!("echo x >> {0}; wc -l < {0} | tr -d ' '", file.display());
    let retry = json!({ "attempts": 2, "base_ms": 1 });
    let task = |id: &str, script: &str| json!({ "id": id, "command": ["sh", "-c", script], "verify": verify, "retry": retry });
    let workflow = server.submit(json!([task("second", &count), task("never", "echo secret")]));
    assert_eq!(server.wait_ended(&workflow)["status"], "FAILED");
    let shown = server.get(&format!("/v1/workflows/{workflow}"));
    let tasks = shown["tasks"].as_array().expect("tasks");
    let told = |task: &Value| {
        let verified = &task["healing"]["verified"];
        [&task["status"], &task["attempts"], &task["last_ending"], &verified["held"], &verified["checks"]]
            .map(Clone::clone)
    };
    assert_eq!(
        told(&tasks[0]),
        [json!("COMPLETED"), json!(2), json!("SUCCEEDED"), json!(2), json!(2)],
        "{shown}"
    );
    assert_eq!(
        told(&tasks[1]),
        [json!("FAILED"), json!(2), json!("UNVERIFIED"), json!(0), json!(2)],
        "{shown}"
    );
    let failed = &tasks[1]["healing"]["verified"]["failed"];
    assert_eq!(
        failed,
        &json!([
            { "check": 0, "kind": "PATTERN", "cause": "DIFFERS" }, { "check": 1, "kind": "SIZE", "cause": "DIFFERS" },
        ])
    );
    assert!(!shown.to_string().contains("secret"), "content stands in records");
    let words = ["workflow", "show", &workflow, "--task", "never", "--server", &server.url];
    let printed = Command::new(TRIAD).args(words).output().expect("runs");
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    for line in [
        "verified: 0 of 2 checks hold",
        "diagnosed: bad output, 990 per mille sure by rule verification",
        "check 0 PATTERN DIFFERS: the output does not match `^2$`",
        "check 1 SIZE DIFFERS: the output has 7 bytes, and at most 2 are wanted",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    server.stop();
}

#[test]
fn whoever_stops_an_attempt_stops_its_verification() {
    let place = Place::new();
    let server = place.serve();
    let hangs = |seconds: &str| json!([{ "checker": { "command": ["sleep", seconds] } }]);
    let tasks = json!([{ "id": "a", "command": ["true"], "verify": hangs("76551"), "timeout_seconds": 2 }]);
    let late = server.submit(tasks);
    let ended = server.wait_ended(&late);
    assert_eq!(ended["tasks"][0]["last_ending"], "TIMED_OUT", "{ended}");
    let cancelled = server.submit(json!([{ "id": "a", "command": ["true"], "verify": hangs("76552") }]));
    until(|| sleeps("76552"));
    let (status, answer) = server.post(&format!("/v1/workflows/{cancelled}/cancel"), "{}");
    assert!(status < 300, "{answer}");
    assert_eq!(server.wait_ended(&cancelled)["status"], "CANCELLED");
    assert!(!sleeps("76551") && !sleeps("76552"), "a checker outlives its attempt");
    server.stop();
}

#[test]
fn a_verification_that_a_kill_cut_off_takes_place_in_the_next_life() {
    let place = Place::new();
    let server = place.serve();
    let file = place.file("checked");
    // The first time it is killed with the server.
    let script = format!("if [ -e {0} ]; then exit 0; fi; touch {0}; sleep 76561", file.display());
    let workflow =
        server.submit(json!([{ "id": "a", "command": ["echo", "x"], "verify": [command(&script)] }]));
    until(|| sleeps("76561"));
    server.kill();
    let server: Server = place.serve();
    let ended = server.wait_ended(&workflow);
    assert_eq!(
        (&ended["status"], &ended["tasks"][0]["attempts"]),
        (&json!("COMPLETED"), &json!(1)),
        "{ended}"
    );
    assert!(!sleeps("76561"), "a checker outlives its server");
    server.stop();
}

#[test]
fn a_schema_that_explodes_does_not_come_in() {
    let place = Place::new();
    let server = place.serve();
    let mut schema = json!({ "$ref": "#/$defs/d0", "$defs": { "d20": true } });
    for level in 0..20 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        schema["$defs"][format!("d{level}")] = json!({ "allOf": [next, next] });
    }
    let task = json!({ "id": "a", "command": ["true"], "verify": [{ "size": { "at_least": 0 } }, { "json_schema": schema }] });
    let (status, answer) = server.post("/v1/workflows", &json!({ "tasks": [task] }).to_string());
    assert_eq!(status, 422, "{answer}");
    let told = answer.to_string();
    assert!(
        told.contains("tasks[0].verify[1].json_schema") && told.contains("more than 2000 schemas"),
        "{told}"
    );
    server.stop();
}
