//! Each workflow of `fixtures/workflows` in YAML is run, and ends as `runs.txt` says.

use super::harness::{Answer, Key, Running};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// One workflow, what people do, and what is seen at its end.
struct Run<'a> {
    file: &'a str,
    status: &'a str,
    lines: Vec<&'a str>,
}

fn directory() -> PathBuf {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    root.join("fixtures/workflows")
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(line) => runs.last_mut().expect("a file stands before").lines.push(line),
            None => {
                let (file, status) = line.split_once(' ').expect("a file and a status");
                runs.push(Run { file, status, lines: Vec::new() });
            }
        }
    }
    runs
}

#[test]
fn every_workflow_to_try_ends_as_it_should() {
    let text = std::fs::read_to_string(directory().join("runs.txt")).expect("runs.txt");
    let runs = runs(&text);
    let files = std::fs::read_dir(directory()).expect("workflows").filter_map(|entry| {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        // The one that is shown first runs in the project, by a test of its own.
        (name.ends_with(".yaml") && name != "report.yaml").then_some(name)
    });
    let listed: BTreeSet<String> = runs.iter().map(|run| run.file.to_owned()).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), listed, "each workflow has its run");
    let mut server = Running::start();
    server.claim();
    let approver = server.issue("approver", &["approver"], "default");
    runs.iter().flat_map(|run| &run.lines).for_each(|line| publish(&server, line));
    let submitted: Vec<String> = runs.iter().map(|run| submit(&server, run.file)).collect();
    for (run, id) in runs.iter().zip(&submitted) {
        follow(&server, &approver, run, id);
    }
}

/// Keeps a definition under a name, when a line says so.
fn publish(server: &Running, line: &str) {
    let Some((name, file)) = line.strip_prefix("publish ").and_then(|rest| rest.split_once(' ')) else {
        return;
    };
    let answer = post_file(server, &format!("/v1/definitions/{name}"), file);
    assert_eq!(answer.status, 200, "{line}: {}", answer.body);
}

fn post_file(server: &Running, path: &str, file: &str) -> Answer {
    let definition = std::fs::read_to_string(directory().join(file)).expect("a definition");
    server.call("POST", path, "content-type: application/yaml\r\n", &definition)
}

fn submit(server: &Running, file: &str) -> String {
    let answer = post_file(server, "/v1/workflows", file);
    assert_eq!(answer.status, 202, "{file}: {}", answer.body);
    answer.json()["workflow_id"].as_str().expect("an id").to_owned()
}

fn follow(server: &Running, approver: &Key, run: &Run<'_>, id: &str) {
    let Run { file, status, lines } = run;
    let lines = lines.iter().filter(|line| !line.starts_with("publish "));
    let (people, seen): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.starts_with("approve ") || line.starts_with("signal "));
    people.into_iter().for_each(|line| act(server, approver, id, line));
    let ended = server.finished(id);
    let shown = tasks(server, id);
    assert_eq!(ended["status"], *status, "{file}: {shown:#?}");
    for line in seen {
        let (verb, rest) = line.split_once(' ').expect("a verb");
        if verb == "found" {
            let page = server.get(&format!("/v1/workflows?{rest}")).json();
            let found = page["workflows"].as_array().expect("workflows");
            assert!(found.iter().any(|workflow| workflow["workflow_id"] == *id), "{file}: {line}: {page}");
            continue;
        }
        let (task, expected) = rest.split_once(' ').expect("a task and what is seen of it");
        let found = match verb {
            "output" => {
                let body = server.get(&format!("/v1/workflows/{id}/output?task={task}")).body;
                body.trim_end_matches('\n').replace('\n', "\\n")
            }
            "status" => standing(&shown, task),
            _ => panic!("no such verb: {line}"),
        };
        assert_eq!(found, expected, "{file}: {verb} {task}");
    }
}

/// What people do, once the task waits for it.
fn act(server: &Running, approver: &Key, id: &str, line: &str) {
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    let waits =
        || tasks(server, id).iter().any(|task| task["id"] == words[1] && task["waits_for"].is_string());
    let is_waiting = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        waits()
    });
    assert!(is_waiting, "{line}: {:#?}", tasks(server, id));
    let (path, body) = match words[0] {
        "approve" => (format!("approvals/{}", words[1]), json!({ "verdict": "APPROVE", "reason": "seen" })),
        _ => {
            let payload: Value = serde_json::from_str(words.get(2).expect("a payload")).expect("JSON");
            (format!("signals/{}", words[1]), json!({ "payload": payload }))
        }
    };
    let said = server.as_key(approver).post(&format!("/v1/workflows/{id}/{path}"), &body.to_string());
    assert!(said.status < 300, "{line}: {said:?}");
}

fn tasks(server: &Running, id: &str) -> Vec<Value> {
    let shown = server.get(&format!("/v1/workflows/{id}")).json();
    shown["tasks"].as_array().expect("tasks").clone()
}

/// The status of a task, and why it is that one where that is known.
fn standing(tasks: &[Value], id: &str) -> String {
    let task = tasks.iter().find(|task| task["id"] == id).expect("the task");
    let more = [&task["left_out"], &task["last_ending"]].into_iter().find_map(Value::as_str);
    let more = more.filter(|more| *more != "SUCCEEDED").map(|more| format!(" {more}")).unwrap_or_default();
    format!("{}{more}", task["status"].as_str().expect("a status"))
}
