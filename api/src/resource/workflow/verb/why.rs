//! `triad workflow explain ID`: why each task of a workflow stands where it stands, in sentences.

use super::why_healed::healed;
use super::why_paced::stretches;
use super::why_priced::{by_price, waits_for_price};
use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::output::Output;
use crate::resource::ledger::left_of_each;
use crate::resource::price::draw_tasks;
use serde_json::{Value, json};
use std::path::Path;
use triad_event::ids::WorkflowId;

/// Tasks of one page.
const TASKS: usize = 1000;

/// Whether a name is that of a workflow, and not of a field.
pub(super) fn is_workflow(name: &str) -> bool {
    name.parse::<WorkflowId>().is_ok()
}

/// Explains all tasks, or one; draws them as well when a file is named for that.
pub(super) fn run(
    api: &Api,
    id: &str,
    task: Option<&str>,
    svg: Option<&Path>,
    output: &Output,
) -> Result<(), Failure> {
    let (head, told) = explained(api, id, task)?;
    let waits = |told: &Told| matches!(told.shown["waits_for"].as_str(), Some("BUDGET" | "BUDGET_TOO_SMALL"));
    let budgets = if told.iter().any(waits) { left_of_each(api, id)? } else { None };
    if let Some(file) = svg {
        let shown: Vec<Value> = told.iter().map(|told| told.shown.clone()).collect();
        draw_tasks(api, &format!("Workflow {id}: {head}"), &shown, file)?;
    }
    let document = || {
        let tasks = told.iter().map(|Told { id, why, .. }| json!({ "id": id, "why": why }));
        json!({ "workflow_id": id, "why": head, "tasks": tasks.collect::<Vec<_>>(), "budgets": budgets })
    };
    let lines = || {
        let tasks = told.iter().map(|Told { id, why, .. }| format!("{id}: {why}"));
        let head = task.is_none().then(|| head.clone());
        head.into_iter().chain(tasks).chain(budgets.clone()).collect::<Vec<_>>().join("\n")
    };
    output.result(lines, document)
}

/// What one task waits for or why it ended, in a sentence.
pub(super) fn of_task(api: &Api, id: &str, task: &str) -> Result<String, Failure> {
    let (_, told) = explained(api, id, Some(task))?;
    Ok(told.into_iter().map(|Told { id, why, .. }| format!("{id}: {why}")).collect())
}

/// A task, why it stands where it stands, and what is shown of it.
struct Told {
    id: String,
    why: String,
    shown: Value,
}

/// The workflow in a sentence, and each of its tasks that is wanted.
fn explained(api: &Api, id: &str, task: Option<&str>) -> Result<(String, Vec<Told>), Failure> {
    let id = checked(id)?;
    let (mut from, mut told) = (0, Vec::new());
    loop {
        let shown = api.get(&format!("/v1/workflows/{id}?limit={TASKS}&tasks_from={from}"))?;
        let tasks = shown["tasks"].as_array().into_iter().flatten();
        let wanted = tasks.filter(|one| task.is_none_or(|task| one["id"] == *task));
        told.extend(wanted.map(|one| Told {
            id: text(&one["id"]),
            why: in_its_workflow(one, &shown),
            shown: one.clone(),
        }));
        let Some(next) = shown["next_tasks_from"].as_u64() else {
            return match task.filter(|_| told.is_empty()) {
                Some(task) => Err(Failure::absent(format!("the workflow has no task {}", plain(task)))),
                None => Ok((whole(&shown), told)),
            };
        };
        from = next;
    }
}

fn in_its_workflow(task: &Value, workflow: &Value) -> String {
    let why = sentence(task, &workflow["priority"]);
    let may_go_on = ["PENDING", "READY", "DEFERRED"].iter().any(|status| task["status"] == **status);
    match workflow["status"] == "PAUSED" && may_go_on {
        true => format!("{why} Its workflow is paused: before that is resumed, it does not run."),
        false => why,
    }
}

/// The workflow in one sentence.
fn whole(shown: &Value) -> String {
    let done = shown["counts"]["completed"].as_u64().unwrap_or(0);
    let status = text(&shown["status"]).to_lowercase();
    format!("The workflow is {status}: {done} of {} tasks completed.", shown["task_count"])
}

