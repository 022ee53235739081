//! What is wrong with a definition, as a table: the document, and every fault with its place.

mod agreement;
mod faults;
mod inputs;
mod yaml;
mod builder;

use super::definition::{self, Definition, Reading, Unacceptable};
use super::library::Library;
use super::source::Language;
use triad_decide::intake::Bounds;
use triad_event::intake::TaskKind;

const BOUNDS: Bounds = Bounds { tasks_max: 100_000, dependencies_max: 1_000_000 };

fn read(document: &[u8], bounds: &Bounds) -> Result<Definition, Unacceptable> {
    definition::read(Language::Json, document, &Reading::to_run(bounds, &Library::default()))
}

fn faults(document: &str, bounds: &Bounds) -> Vec<String> {
    match read(document.as_bytes(), bounds) {
        Ok(_) => Vec::new(),
        Err(Unacceptable::Malformed(malformed)) => vec![malformed.to_string()],
        Err(Unacceptable::Faults(faults)) => {
            assert_eq!(faults.total, faults.listed.len(), "all are listed");
            faults.listed.iter().map(|fault| format!("{}: {}", fault.path(), fault.problem)).collect()
        }
    }
}

fn accepted(document: &str) -> Definition {
    match read(document.as_bytes(), &BOUNDS) {
        Ok(definition) => definition,
        Err(unacceptable) => panic!("{document}: {unacceptable:?}"),
    }
}

