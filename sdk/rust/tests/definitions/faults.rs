//! What is found wrong with a definition, as people read it.

use serde_json::{Value, json};
use std::error::Error;
use triad_workflow::{Output, Priority, Problem, Retry, Task, Workflow, index, item};

fn lines(workflow: &Workflow) -> Vec<String> {
    let faults = workflow.check().err().into_iter().flatten();
    faults.map(|fault| fault.to_string()).collect()
}

/// Faults of one task whose id is `a`, without the place that they have in common.
fn of_one(task: impl Into<Task>) -> Vec<String> {
    let lines = lines(&Workflow::new("test").add_task(task));
    lines.iter().map(|line| line.replacen("tasks[0].", "", 1).replacen(" (task \"a\")", "", 1)).collect()
}

#[test]
fn every_field_of_a_task_is_looked_at() {
    let command = || Task::command("a", ["true"]);
    let none: [&str; 0] = [];
    let long = |count: usize| "x".repeat(count);
    let rows: Vec<(Task, &[&str])> = vec![
        (Task::command("a", none).into(), &["command: must not be empty"]),
        (Task::command("a", ["", "x"]).into(), &["command: must not be empty"]),
        (command().arg("a\0b").into(), &["command: holds a byte of value zero"]),
        (command().arg(long(65_536)).into(), &["command: has at most 65536 bytes"]),
        (command().arg(long(65_530)).into(), &[]),
        (command().env("", "x").into(), &["env: \"\" is not the name of a variable"]),
        (command().env("A=B", "x").into(), &["env: \"A=B\" is not the name of a variable"]),
        (command().env("TRIAD_X", "x").into(), &["env: \"TRIAD_X\" is set by the engine"]),
        (command().env("A", "\0").into(), &["env: holds a byte of value zero"]),
        (command().env("A", long(65_534)).into(), &["env: has at most 65536 bytes"]),
        (command().env("A", long(65_533)).into(), &[]),
        (
            command().working_directory("srv").into(),
            &["working_directory: must be a path that begins with /"],
        ),
        (
            command().working_directory(format!("\0{}", long(4_095))).into(),
            &[
                "working_directory: must be a path that begins with /",
                "working_directory: holds a byte of value zero",
                "working_directory: has at most 4095 bytes",
            ],
        ),
        (command().timeout_seconds(0).into(), &["timeout_seconds: must lie between 1 and 2592000"]),
        (command().timeout_seconds(2_592_001).into(), &["timeout_seconds: must lie between 1 and 2592000"]),
        (
            command().retry(Retry::attempts(101).base_ms(0).max_ms(86_400_001)).into(),
            &[
                "retry.attempts: must lie between 1 and 100",
                "retry.base_ms: must lie between 1 and 3600000",
                "retry.max_ms: must lie between 1 and 86400000",
            ],
        ),
        (command().name(long(257)).into(), &["name: has at most 256 bytes"]),
        (
            command().name("a\u{202e}b").into(),
            &["name: holds U+202E, which nobody sees or which changes how other characters are shown"],
        ),
        (command().category("").into(), &["type: must not be empty"]),
        (command().category(long(65)).into(), &["type: has at most 64 bytes"]),
        (command().category("NOOP").into(), &["type: is the word for another kind of task"]),
        (Task::wait("a", 1).category("PROCESS").into(), &["type: is the word for another kind of task"]),
        (command().category("PROCESS").into(), &[]),
        (Task::noop("a").input(long(65_537)).into(), &["input: has at most 65536 bytes"]),
    ];
    for (task, expected) in rows {
        assert_eq!(of_one(task.clone()), expected, "{task:?}");
    }
}