/// Why a task stands where it stands. What the workflow says of urgency counts where the task says nothing.
fn sentence(task: &Value, urgency: &Value) -> String {
    let status = text(&task["status"]);
    let stands = match status.as_str() {
        "PENDING" => waits_for_others(task),
        "READY" | "RUNNING" => goes_on(task, &status),
        "PAUSED" if task["waits_for"] == "REVIEW" => held(&task["held"]),
        "DEFERRED" if task["waits_for"] == "PRICE" => return waits_for_price(&task["deferral"]),
        "DEFERRED" => format!("It failed and is tried again at {}.", text(&task["retry_at"])),
        "COMPLETED" => completed(task),
        "FAILED" => failed(task),
        "SKIPPED" => skipped(task),
        "CANCELLED" => "It was cancelled with its workflow.".to_owned(),
        other => format!("It is {}.", other.to_lowercase()),
    };
    let price = by_price(task, urgency);
    [Some(stands), price, stretches(task), healed(task)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn waits_for_others(task: &Value) -> String {
    let needs: Vec<String> = task["dependencies"].as_array().into_iter().flatten().map(text).collect();
    if needs.is_empty() {
        "It has not begun.".to_owned()
    } else {
        format!("It waits for the end of {}.", needs.join(", "))
    }
}

fn goes_on(task: &Value, status: &str) -> String {
    let due =
        task["due"].as_str().map_or(String::new(), |due| format!(", until {} at the latest", plain(due)));
    match task["waits_for"].as_str() {
        None if status == "READY" => "It is about to run.".to_owned(),
        None => format!("It runs, for the {} time.", ordinal(task["attempts"].as_u64().unwrap_or(1))),
        Some("CAPACITY") => "It could run, and waits for a free place.".to_owned(),
        Some("WORKFLOW_RESUMED") => "It could run, and its workflow is paused.".to_owned(),
        Some("ENGINE_RESUMED") => "It could run, and everything is paused.".to_owned(),
        Some("BUDGET") => "It could run, and waits for a budget: what is left of one is less than it could need. It runs \
             when that is raised or removed, another run gives back what was kept for it, or a new period begins."
            .to_owned(),
        Some("BUDGET_TOO_SMALL") => "It could need more than all of a budget, and does not run before that is raised or \
             removed. A shorter timeout_seconds needs less."
            .to_owned(),
        Some("SUSPENSION") => "It has begun, and stands still.".to_owned(),
        Some("EVALUATION") => "Its expressions are being evaluated.".to_owned(),
        Some("PARTS") => "It waits for the end of its parts.".to_owned(),
        // What is told of its failure says the rest.
        Some("FIX_APPROVAL") => "It waits for a person.".to_owned(),
        Some("SIGNAL") => format!("It waits for the signal {}{due}.", text(&task["signal"])),
        Some("APPROVAL") => format!("It waits for people who approve{due}."),
        Some("TIME") => format!("It waits for time to pass{due}."),
        Some(other) => format!("It waits for {}{due}.", plain(other).to_lowercase().replace('_', " ")),
    }
}

fn held(by: &Value) -> String {
    let (rule, part) = (text(&by["rule"]), text(&by["part"]).to_lowercase());
    format!(
        "It has not begun: the rule of moderation {rule} matches its {part}. It waits for a person who releases it with a \
         reason, or declines it."
    )
}

fn ordinal(number: u64) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        other => format!("{other}th"),
    }
}

fn completed(task: &Value) -> String {
    match (task["reused_from"].as_str(), task["attempts"].as_u64()) {
        (Some(earlier), _) => format!("What workflow {} made of it stands for it.", plain(earlier)),
        (None, Some(attempts @ 2..)) => format!("It completed in its {} attempt.", ordinal(attempts)),
        (None, _) => "It completed.".to_owned(),
    }
}

