//! The parser and the JSON Schema say the same of a definition, whatever single member of it is changed: the schema as
//! a validator that others wrote reads it, `jsonschema` of Python.

use super::super::definition::{Unacceptable, schema};
use super::{BOUNDS, read};
use crate::tests::python::python;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use triad_event::intake::{TaskKind, TaskOption};

/// What of a definition no schema can say, as the faults say it.
const BEYOND: &[&str] = &[
    "there is no task",
    "is also that of task",
    "cannot depend on itself",
    "a cycle of",
    "expression: ",
    "is named more than once",
    "shares must make 1 together",
    // What a list and its entries take as JSON is no number that a schema counts.
    "bytes of JSON",
    ", column ",
    "names the schedule",
    "differs from that of",
    "has a meaning only beside",
    // What patterns, schemas and bounds of a check mean.
    "is no regular expression",
    ".json_schema: ",
    "nothing is as long as that",
    "when it is compiled",
    "bytes in all: write at most",
];

/// Reads a schema and documents, one a line; prints for each document whether the schema admits it.
const VALIDATE: &str = "
import json, sys
from jsonschema import Draft202012Validator
schema, *documents = map(json.loads, sys.stdin)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for document in documents:
    print(validator.is_valid(document))
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// Whether the schema admits each of the documents.
fn admitted(schema: &Value, documents: &[Value]) -> Vec<bool> {
    let lines: Vec<String> = std::iter::once(schema).chain(documents).map(Value::to_string).collect();
    python(VALIDATE, &lines.join("\n")).lines().map(|verdict| verdict == "True").collect()
}

/// All faults of a document.
fn faults(document: &Value) -> Vec<String> {
    let faults = match read(document.to_string().as_bytes(), &BOUNDS) {
        Ok(_) => Vec::new(),
        Err(Unacceptable::Malformed(malformed)) => panic!("{document}: {malformed}"),
        Err(Unacceptable::Faults(faults)) => faults.listed,
    };
    faults.iter().map(|fault| format!("{}: {}", fault.path(), fault.problem)).collect()
}

/// Whether a schema admits what a schema can know to be right, and nothing that is wrong.
fn is_right(is_admitted: bool, faults: &[String]) -> bool {
    let is_beyond = |fault: &String| BEYOND.iter().any(|beyond| fault.contains(beyond));
    if is_admitted { faults.iter().all(is_beyond) } else { !faults.is_empty() }
}

/// A definition in which every member stands, with options at their least.
pub(super) fn everything() -> Value {
    let noop = json!({
        "id": "n", "name": "", "type": "NOOP", "input": "text", "schedule": { "at": "@daily", "zone": "UTC" }, "status": "PENDING", "energy_cost_est_kwh": 5.5,
        "negentropy_value_score": 0.95, "market_multiplier": 1.5, "max_bid_price": 0.1, "optimise": "price", "missing_price": "run-now", "self_healing_policy": "RETRY",
        "owner_persona": "x", "required_capabilities": ["x"], "sovereignty_required": true,
    });
    let process = json!({
        "id": "p", "name": "Process", "type": "PROCESS", "dependencies": ["n", { "task": "w", "ends": "ANY" }],
        "command": ["cat", "file"], "env": { "A": "b" }, "working_directory": "/tmp", "stdin": "text", "when": "true",
        "for_each": { "in": ["x"], "concurrency": 1 }, "deadline": 1, "priority": "LOW",
        "max_bid_price": 0.1, "interruptible": true,
        "verify": [
            { "exit_codes": [0, 3] }, { "pattern": { "regex": "x", "line": -1 } },
            { "checker": { "command": ["x", "y"], "timeout_seconds": 1 } },
        ],
    });
    let mut tasks = [noop, process];
    for option in TaskOption::ALL {
        let task = &mut tasks[usize::from(option.kind() != Some(TaskKind::Noop))];
        *at(task, option.path()) = json!(option.written_bounds().0);
    }
    let wait = json!({ "id": "w", "type": "PAUSE", "wait": 1 });
    let signal = json!({ "id": "s", "signal": { "name": "go", "expires_seconds": 1 } });
    let approval = json!({
        "id": "a", "approval": { "roles": ["x"], "needed": 1, "expires_seconds": 1, "message": "x" },
    });
    let tasks: Vec<Value> = tasks.into_iter().chain([wait, signal, approval]).collect();
    let (schema, subject) = ("./workflow.schema.json", "0123456789abcdef0123456789abcdef");
    json!({
        "$schema": schema, "name": "all", "data_subject": subject, "labels": { "x": "y" }, "priority": "HIGH",
        "deadline": "2026-12-24T18:00:00Z", "tasks": tasks,
    })
}

/// The value at a path of member names.
fn at<'a>(task: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(task, |value, name| &mut value[name])
}

/// Members that are put where they do not stand, beside those of options: the last is known nowhere.
const NAMES: &[&str] = &[
    "id",
    "name",
    "type",
    "dependencies",
    "command",
    "env",
    "working_directory",
    "input",
    "wait",
    "signal",
    "approval",
    "stdin",
    "verify",
    "when",
    "for_each",
    "schedule",
    "deadline",
    "priority",
    "tasks",
    "more",
];