#[test]
fn every_field_of_a_task_that_waits_is_looked_at() {
    let none: [&str; 0] = [];
    let wait = "must lie between 1 and 31622400";
    let rows: Vec<(Task, &[&str])> = vec![
        (Task::signal("a", "GO").into(), &["signal.name: is 1 to 64 characters of a-z, 0-9, _ and -"]),
        (Task::signal("a", "").into(), &["signal.name: must not be empty"]),
        (Task::approval("a").roles(none).into(), &["approval.roles: must not be empty"]),
        (Task::approval("a").roles(vec!["x"; 65]).into(), &["approval.roles: has at most 64 entries"]),
        (
            Task::approval("a").roles(["x", "X"]).into(),
            &["approval.roles: is 1 to 64 characters of a-z, 0-9, _ and -"],
        ),
        (Task::approval("a").needed(17).into(), &["approval.needed: must lie between 1 and 16"]),
        (
            Task::approval("a").message("x".repeat(65_537)).into(),
            &["approval.message: has at most 65536 bytes"],
        ),
    ];
    for (task, expected) in rows {
        assert_eq!(of_one(task.clone()), expected, "{task:?}");
    }
    for seconds in [0, 31_622_401, u64::MAX] {
        assert_eq!(of_one(Task::wait("a", seconds)), [format!("wait: {wait}")]);
        let signal = Task::signal("a", "go").expires_seconds(seconds);
        assert_eq!(of_one(signal), [format!("signal.expires_seconds: {wait}")]);
        let approval = Task::approval("a").expires_seconds(seconds);
        assert_eq!(of_one(approval), [format!("approval.expires_seconds: {wait}")]);
    }
}

#[test]
fn a_path_that_a_server_would_take_for_text_is_a_fault() {
    let faulty = |path: &str| {
        let task = Task::command("b", ["echo"]).env("A", Output::of("a").path(path));
        !lines(&Workflow::new("test").add_task(Task::noop("a")).add_task(task)).is_empty()
    };
    for path in ["", "x", "rows.[0].name", "a-b_C9", "[0]", "0", "[007]"] {
        assert!(!faulty(path), "{path:?}");
    }
    for path in [
        ".",
        "x.",
        ".x",
        "a..b",
        "rows[0]",
        "[x]",
        "[]",
        "[-1]",
        "[+1]",
        "[99999999999]",
        "é",
        "a b",
        "a}",
        "a/b",
    ] {
        assert!(faulty(path), "{path:?}");
    }
}

#[test]
fn faults_of_the_whole_come_first_and_all_are_told() {
    let workflow = Workflow::new("").data_subject("0".repeat(32));
    assert_eq!(
        lines(&workflow),
        [
            "name: must not be empty",
            "data_subject: is 32 lowercase hexadecimal digits, not all zero",
            "tasks: must not be empty",
        ]
    );
    let workflow = Workflow::new("w\n")
        .data_subject("0123456789ABCDEF0123456789abcdef")
        .add_task(Task::noop("").depends_on(["x", "y"]))
        .add_task(Task::noop("a").depends_on(["a"]))
        .add_task(Task::command("a", ["echo"]).arg(Output::of("z").path("[")));
    assert_eq!(
        lines(&workflow),
        [
            "name: holds U+000A, which nobody sees or which changes how other characters are shown",
            "data_subject: is 32 lowercase hexadecimal digits, not all zero",
            "tasks[0].id (task \"\"): must not be empty",
            "tasks[0].dependencies (task \"\"): there is no task \"x\"",
            "tasks[0].dependencies (task \"\"): there is no task \"y\"",
            "tasks[1].dependencies (task \"a\"): a task cannot depend on itself",
            "tasks[2].id (task \"a\"): is also that of task 1",
            "tasks[2].command (task \"a\"): \"[\" is no path: it is names and [positions] with a dot between two",
            "tasks[2].dependencies (task \"a\"): there is no task \"z\"",
        ]
    );
}

