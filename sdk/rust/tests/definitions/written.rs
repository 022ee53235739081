//! The JSON that comes out.

use serde_json::{Value, json};
use triad_workflow::{Argument, Cause, Output, Priority, Retry, Task, Workflow, index, item};

/// What a workflow of these tasks is in JSON, once it was found to have no fault.
fn tasks(tasks: impl IntoIterator<Item = Task>) -> Value {
    let json = Workflow::new("test").add_tasks(tasks).to_json().expect("no fault");
    let mut document: Value = serde_json::from_str(&json).expect("JSON");
    document["tasks"].take()
}

#[test]
fn every_kind_of_task_is_written_as_the_format_has_it() {
    let url = String::from("https://example.org");
    let rows: Vec<(Task, Value)> = vec![
        (Task::noop("a").into(), json!({ "id": "a" })),
        (
            Task::noop("a").input("text").category("NOOP").into(),
            json!({ "id": "a", "type": "NOOP", "input": "text" }),
        ),
        (Task::command("a", ["curl", &url]).into(), json!({ "id": "a", "command": ["curl", url] })),
        (
            Task::command("a", [url.clone()]).args(["-s", "-f"]).arg(&url).into(),
            json!({ "id": "a", "command": [url, "-s", "-f", url] }),
        ),
        (
            Task::command("a", ["true"])
                .env("B", "1")
                .env("A", "x")
                .env("B", "2")
                .working_directory("/srv")
                .into(),
            json!({ "id": "a", "command": ["true"], "env": { "A": "x", "B": "2" }, "working_directory": "/srv" }),
        ),
        (
            Task::command("a", ["true"]).name("A b").category("SIMULATION").timeout_seconds(60).into(),
            json!({ "id": "a", "name": "A b", "type": "SIMULATION", "command": ["true"], "timeout_seconds": 60 }),
        ),
        (
            Task::command("a", ["true"]).retry(Retry::attempts(3)).into(),
            json!({ "id": "a", "command": ["true"], "retry": { "attempts": 3 } }),
        ),
        (
            Task::noop("a").retry(Retry::attempts(3).base_ms(200)).into(),
            json!({ "id": "a", "retry": { "attempts": 3, "base_ms": 200 } }),
        ),
        (
            Task::noop("a")
                .retry(Retry::attempts(3).max_ms(9).causes([Cause::TimedOut, Cause::Exited, Cause::TimedOut]))
                .into(),
            json!({ "id": "a", "retry": { "attempts": 3, "max_ms": 9, "causes": ["EXITED", "TIMED_OUT"] } }),
        ),
        (Task::wait("a", 30).into(), json!({ "id": "a", "wait": 30 })),
        (Task::signal("a", "go").into(), json!({ "id": "a", "signal": { "name": "go" } })),
        (
            Task::signal("a", "go").expires_seconds(9).into(),
            json!({ "id": "a", "signal": { "name": "go", "expires_seconds": 9 } }),
        ),
        (Task::approval("a").into(), json!({ "id": "a", "approval": {} })),
        (
            Task::approval("a")
                .roles(["lead", "legal"])
                .needed(2)
                .message("Ship it?")
                .expires_seconds(9)
                .into(),
            json!({ "id": "a", "approval": {
                "roles": ["lead", "legal"], "needed": 2, "expires_seconds": 9, "message": "Ship it?",
            } }),
        ),
    ];
    for (task, expected) in rows {
        assert_eq!(tasks([task.clone()]), json!([expected]), "{task:?}");
    }
}