fn failed(task: &Value) -> String {
    let how = match task["last_ending"].as_str() {
        Some("EXITED") => "its process said that it failed",
        Some("SIGNALLED") => "its process was ended by a signal",
        Some("TIMED_OUT") => "it took longer than it may",
        Some("NOT_STARTED") => "its process could not be started",
        Some("OUT_OF_MEMORY") => "it needed more memory than it may",
        Some("DECLINED") => "somebody declined it",
        Some("PART_FAILED") => "a part of it failed",
        Some("NOT_EVALUATED") => "its expressions have no value",
        Some("DEADLINE_PASSED") => "its deadline passed",
        Some("INPUT_UNAVAILABLE" | "INPUT_UNUSABLE") => "what it takes from others is not there",
        Some("UNVERIFIED") => "its output is not what it wants",
        Some("LOST") => "nothing is known of how it ended",
        Some(_) | None => "it did not succeed",
    };
    let detail = task["detail"].as_str().map_or_else(String::new, |detail| format!(" ({})", plain(detail)));
    match task["attempts"].as_u64() {
        Some(attempts @ 2..) => format!("It failed after {attempts} attempts, because {how}{detail}."),
        Some(_) | None => format!("It failed, because {how}{detail}."),
    }
}

fn skipped(task: &Value) -> String {
    if let Some(because) = task["skipped_because"].as_str() {
        return format!("It did not run, because {} failed.", plain(because));
    }
    let why = match task["left_out"].as_str() {
        Some("CONDITION") => "its condition does not hold",
        Some("EDGE") => "what it depends on ended otherwise than it wants",
        Some("BRANCH") => "all that it depends on was left out",
        Some("GROUP") => "what it is a part of was left out",
        Some(_) | None => "it was left out",
    };
    format!("It did not run, because {why}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(task: Value, expected: &str) {
        assert_eq!(sentence(&task, &Value::Null), expected);
    }

    #[test]
    fn a_task_that_waits_says_for_what_and_until_when() {
        let deferral = json!({
            "bid_micro_usd_per_kwh": 100_000, "price": { "micro_usd_per_kwh": 180_000, "from": "PUBLISHED" },
            "look_again": "2026-12-24T02:00:00Z", "last_safe_start": "2026-12-24T05:00:00Z",
        });
        check(
            json!({ "status": "DEFERRED", "waits_for": "PRICE", "deferral": deferral }),
            "It waits for cheaper electricity: a kilowatt hour costs 0.18 USD, and may cost 0.10 USD for it. \
             It is looked at again at 2026-12-24T02:00:00Z, and runs at 2026-12-24T05:00:00Z whatever the price.",
        );
        check(json!({ "status": "PENDING", "dependencies": ["a", "b"] }), "It waits for the end of a, b.");
        check(
            json!({ "status": "READY", "waits_for": "CAPACITY" }),
            "It could run, and waits for a free place.",
        );
        check(
            json!({ "status": "READY", "waits_for": "BUDGET_TOO_SMALL" }),
            "It could need more than all of a budget, and does not run before that is raised or removed. \
             A shorter timeout_seconds needs less.",
        );
        check(
            json!({ "status": "RUNNING", "waits_for": "SIGNAL", "signal": "go", "due": "2026-12-24T05:00:00Z" }),
            "It waits for the signal go, until 2026-12-24T05:00:00Z at the latest.",
        );
    }

    #[test]
    fn a_task_that_ended_says_why_so() {
        let released = json!({
            "bid_micro_usd_per_kwh": 100_000, "price": { "micro_usd_per_kwh": 50_000, "from": "PUBLISHED" },
            "released": "WITHIN_BID", "since": { "time": "2026-12-24T00:00:00Z" }, "decided": { "time": "2026-12-24T02:00:00Z" },
        });
        check(
            json!({ "status": "COMPLETED", "attempts": 1, "deferral": released }),
            "It completed. It waited since 2026-12-24T00:00:00Z and went on at 2026-12-24T02:00:00Z, when a kilowatt hour cost \
             0.05 USD: that is within its bid of 0.10 USD.",
        );
        check(
            json!({ "status": "COMPLETED", "attempts": 2, "priority": "CRITICAL" }),
            "It completed in its second attempt. It is critical, and what is critical waits for no price.",
        );
        check(
            json!({ "status": "FAILED", "attempts": 3, "last_ending": "EXITED" }),
            "It failed after 3 attempts, because its process said that it failed.",
        );
        check(
            json!({ "status": "SKIPPED", "left_out": "CONDITION" }),
            "It did not run, because its condition does not hold.",
        );
        check(json!({ "status": "SKIPPED", "skipped_because": "a" }), "It did not run, because a failed.");
    }
}