/// Definitions with one task: what stands in it, and what is said of it.
const ONE_TASK: &[(&str, &[&str])] = &[
    (r#""type":"NOOP""#, &[]),
    (r#""type":"PROCESS","command":["true"],"env":{"A":"b"},"timeout_seconds":1"#, &[]),
    (r#""type":"PROCESS","command":["true"],"retry":{"attempts":3,"base_ms":10}"#, &[]),
    (r#""type":"NOOP","input":"hand this on""#, &[]),
    (r#""type":"NOOP","input":7"#, &["tasks[0].input: must be text, not a number"]),
    (
        r#""type":"PROCESS","command":["a"],"input":"x""#,
        &["tasks[0].input: has a meaning for a NOOP task only"],
    ),
    ("", &[]),
    (r#""type":"SIMULATION""#, &[]),
    (r#""type":"SIMULATION","command":["true"]"#, &[]),
    (r#""type":"","command":["true"]"#, &["tasks[0].type: must not be empty: leave it out"]),
    (r#""type":"NOOP","wait":1"#, &["tasks[0].wait: does not fit the kind of the task"]),
    (
        r#""command":["true"],"wait":1"#,
        &[
            "tasks[0].wait: stands beside command: a task has one of command, wait, signal, approval and workflow",
        ],
    ),
    (r#""wait":"1""#, &["tasks[0].wait: must be a number, not text"]),
    (r#""wait":0"#, &["tasks[0].wait: must lie between 1 and 31622400"]),
    (
        r#""wait":1.5"#,
        &["tasks[0].wait: must be a whole number below 2^64, in digits alone such as 30, not 1.5"],
    ),
    (r#""signal":"GO""#, &["tasks[0].signal.name: is 1 to 64 characters of a-z, 0-9, _ and -"]),
    (r#""signal":{}"#, &["tasks[0].signal.name: is missing"]),
    (
        r#""signal":{"name":"go","more": {}}"#,
        &["tasks[0].signal.more: is unknown: signal has name, expires_seconds and schema"],
    ),
    (r#""approval":{"roles":[]}"#, &["tasks[0].approval.roles: must not be empty"]),
    (r#""approval":{"needed":17}"#, &["tasks[0].approval.needed: must lie between 1 and 16"]),
    (
        r#""approval":{},"input":"x""#,
        &["tasks[0].input: has no meaning for a task that waits: approval.message is what people are asked"],
    ),
    (r#""wait":1,"env":{"A":"b"}"#, &["tasks[0].env: has no meaning for a task that waits"]),
    (r#""type":"PROCESS""#, &["tasks[0].command: must not be empty"]),
    (r#""type":"PROCESS","command":"ls -l""#, &["tasks[0].command: must be a list, not text"]),
    (r#""type":"PROCESS","command":["a",null]"#, &["tasks[0].command[1]: must be text, not null"]),
    (r#""type":"PROCESS","command":["a\u0000b"]"#, &["tasks[0].command: holds a byte of value zero"]),
    (r#""type":"NOOP","command":["a"]"#, &["tasks[0].command: has no meaning for a NOOP task"]),
    (r#""type":"NOOP","id":"Ähm""#, &["tasks[0].id: is 1 to 64 characters of a-z, 0-9, _ and -"]),
    (r#""type":"NOOP","id":"../x""#, &["tasks[0].id: is 1 to 64 characters of a-z, 0-9, _ and -"]),
    (r#""type":"NOOP","id":"""#, &["tasks[0].id: must not be empty: leave it out to get one"]),
    (
        r#""type":"NOOP","name":"a\u001b[31m""#,
        &["tasks[0].name: holds U+001B, which nobody sees or which changes how other characters are shown"],
    ),
    (
        r#""type":"NOOP","name":"gpj.\u202enim""#,
        &["tasks[0].name: holds U+202E, which nobody sees or which changes how other characters are shown"],
    ),
    (r#""type":"NOOP","type":"NOOP""#, &["tasks[0].type: stands more than once"]),
    (
        r#""type":"NOOP","retries":3"#,
        &[
            "tasks[0].retries: is unknown: a task has id, name, type, dependencies, when, for_each, schedule, deadline, priority, command, env, working_directory, stdin, verify, wait, signal, approval, workflow, with, input, energy_cost_est_kwh, negentropy_value_score, market_multiplier, max_bid_price, optimise, missing_price, interruptible, self_healing_policy, owner_persona, required_capabilities, sovereignty_required, status, timeout_seconds and retry",
        ],
    ),
    (
        r#""type":"NOOP","prompt":"hi","status":"READY""#,
        &[
            "tasks[0].prompt: is not supported yet: leave it out",
            "tasks[0].status: is set by the engine: leave it out, or say PENDING",
        ],
    ),
    (
        r#""type":"NOOP","dependencies":["task-1"]"#,
        &["tasks[0].dependencies: a task cannot depend on itself"],
    ),
    (
        r#""type":"NOOP","dependencies":[{"task":"x","task":"y","ends":"ANY","ends":"FAILED"}]"#,
        &[
            "tasks[0].dependencies[0].task: stands more than once",
            "tasks[0].dependencies[0].ends: stands more than once",
            "tasks[0].dependencies: there is no task \"x\"",
        ],
    ),
    (
        r#""type":"NOOP","dependencies":["x",1]"#,
        &[
            "tasks[0].dependencies[1]: must be text, not a number",
            "tasks[0].dependencies: there is no task \"x\"",
        ],
    ),
    (
        r#""type":"PROCESS","command":["a"],"env":{"A":"1","A":"2","B=":"","TRIAD_KEY":"","C":3}"#,
        &[
            "tasks[0].env.C: must be text, not a number",
            "tasks[0].env: \"B=\" is not the name of a variable",
            "tasks[0].env: \"TRIAD_KEY\" is set by the engine",
            "tasks[0].env: \"A\" is named more than once",
        ],
    ),
    (
        r#""type":"PROCESS","command":["a"],"working_directory":"here""#,
        &["tasks[0].working_directory: must be a path that begins with /"],
    ),
    (
        r#""type":"NOOP","working_directory":"/tmp""#,
        &["tasks[0].working_directory: has no meaning for a NOOP task"],
    ),
];

/// What stands in place of a count, and whether it is one.
const COUNTS: &[(&str, Option<&str>)] = &[
    ("30", None),
    ("1.0", Some("1.0")),
    ("-0", Some("-0")),
    ("1e400", Some("1e400")),
    ("3e1", Some("3e1")),
    ("18446744073709551616", Some("18446744073709551616")),
];

#[test]
fn every_fault_of_a_task_is_told_with_its_place() {
    let told = |fields: &str| faults(&format!(r#"{{"tasks":[{{{fields}}}]}}"#), &BOUNDS);
    let rows = ONE_TASK.iter().map(|(fields, expected)| (fields, told(fields), expected));
    let otherwise: Vec<_> = rows.filter(|(_, told, expected)| told != *expected).collect();
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}

#[test]
fn a_count_is_written_in_digits_alone() {
    for (written, refused) in COUNTS {
        let document =
            format!(r#"{{"tasks":[{{"type":"PROCESS","command":["a"],"timeout_seconds":{written}}}]}}"#);
        let expected = refused.map(|written| {
            let rule = "must be a whole number below 2^64, in digits alone such as 30, not";
            format!("tasks[0].timeout_seconds: {rule} {written}")
        });
        assert_eq!(faults(&document, &BOUNDS), Vec::from_iter(expected), "{document}");
    }
    let far = r#"{"tasks":[{"type":"PROCESS","command":["a"],"timeout_seconds":18446744073709551615,
        "retry":{"attempts":0,"base_ms":99999999,"more":1}}]}"#;
    assert_eq!(
        faults(far, &BOUNDS),
        [
            "tasks[0].retry.more: is unknown: retry has attempts, base_ms, causes and max_ms",
            "tasks[0].timeout_seconds: must lie between 1 and 2592000",
            "tasks[0].retry.attempts: must lie between 1 and 100",
            "tasks[0].retry.base_ms: must lie between 1 and 3600000",
        ]
    );
}

#[test]
fn every_fault_of_a_definition_is_told_at_once() {
    let rows: [(&str, &[&str]); 8] = [
        ("[]", &["definition: is an object, not a list"]),
        ("{}", &["tasks: must not be empty"]),
        (r#"{"tasks":{}}"#, &["tasks: must be a list, not an object"]),
        (
            r#"{"name":"","tasks":[3]}"#,
            &["name: must not be empty", "tasks[0]: a task is an object, not a number"],
        ),
        (
            r#"{"name":1,"budget":5,"tasks":[{"type":"NOOP"}],"tasks":[]}"#,
            &[
                "name: must be text, not a number",
                "budget: is not supported yet: leave it out",
                "tasks: stands more than once",
            ],
        ),
        (
            r#"{"tasks":[{"id":"a","type":"NOOP","dependencies":["c"]},{"id":"b","type":"NOOP","dependencies":["a"]},
               {"id":"c","type":"NOOP","dependencies":["b","b"]},{"id":"a","type":"NOOP"}]}"#,
            &[
                "tasks[0].dependencies: a cycle of 3 tasks: a -> c -> b -> a",
                "tasks[2].dependencies: \"b\" is named more than once",
                "tasks[3].id: is also that of task 0",
            ],
        ),
        ("{\"tasks\":[", &["line 1, column 11: the document ends here, in the middle"]),
        ("{\"tasks\":[]} x", &["line 1, column 14: something follows after the end of the document"]),
    ];
    for (document, expected) in rows {
        assert_eq!(faults(document, &BOUNDS), expected, "{document}");
    }
}

#[test]
fn what_exceeds_the_bounds_is_counted_and_not_kept() {
    let bounds = Bounds { tasks_max: 2, dependencies_max: 2 };
    let tasks = [r#"{"type":"NOOP","dependencies":["task-1"]}"#; 5].join(",");
    let told = faults(&format!(r#"{{"tasks":[{tasks}]}}"#), &bounds);
    assert!(told.contains(&"tasks: has at most 2 entries".to_owned()), "{told:?}");
}

#[test]
fn a_task_without_an_id_gets_one_that_nobody_has() {
    let definition = accepted(
        r#"{"tasks":[{"type":"NOOP"},{"type":"NOOP","id":"task-3"},{"type":"NOOP","dependencies":["task-1"]}]}"#,
    );
    let ids: Vec<&str> = definition.checked.tasks.iter().map(|task| &*task.id).collect();
    assert_eq!(ids, ["task-1", "task-3", "task-3-2"]);
    assert_eq!(definition.name, "workflow");
    assert_eq!(definition.checked.tasks[2].dependencies, [0]);
    assert_eq!(definition.checked.tasks[2].kind, TaskKind::Noop);
}

#[test]
fn no_document_makes_the_reader_panic() {
    let document = r#"{"name":"n","tasks":[{"id":"a","type":"PROCESS","command":["x","é"],"env":{"K":"v"},
        "timeout_seconds":3,"retry":{"attempts":2,"base_ms":5},"dependencies":[]}]}"#;
    for place in 0..document.len() {
        for byte in [b'"', b'{', b'}', b'[', b']', b',', b':', b'0', b'\\', 0, 0xff] {
            let mut changed = document.as_bytes().to_vec();
            changed[place] = byte;
            let _verdict = read(&changed, &BOUNDS).is_ok();
            let _verdict = read(&document.as_bytes()[..place], &BOUNDS).is_ok();
        }
    }
}
