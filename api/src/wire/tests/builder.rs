//! The door and `triad-workflow`, with which programs write definitions, say the same of a definition, in the same places.

use super::super::definition::Unacceptable;
use super::{BOUNDS, read};
use std::collections::BTreeSet;
use triad_workflow::{Cause, Output, Retry, Task, Workflow};

/// Where the door finds faults.
fn door(workflow: &Workflow) -> BTreeSet<String> {
    let document = serde_json::to_string(workflow).expect("JSON");
    match read(document.as_bytes(), &BOUNDS) {
        Ok(_) => BTreeSet::new(),
        Err(Unacceptable::Malformed(malformed)) => panic!("{document}: {malformed}"),
        Err(Unacceptable::Faults(faults)) => faults.listed.iter().map(|fault| fault.path()).collect(),
    }
}

/// Where the builder finds them.
fn builder(workflow: &Workflow) -> BTreeSet<String> {
    let faults = workflow.check().err().into_iter().flatten();
    let place = |task: Option<usize>| task.map_or(String::new(), |task| format!("tasks[{task}]."));
    faults.map(|fault| format!("{}{}", place(fault.task), fault.field)).collect()
}

/// Tasks that are wrong, and some that are at the edge.
fn tasks() -> Vec<Task> {
    let command = || Task::command("a", ["true"]);
    let none: [&str; 0] = [];
    let long = |count: usize| "x".repeat(count);
    let mut tasks: Vec<Task> = vec![
        Task::command("a", none).into(),
        Task::command("a", ["", "x"]).into(),
        Task::command("A", ["true"]).into(),
        Task::noop(long(65)).into(),
        command().arg("a\0b").into(),
        command().env("", "x").into(),
        command().env("A=B", "x").into(),
        command().env("TRIAD_X", "x").into(),
        command().env("A", "\0").into(),
        command().working_directory("srv").into(),
        command().category("").into(),
        command().category("PROCESS").into(),
        command().category("WAIT").into(),
        command().name("a\u{202e}b").into(),
        command().depends_on(["b"]).into(),
        command().depends_on(["a"]).into(),
        command().arg(Output::of("b")).into(),
        Task::noop("a").category("NOOP").input("x").into(),
        Task::signal("a", "GO").into(),
        Task::approval("a").roles(none).into(),
        Task::approval("a").roles(["x", "X"]).into(),
    ];
    tasks.extend([65_530, 65_531].map(|count| command().arg(long(count)).into()));
    tasks.extend([65_533, 65_534].map(|count| command().env("A", long(count)).into()));
    tasks.extend([4_094, 4_095].map(|count| command().working_directory(format!("/{}", long(count))).into()));
    tasks.extend([64, 65].map(|count| command().category(long(count)).into()));
    tasks.extend([256, 257].map(|count| command().name(long(count)).into()));
    tasks.extend([64, 65].map(|count| Task::approval("a").roles(vec!["x"; count]).into()));
    tasks.extend([65_536, 65_537].map(|count| Task::noop("a").input(long(count)).into()));
    tasks.extend([65_536, 65_537].map(|count| Task::approval("a").message(long(count)).into()));
    tasks.extend(numbers());
    tasks
}

/// Every number, below, at and above its bounds.
fn numbers() -> Vec<Task> {
    let command = || Task::command("a", ["true"]);
    let mut tasks: Vec<Task> = Vec::new();
    for seconds in [0, 1, 31_622_400, 31_622_401, u64::MAX] {
        tasks.push(Task::wait("a", seconds).into());
        tasks.push(Task::signal("a", "go").expires_seconds(seconds).into());
        tasks.push(Task::approval("a").expires_seconds(seconds).into());
    }
    tasks.extend([0, 1, 2_592_000, 2_592_001].map(|seconds| command().timeout_seconds(seconds).into()));
    tasks.extend([0, 1, 100, 101].map(|attempts| command().retry(Retry::attempts(attempts)).into()));
    let base = |base_ms| Task::noop("a").retry(Retry::attempts(2).base_ms(base_ms)).into();
    tasks.extend([0, 1, 3_600_000, 3_600_001].map(base));
    let longest = |max_ms| Task::noop("a").retry(Retry::attempts(2).max_ms(max_ms)).into();
    tasks.extend([0, 1, 86_400_000, 86_400_001].map(longest));
    tasks.push(command().retry(Retry::attempts(2).causes(Cause::ALL)).into());
    tasks.extend([0, 1, 16, 17, u64::MAX].map(|needed| Task::approval("a").needed(needed).into()));
    tasks
}

#[test]
fn what_one_finds_wrong_with_a_task_the_other_does() {
    let (mut right, mut wrong) = (0, 0);
    for task in tasks() {
        let workflow = Workflow::new("test").add_task(task);
        let found = builder(&workflow);
        assert_eq!(found, door(&workflow), "{:?}", workflow.check());
        if found.is_empty() { right += 1 } else { wrong += 1 }
    }
    assert!(right > 15 && wrong > 40, "{right} are right, {wrong} wrong");
}

#[test]
fn what_one_finds_wrong_with_a_workflow_the_other_does() {
    let task = |id: &str| Task::noop(id);
    let id = |digit: &str| digit.repeat(32);
    let workflows = [
        Workflow::new("test"),
        Workflow::new("").add_task(task("a")),
        Workflow::new("x".repeat(257)).add_task(task("a")),
        Workflow::new("test").add_task(task("a")).data_subject(id("0")),
        Workflow::new("test").add_task(task("a")).data_subject(id("A")),
        Workflow::new("test").add_task(task("a")).data_subject(id("a")),
        Workflow::new("test").add_task(task("a")).add_task(task("b")).add_task(task("a")),
        Workflow::new("test").add_task(task("a").depends_on(["b"])).add_task(task("b").depends_on(["a"])),
        Workflow::new("test")
            .add_task(task("b").depends_on(["a"]))
            .add_task(task("a").depends_on(["x", "y", "a"])),
        Workflow::new("test")
            .add_task(task("a"))
            .add_task(Task::command("b", [Output::of("a").path("rows.[0]")])),
    ];
    for workflow in &workflows {
        assert_eq!(builder(workflow), door(workflow), "{workflow:?}: {:?}", workflow.check());
    }
    // The door gives an id to a task without one. Whoever writes a program has lost one.
    let workflow = Workflow::new("test").add_task(task(""));
    assert_eq!((builder(&workflow).len(), door(&workflow).len()), (1, 1));
    // Both find these wrong, in other places: the door takes the category at its word, and says twice that an output is the
    // task's own.
    let own = Task::command("a", [Output::of("a")]);
    for task in [task("a").category("PROCESS").into(), own.into()] {
        let workflow = Workflow::new("test").add_tasks([task]);
        assert!(!builder(&workflow).is_empty() && !door(&workflow).is_empty(), "{workflow:?}");
    }
}

#[test]
fn both_see_the_same_characters_as_they_are() {
    for character in '\0'..=char::MAX {
        let workflow = Workflow::new(character).add_task(Task::noop("a"));
        let is_plain = triad_event::plain::is_plain(character);
        assert_eq!(workflow.check().is_ok(), is_plain, "{character:?}");
    }
}
