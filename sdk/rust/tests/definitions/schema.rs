//! What the published schema knows, programs can write.

use serde_json::Value;
use std::collections::BTreeSet;
use triad_workflow::{Cause, Priority, Retry, Task, Workflow};

/// Members that the schema knows and that programs cannot write yet, with whatever lies below them: inputs, sub-workflows
/// and checks need types of their own here, a program that submits says itself when it does, and what is kept with a task is for
/// people who weigh it.
const UNWRITTEN: [&str; 20] = [
    ".inputs",
    ".values",
    ".workflow",
    ".tasks.workflow",
    ".tasks.verify",
    ".tasks.with",
    ".tasks.status",
    ".tasks.schedule",
    ".tasks.energy_cost_est_kwh",
    ".tasks.negentropy_value_score",
    ".tasks.market_multiplier",
    ".tasks.max_bid_price",
    ".tasks.optimise",
    ".tasks.interruptible",
    ".tasks.missing_price",
    ".tasks.self_healing_policy",
    ".tasks.owner_persona",
    ".tasks.required_capabilities",
    ".tasks.sovereignty_required",
    ".tasks.signal.schema",
];

/// Definitions in which everything stands that a program can write.
fn everything() -> Value {
    let command = Task::command("c", ["true"])
        .name("Command")
        .category("SIMULATION")
        .depends_on(["n"])
        .env("A", "b")
        .working_directory("/srv")
        .stdin("x")
        .after_failure_of(["s"])
        .when("true")
        .for_each(["x"])
        .at_once(1)
        .deadline_seconds(1)
        .priority(Priority::Low)
        .timeout_seconds(1)
        .retry(Retry::attempts(1).base_ms(1).max_ms(1).causes(Cause::ALL));
    let approval = Task::approval("a").roles(["x"]).needed(1).message("x").expires_seconds(1);
    let workflow = Workflow::new("all")
        .schema("./workflow.schema.json")
        .data_subject("0123456789abcdef0123456789abcdef")
        .label("a", "b")
        .priority(Priority::High)
        .deadline_at("2026-12-24T18:00:00Z")
        .add_task(Task::noop("n").input("text"))
        .add_task(command)
        .add_task(Task::wait("w", 1))
        .add_task(Task::signal("s", "go").expires_seconds(1))
        .add_task(approval);
    serde_json::from_str(&workflow.to_json().expect("no fault")).expect("JSON")
}

/// The names that a schema knows at each place of a document: the place is the names above, lists and choices left out.
fn known(schema: &Value, place: &str, names: &mut BTreeSet<String>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        known(inner, &place, names);
        names.insert(place);
    }
    known_below(&schema["items"], place, names);
    schema["anyOf"].as_array().into_iter().flatten().for_each(|choice| known_below(choice, place, names));
}

fn known_below(schema: &Value, place: &str, names: &mut BTreeSet<String>) {
    if schema.is_object() {
        known(schema, place, names);
    }
}

/// The names that stand at each place of a document. Those of variables and labels are anybody's choice.
fn written(document: &Value, place: &str, names: &mut BTreeSet<String>) {
    let is_free = [".tasks.env", ".labels"].contains(&place);
    for (name, inner) in document.as_object().into_iter().flatten().filter(|_| !is_free) {
        let place = format!("{place}.{name}");
        written(inner, &place, names);
        names.insert(place);
    }
    document.as_array().into_iter().flatten().for_each(|entry| written(entry, place, names));
}

/// Whether it is that member, or lies below it.
fn is_within(name: &str, member: &str) -> bool {
    name.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[test]
fn every_member_of_the_published_schema_can_be_written_but_those_that_are_named() {
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/format/workflow.schema.json"))
        .expect("the schema is JSON");
    let (mut expected, mut found) = (BTreeSet::new(), BTreeSet::new());
    known(&schema, "", &mut expected);
    written(&everything(), "", &mut found);
    assert!(
        expected.contains(".tasks.approval.message") && expected.contains(".tasks.signal.name"),
        "{expected:?}"
    );
    assert!(expected.contains(".tasks.dependencies.ends"), "{expected:?}");
    expected.retain(|name| !UNWRITTEN.iter().any(|member| is_within(name, member)));
    assert_eq!(found, expected);
}