#[test]
fn a_cycle_is_told_with_its_tasks_whoever_brings_the_dependencies() {
    let workflow = Workflow::new("test")
        .add_task(Task::command("a", ["echo"]).arg(Output::of("c")))
        .add_task(Task::noop("b").depends_on(["a"]))
        .add_task(Task::noop("c").depends_on(["b"]))
        .add_task(Task::noop("d").depends_on(["c"]));
    assert_eq!(
        lines(&workflow),
        ["tasks[0].dependencies (task \"a\"): a cycle of 3 tasks: a -> c -> b -> a"]
    );
    let own = Task::command("a", ["echo"]).arg(Output::of("a"));
    assert_eq!(of_one(own), ["dependencies: a task cannot depend on itself"]);
}

#[test]
fn a_long_cycle_is_cut_in_what_is_said() {
    let count = 5_000;
    let task = |place: usize| {
        Task::noop(format!("t{place}")).depends_on([format!("t{}", (place + 1) % count)]).into()
    };
    let faults = Workflow::new("test").add_tasks((0..count).map(task)).check().expect_err("a cycle");
    let problems: Vec<&Problem> = faults.iter().map(|fault| &fault.problem).collect();
    let [Problem::Cycle { path, length }] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((path.len(), *length), (100, count));
    assert!(faults.to_string().ends_with("t99 -> ... -> t0"), "{faults}");
}

#[test]
fn nothing_is_written_while_there_is_a_fault_and_the_error_says_all() {
    let workflow = Workflow::new("test").add_task(Task::wait("a", 0)).add_task(Task::wait("b", 0));
    let faults = workflow.to_json().expect_err("two faults");
    assert_eq!(workflow.to_json_pretty(), Err(faults.clone()));
    let error: Box<dyn Error + Send + Sync> = faults.into();
    assert_eq!(
        error.to_string(),
        "the definition has 2 faults:\n  tasks[0].wait (task \"a\"): must lie between 1 and 31622400\n  \
         tasks[1].wait (task \"b\"): must lie between 1 and 31622400"
    );
}

#[test]
fn what_says_when_and_how_often_a_task_runs_is_looked_at() {
    let command = || Task::command("a", ["true"]);
    let long = |count: usize| "x".repeat(count);
    let rows: Vec<(Task, &[&str])> = vec![
        (command().when("").into(), &["when: must not be empty"]),
        (command().when(long(8_193)).into(), &["when: has at most 8192 bytes"]),
        (Task::wait("a", 1).when(long(8_192)).priority(Priority::High).into(), &[]),
        (command().deadline_seconds(0).into(), &["deadline: must lie between 1 and 31622400"]),
        (command().deadline_seconds(31_622_401).into(), &["deadline: must lie between 1 and 31622400"]),
        (command().deadline_seconds(0).deadline_at("2026-12-24T18:00:00Z").into(), &[]),
        (
            command().deadline_at("tomorrow").into(),
            &["deadline: must be a moment with its offset, such as 2026-12-24T18:00:00Z"],
        ),
        (command().stdin(long(131_072)).into(), &[]),
        (command().stdin("\0").into(), &[]),
        (command().stdin(long(131_073)).into(), &["stdin: has at most 131072 bytes"]),
        (command().for_each_of("").into(), &["for_each: must not be empty"]),
        (command().for_each_of(long(8_193)).into(), &["for_each: has at most 8192 bytes"]),
        (command().at_once(1).into(), &["for_each.in: must not be empty"]),
        (command().for_each(["x"]).at_once(0).into(), &["for_each.concurrency: must lie between 1 and 1000"]),
        (
            Task::noop("a").for_each(["x"]).at_once(1_001).into(),
            &["for_each.concurrency: must lie between 1 and 1000"],
        ),
        (Task::noop("a").for_each(["x"]).input("").into(), &["input: has no meaning beside for_each"]),
        (
            command().arg(item()).arg(index()).into(),
            &["command: takes the entry of a list, and the task has no for_each"],
        ),
        (
            command().env("A", "x" + item().path("y")).into(),
            &["env: takes the entry of a list, and the task has no for_each"],
        ),
        (
            command().stdin(index() + "x").into(),
            &["stdin: takes the entry of a list, and the task has no for_each"],
        ),
        (
            command().for_each(["x"]).arg(item().path("a b")).into(),
            &["command: \"a b\" is no path: it is names and [positions] with a dot between two"],
        ),
    ];
    for (task, expected) in rows {
        assert_eq!(of_one(task.clone()), expected, "{task:?}");
    }
}

