//! `triad workflow show`

use super::list;
use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::output::Output;
use serde_json::Value;

/// Tasks that are shown; a longer list is for a program.
const TASKS_SHOWN: usize = 200;

pub(super) fn run(api: &Api, id: &str, as_of: Option<u64>, output: &Output) -> Result<(), Failure> {
    let id = checked(id)?;
    let as_of = as_of.map(|sequence| format!("&as_of={sequence}")).unwrap_or_default();
    let shown = api.get(&format!("/v1/workflows/{id}?limit={TASKS_SHOWN}{as_of}"))?;
    output.result(|| describe(&shown), || shown.clone())
}

fn describe(shown: &Value) -> String {
    let mut lines = vec![
        format!("workflow  {}", text(&shown["workflow_id"])),
        format!("name      {}", text(&shown["name"])),
        format!("status    {}", text(&shown["status"])),
        format!("tasks     {}", counts(shown)),
        format!("began     {} (sequence {})", text(&shown["began"]["time"]), shown["began"]["sequence"]),
    ];
    lines.extend(list::labels(shown).map(|labels| format!("labels    {labels}")));
    for (head, member) in [("priority", "priority"), ("deadline", "deadline"), ("retries", "retries")] {
        lines.extend(shown[member].as_str().map(|said| format!("{head:<8}  {}", plain(said))));
    }
    if let Some(used) = shown["definition"].as_object() {
        lines.push(format!("made of   {}@{}", text(&used["name"]), used["version"]));
    }
    let retried_by = shown["retried_by"].as_array().into_iter().flatten();
    lines.extend(retried_by.map(|by| format!("retried   by {}", text(by))));
    if let Some(elapsed_ms) = shown["elapsed_ms"].as_u64() {
        let ended = text(&shown["ended"]["time"]);
        lines.push(format!("ended     {ended}, after {}.{:03} s", elapsed_ms / 1000, elapsed_ms % 1000));
    }
    lines.push(String::new());
    lines.extend(shown["tasks"].as_array().into_iter().flatten().map(task));
    if !shown["next_tasks_from"].is_null() {
        lines.push(format!(
            "... {} tasks in all; -o json or /v1/workflows/ID/graph has them",
            shown["task_count"]
        ));
    }
    lines.join("\n")
}

fn counts(shown: &Value) -> String {
    let told = |(name, count): (&String, &Value)| {
        count.as_u64().filter(|count| *count > 0).map(|count| format!("{count} {name}"))
    };
    let parts: Vec<String> = shown["counts"].as_object().into_iter().flatten().filter_map(told).collect();
    format!("{} ({})", shown["task_count"], parts.join(", "))
}

fn task(task: &Value) -> String {
    let needs: Vec<String> = task["dependencies"].as_array().into_iter().flatten().map(text).collect();
    let needs = if needs.is_empty() { String::new() } else { format!("  after {}", needs.join(", ")) };
    let ending = match task["last_ending"].as_str() {
        Some(ending) if ending != "SUCCEEDED" => format!("  last attempt {ending}"),
        _ => String::new(),
    };
    let waits = match task["waits_for"].as_str() {
        Some(what) => format!("  waits for {}{}", what.to_lowercase().replace('_', " "), waits_until(task)),
        None => String::new(),
    };
    let is_gate = ["WAIT", "SIGNAL", "APPROVAL"].iter().any(|kind| task["kind"] == *kind);
    let attempts = if is_gate {
        text(&task["kind"]).to_lowercase()
    } else {
        format!("{}/{} attempts", task["attempts"], task["attempts_max"])
    };
    format!("{:<10}  {:<24}  {attempts}{ending}{waits}{needs}", text(&task["status"]), text(&task["id"]))
}

/// For which signal, and until when.
fn waits_until(task: &Value) -> String {
    let signal = task["signal"].as_str().map(|name| format!(" {}", plain(name))).unwrap_or_default();
    let due = task["due"].as_str().map(|due| format!(" until {}", plain(due))).unwrap_or_default();
    format!("{signal}{due}")
}