/// What any value may be replaced by.
fn values() -> Vec<Value> {
    let long = |length| json!("x".repeat(length));
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(i64::MAX),
        json!(1.5),
        json!(""),
        json!("x"),
        json!("n"),
        json!("A!"),
        json!("a\u{0}b"),
        json!("line\nbreak"),
        json!("gpj.\u{202e}nim"),
        json!("a\u{fe0f}"),
        json!("NOOP"),
        json!("PROCESS"),
        json!("SIMULATION"),
        long(64),
        long(65),
        long(256),
        long(257),
        long(65_536),
        long(65_537),
        json!("0".repeat(32)),
        json!("a".repeat(32)),
        json!([]),
        json!([""]),
        json!(["x"]),
        json!(["n", "n"]),
        json!([1]),
        json!(["a\u{0}"]),
        json!(["x", ""]),
        json!({}),
        json!({ "A": "" }),
        json!({ "": "" }),
        json!({ "A=B": "" }),
        json!({ "TRIAD_A": "" }),
        json!({ "A": "\u{0}" }),
        json!({ "A": 1 }),
        json!({ "attempts": 2 }),
        json!({ "name": "x" }),
        json!({ "roles": [] }),
        json!({ "needed": 17 }),
        json!({ "expires_seconds": 31_622_401 }),
        json!({ "at": "@daily" }),
        json!({ "at": "@daily", "zone": "" }),
        json!("@daily"),
    ];
    for (least, greatest) in TaskOption::ALL.iter().map(|option| option.written_bounds()) {
        values.extend([least - 1, least, greatest, greatest + 1].map(|number| json!(number)));
    }
    values
}

/// Every document that differs from this one in one place.
pub(super) fn mutations(document: &Value) -> Vec<Value> {
    let mut all = values();
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                all.extend(mutations(value).into_iter().map(|value| with(members, name, value)));
                let mut without = members.clone();
                without.remove(name);
                all.push(Value::Object(without));
            }
            let options = TaskOption::ALL.iter().flat_map(|option| option.path().split('.'));
            for name in NAMES.iter().copied().chain(options).filter(|name| !members.contains_key(*name)) {
                let short = values().into_iter().filter(|value| value.to_string().len() < 100);
                all.extend(short.map(|value| with(members, name, value)));
            }
        }
        Value::Array(entries) => {
            for place in 0..entries.len() {
                all.extend(mutations(&entries[place]).into_iter().map(|changed| {
                    let mut entries = entries.clone();
                    entries[place] = changed;
                    Value::Array(entries)
                }));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}

fn with(members: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut members = members.clone();
    members.insert(name.to_owned(), value);
    Value::Object(members)
}

#[test]
fn parser_and_schema_agree_about_every_change_of_one_member() {
    let everything = everything();
    assert_eq!(faults(&everything), [""; 0]);
    let documents: Vec<Value> = std::iter::once(everything.clone()).chain(mutations(&everything)).collect();
    let verdicts = admitted(&schema(), &documents);
    assert_eq!(verdicts.len(), documents.len());
    let mut disagreements = Vec::new();
    for (document, is_admitted) in documents.iter().zip(verdicts) {
        let faults = faults(document);
        if !is_right(is_admitted, &faults) {
            let text: String = document.to_string().chars().take(600).collect();
            disagreements.push(format!("schema admits: {is_admitted}; faults: {faults:?}; {text}"));
        }
    }
    assert!(
        disagreements.is_empty(),
        "{} of {}:\n{}",
        disagreements.len(),
        documents.len(),
        disagreements.join("\n")
    );
}

#[test]
fn every_member_of_the_schema_is_tried() {
    // What is given to a workflow and what lies in it is tried by tables of their own.
    let elsewhere = ["inputs", "values", "workflow", "with"];
    let names = |value: &Value| -> BTreeSet<String> {
        let all = value.as_object().expect("an object").keys().cloned();
        all.filter(|name| !elsewhere.contains(&name.as_str())).collect()
    };
    let (schema, everything) = (schema(), everything());
    assert_eq!(names(&schema["properties"]), names(&everything));
    let tasks = everything["tasks"].as_array().expect("a list");
    let tried: BTreeSet<String> = tasks.iter().flat_map(names).collect();
    assert_eq!(names(&schema["properties"]["tasks"]["items"]["properties"]), tried);
}

#[test]
fn the_workflows_to_try_are_what_the_schema_admits() {
    let directory = root().join("fixtures/workflows");
    let files = std::fs::read_dir(directory).expect("it is there").map(|file| file.expect("readable").path());
    let definitions = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let texts: Vec<String> = definitions.map(|path| std::fs::read_to_string(path).expect("text")).collect();
    let documents: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    assert!(!documents.is_empty());
    assert!(admitted(&schema(), &documents).into_iter().all(|is_admitted| is_admitted));
}

#[test]
fn the_schema_on_disk_is_what_the_rows_say() {
    let on_disk = include_str!("../../../../docs/format/workflow.schema.json");
    let current = format!("{:#}\n", schema());
    assert!(
        on_disk == current,
        "run: cargo run --release -p triad-api -- workflow schema > docs/format/workflow.schema.json"
    );
}