#[test]
fn a_list_that_is_written_out_has_its_limits() {
    let none: [Value; 0] = [];
    let of = |entries: Vec<Value>| of_one(Task::noop("a").for_each(entries));
    let nested = |levels: usize| (0..levels).fold(json!(0), |inner, _| json!([inner]));
    let text = |bytes: usize| json!("x".repeat(bytes - 2));
    assert_eq!(of_one(Task::noop("a").for_each(none)), [""; 0]);
    assert_eq!(of(vec![json!(0); 100_000]), [""; 0]);
    assert_eq!(of(vec![json!(0); 100_001]), ["for_each: has at most 100000 entries"]);
    assert_eq!(of(vec![text(65_536), nested(27)]), [""; 0]);
    assert_eq!(of(vec![text(65_537)]), ["for_each: has at most 65536 bytes"]);
    assert_eq!(of(vec![nested(28)]), ["for_each: has at most 27 lists and objects within each other"]);
    // Two brackets, fifteen commas, and 39 bytes that are kept free.
    let full = |last: usize| {
        let mut entries = vec![text(65_536); 15];
        entries.push(text(last));
        entries
    };
    assert_eq!(of(full(65_536 - 17 - 39)), [""; 0]);
    assert_eq!(of(full(65_536 - 17 - 38)), ["for_each: has at most 1048537 bytes"]);
}

#[test]
fn of_a_task_only_one_end_can_be_wanted() {
    let with = |task: Task| lines(&Workflow::new("test").add_task(Task::noop("b")).add_task(task));
    let task = || Task::command("a", ["echo"]);
    assert_eq!(with(task().after_end_of(["b", "b"]).arg(Output::of("b")).into()), [""; 0]);
    let several = ["tasks[1].dependencies (task \"a\"): of \"b\" several ends are wanted"];
    assert_eq!(with(task().depends_on(["b"]).after_failure_of(["b"]).into()), several);
    assert_eq!(with(task().after_failure_of(["b"]).after_end_of(["b"]).depends_on(["b"]).into()), several);
    assert_eq!(of_one(task().after_failure_of(["x"])), ["dependencies: there is no task \"x\""]);
    assert_eq!(of_one(task().after_end_of(["a"])), ["dependencies: a task cannot depend on itself"]);
}

#[test]
fn what_is_said_of_the_whole_is_looked_at() {
    let workflow = || Workflow::new("test").add_task(Task::noop("a"));
    let many = |count: u32| (0..count).fold(workflow(), |all, place| all.label(place.to_string(), ""));
    let rows: Vec<(Workflow, &[&str])> = vec![
        (workflow().label("a", "x".repeat(256)).priority(Priority::Low).deadline_seconds(1), &[]),
        (workflow().label("A", ""), &["labels: is 1 to 64 characters of a-z, 0-9, _ and -"]),
        (workflow().label("a", "x".repeat(257)), &["labels: has at most 256 bytes"]),
        (
            workflow().label("a", "\n"),
            &["labels: holds U+000A, which nobody sees or which changes how other characters are shown"],
        ),
        (many(32), &[]),
        (many(33), &["labels: has at most 32 entries"]),
        (workflow().deadline_seconds(0), &["deadline: must lie between 1 and 31622400"]),
        (
            workflow().deadline_at("2026-12-24T18:00:00"),
            &["deadline: must be a moment with its offset, such as 2026-12-24T18:00:00Z"],
        ),
    ];
    for (workflow, expected) in rows {
        assert_eq!(lines(&workflow), expected, "{workflow:?}");
    }
}