#[test]
fn an_output_is_a_template_and_a_dependency() {
    let a = Task::noop("a").input(r#"{"rows": [{"name": "x"}]}"#);
    let row = a.output().path("rows.[0]");
    let command = |task: &str| Task::command(task, ["echo"]);
    let rows = [
        (command("t").arg(a.output()), json!(["echo", "{a.output}"]), json!(["a"])),
        (command("t").arg(row.clone()), json!(["echo", "{a.output.rows.[0]}"]), json!(["a"])),
        (
            command("t").arg(row.clone().path("name")),
            json!(["echo", "{a.output.rows.[0].name}"]),
            json!(["a"]),
        ),
        (Task::command("t", [Output::of("b")]), json!(["{b.output}"]), json!(["b"])),
        (
            command("t").arg("x=" + a.output() + ",y=" + Output::of("b") + "\n"),
            json!(["echo", "x={a.output},y={b.output}\n"]),
            json!(["a", "b"]),
        ),
        (
            command("t").arg(Argument::from(String::from("-")) + row + "!"),
            json!(["echo", "-{a.output.rows.[0]}!"]),
            json!(["a"]),
        ),
        // What is named is there once, and before what outputs bring.
        (
            command("t").arg(a.output()).depends_on(["b", "b"]).depends_on(["a", "b"]).arg(a.output()),
            json!(["echo", "{a.output}", "{a.output}"]),
            json!(["b", "a"]),
        ),
        // Plain text that reads like one brings nothing.
        (command("t").arg("{a.output}"), json!(["echo", "{a.output}"]), Value::Null),
    ];
    for (task, command, dependencies) in rows {
        let all = tasks([task.clone().into(), a.clone().into(), Task::noop("b").into()]);
        assert_eq!((&all[0]["command"], &all[0]["dependencies"]), (&command, &dependencies), "{task:?}");
    }
}

#[test]
fn a_variable_brings_the_dependency_of_its_last_value_alone() {
    let task = Task::command("t", ["env"]).env("A", Output::of("a")).env("A", Output::of("b").path("n"));
    let all = tasks([task.into(), Task::noop("a").into(), Task::noop("b").into()]);
    assert_eq!((&all[0]["env"], &all[0]["dependencies"]), (&json!({ "A": "{b.output.n}" }), &json!(["b"])));
}

#[test]
fn a_definition_is_written_on_one_line_or_for_people() {
    let workflow = Workflow::new("night \"7\"").data_subject("0123456789abcdef0123456789abcdef");
    let workflow = workflow.add_task(Task::wait("a", 1)).add_task(Task::noop("b").depends_on(["a"]));
    let expected = concat!(
        r#"{"name":"night \"7\"","data_subject":"0123456789abcdef0123456789abcdef","#,
        r#""tasks":[{"id":"a","wait":1},{"id":"b","dependencies":["a"]}]}"#,
    );
    assert_eq!(workflow.to_json().as_deref(), Ok(expected));
    assert_eq!(serde_json::to_string(&workflow).expect("JSON"), expected);
    let pretty = workflow.to_json_pretty().expect("no fault");
    assert!(pretty.starts_with("{\n  \"name\": "), "{pretty}");
    let same: Value = serde_json::from_str(&pretty).expect("JSON");
    assert_eq!(same, serde_json::from_str::<Value>(expected).expect("JSON"));
}

#[test]
fn when_and_how_often_a_task_runs_is_written_as_the_format_has_it() {
    let others = || ["b", "c", "d"].map(|id| Task::from(Task::noop(id)));
    let rows: Vec<(Task, Value)> = vec![
        (
            Task::noop("a").depends_on(["b"]).after_failure_of(["c"]).after_end_of(["d", "d"]).into(),
            json!({ "id": "a", "dependencies": [
                "b", { "task": "c", "ends": "FAILED" }, { "task": "d", "ends": "ANY" },
            ] }),
        ),
        // Whose output is taken is named by that alone where it was named in no other way.
        (
            Task::command("a", [Output::of("b")]).arg(Output::of("c")).after_end_of(["b"]).into(),
            json!({
                "id": "a", "dependencies": [{ "task": "b", "ends": "ANY" }, "c"],
                "command": ["{b.output}", "{c.output}"],
            }),
        ),
        (
            Task::wait("a", 1).when("true").deadline_seconds(9).priority(Priority::Critical).into(),
            json!({ "id": "a", "when": "true", "deadline": 9, "priority": "CRITICAL", "wait": 1 }),
        ),
        (
            Task::noop("a").deadline_seconds(9).deadline_at("2026-12-24T18:00:00Z").into(),
            json!({ "id": "a", "deadline": "2026-12-24T18:00:00Z" }),
        ),
        (
            Task::noop("a").for_each([json!({ "x": 1 }), json!(2), Value::Null]).into(),
            json!({ "id": "a", "for_each": { "in": [{ "x": 1 }, 2, null] } }),
        ),
        (
            Task::noop("a").for_each(["x"]).for_each_of("tasks.b.output").at_once(3).depends_on(["b"]).into(),
            json!({
                "id": "a", "dependencies": ["b"], "for_each": { "in": "tasks.b.output", "concurrency": 3 },
            }),
        ),
        (
            Task::command("a", ["echo"])
                .for_each(["x", "y"])
                .arg(index() + "/" + item() + ":" + item().path("a").path("[0].b"))
                .arg("n" + index() + Output::of("b"))
                .env("A", item())
                .stdin("<" + Output::of("c").path("x") + item())
                .into(),
            json!({
                "id": "a", "dependencies": ["b", "c"], "for_each": { "in": ["x", "y"] },
                "command": ["echo", "{index}/{item}:{item.a.[0].b}", "n{index}{b.output}"],
                "env": { "A": "{item}" }, "stdin": "<{c.output.x}{item}",
            }),
        ),
    ];
    for (task, expected) in rows {
        let all = tasks([task.clone()].into_iter().chain(others()));
        assert_eq!(all[0], expected, "{task:?}");
    }
}

#[test]
fn what_is_said_of_the_whole_stands_beside_its_tasks() {
    let workflow = Workflow::new("test")
        .label("team", "x")
        .label("region", "eu")
        .label("team", "data")
        .priority(Priority::Low)
        .deadline_at("2026-12-24T18:00:00Z")
        .deadline_seconds(60)
        .add_task(Task::noop("a"));
    let document: Value = serde_json::from_str(&workflow.to_json().expect("no fault")).expect("JSON");
    let expected = json!({
        "name": "test", "labels": { "region": "eu", "team": "data" }, "priority": "LOW", "deadline": 60,
        "tasks": [{ "id": "a" }],
    });
    assert_eq!(document, expected);
    let words: Vec<Value> = Priority::ALL.iter().map(|priority| json!(priority)).collect();
    assert_eq!(words, ["LOW", "NORMAL", "HIGH", "CRITICAL"]);
}
