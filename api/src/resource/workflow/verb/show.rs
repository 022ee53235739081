//! `triad workflow show`

use super::list;
use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::output::Output;
use crate::resource::carbon::grams;
use crate::resource::price::usd;
use serde_json::Value;
use std::collections::BTreeMap;

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
    lines.extend(ordered(shown["tasks"].as_array().map_or(&[][..], Vec::as_slice)));
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

/// A line a task, parts and tasks of sub-workflows below what they are a part of.
fn ordered(tasks: &[Value]) -> Vec<String> {
    let mut parts: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut next: Vec<(usize, &Value)> = Vec::new();
    for shown in tasks {
        match shown["part_of"].as_str() {
            Some(of) => parts.entry(of).or_default().push(shown),
            None => next.push((0, shown)),
        }
    }
    next.reverse();
    let mut lines = Vec::with_capacity(tasks.len());
    while let Some((depth, shown)) = next.pop() {
        lines.push(task(shown, depth));
        let below = shown["id"].as_str().and_then(|id| parts.remove(id));
        next.extend(below.into_iter().flatten().rev().map(|part| (depth + 1, part)));
    }
    // What they are a part of stands beyond what is shown.
    lines.extend(parts.into_values().flatten().map(|part| task(part, 1)));
    lines
}

fn task(task: &Value, depth: usize) -> String {
    let needs: Vec<String> = task["dependencies"].as_array().into_iter().flatten().map(text).collect();
    let needs = if needs.is_empty() { String::new() } else { format!("  after {}", needs.join(", ")) };
    let waits = match task["waits_for"].as_str() {
        Some(what) => format!("  waits for {}{}", what.to_lowercase().replace('_', " "), waits_until(task)),
        None => String::new(),
    };
    let id = format!("{}{}", "  ".repeat(depth), text(&task["id"]));
    let used = used(task);
    format!("{:<10}  {id:<24}  {}{}{waits}{needs}{used}", text(&task["status"]), attempts(task), why(task))
}

/// What its attempts took, beside what each was thought to take.
fn used(task: &Value) -> String {
    let kwh = |milliwatt_hours: &Value| milliwatt_hours.as_i64().map(usd);
    let estimate = kwh(&task["estimate_mwh"]).map(|estimate| format!("estimated {estimate} kWh"));
    let taken = kwh(&task["account"]["energy_mwh"]).map(|taken| {
        let runs = task["account"]["runs"].as_u64().filter(|runs| *runs > 1);
        format!("used {taken} kWh{}", runs.map(|runs| format!(" in {runs} attempts")).unwrap_or_default())
    });
    let parts: Vec<String> = taken.into_iter().chain(estimate).collect();
    if parts.is_empty() { String::new() } else { format!("  {}", parts.join(", ")) }
}

/// How often it was tried, or what it does instead.
fn attempts(task: &Value) -> String {
    let kind = text(&task["kind"]);
    match task["parts"].as_u64() {
        Some(parts) => format!("{parts} parts"),
        None if ["WAIT", "SIGNAL", "APPROVAL", "WORKFLOW"].contains(&kind.as_str()) => kind.to_lowercase(),
        None => format!("{}/{} attempts{}", task["attempts"], task["attempts_max"], fixes(task)),
    }
}

/// Why it stands as it does, where that says more.
fn why(task: &Value) -> String {
    let mut why = String::new();
    if let Some(left_out) = task["left_out"].as_str() {
        why += &format!("  left out: {}", plain(left_out).to_lowercase());
    }
    if let Some(because) = task["skipped_because"].as_str() {
        why += &format!("  skipped because of {}", plain(because));
    }
    if let Some(earlier) = task["reused_from"].as_str() {
        why += &format!("  done by {}", plain(earlier));
    }
    match task["last_ending"].as_str() {
        None | Some("SUCCEEDED") => {}
        Some(ending) if task["attempts"] == 0 => why += &format!("  {}", plain(ending)),
        Some(ending) => why += &format!("  last attempt {}", plain(ending)),
    }
    why += &deferral(&task["deferral"]);
    why += &suspension(&task["pacing"]);
    if let Some(detail) = task["detail"].as_str() {
        why += &format!(": {}", plain(detail));
    }
    why
}

/// For which signal, and until when.
fn waits_until(task: &Value) -> String {
    let signal = task["signal"].as_str().map(|name| format!(" {}", plain(name))).unwrap_or_default();
    let due = task["due"].as_str().map(|due| format!(" until {}", plain(due))).unwrap_or_default();
    format!("{signal}{due}")
}

/// Attempts after fixes are not among those that it has.
fn fixes(task: &Value) -> String {
    match task["healing"]["fixes"].as_array().map_or(0, Vec::len) {
        0 => String::new(),
        1 => " after 1 fix".to_owned(),
        fixes => format!(" after {fixes} fixes"),
    }
}

/// Since when a run stands still, or how often it did.
fn suspension(pacing: &Value) -> String {
    let stood = pacing["stood"].as_array().and_then(|stood| stood.last());
    let Some(stood) = stood else { return String::new() };
    if pacing["is_suspended"] == true {
        let reason = text(&stood["reason"]).to_lowercase().replace('_', " ");
        let (from, again) = (text(&stood["from"]), text(&pacing["look_again"]));
        let latest = text(&pacing["last_safe_start"]);
        return format!("  suspended since {from}: {reason}; again {again}, at the latest {latest}");
    }
    match pacing["suspensions"].as_u64() {
        Some(1) => "  suspended once".to_owned(),
        suspensions => format!("  suspended {} times", suspensions.unwrap_or(0)),
    }
}

/// What was decided by price: what it costs and may cost, and when it is looked at again or runs in any case.
fn deferral(deferral: &Value) -> String {
    let usd = |micro: &Value| micro.as_i64().map(usd);
    if deferral.is_null() {
        return String::new();
    }
    let is_weighed = !deferral["optimised"].is_null();
    let least = if is_weighed { "least of what is weighed" } else { "cheapest time" };
    let aim = usd(&deferral["bid_micro_usd_per_kwh"]).map_or(least.to_owned(), |bid| format!("bid {bid}"));
    let planned = usd(&deferral["plan"]["mean_micro_usd_per_kwh"])
        .map(|mean| format!("; {mean} expected from {}", text(&deferral["plan"]["start"])));
    let price = usd(&deferral["price"]["micro_usd_per_kwh"]).map_or("no price".to_owned(), |price| {
        let origin = deferral["price"]["from"].as_str().filter(|from| *from != "PUBLISHED");
        let origin = origin.map(|from| format!(", {}", plain(from).to_lowercase().replace('_', " ")));
        format!("{price} USD/kWh{}", origin.unwrap_or_default())
    });
    let carbon = deferral["optimised"]["carbon"]["mg_per_kwh"].as_i64();
    let price = match carbon.map(|carbon| format!("{} g CO2e/kWh", grams(carbon))) {
        Some(carbon) if deferral["price"].is_null() => carbon,
        Some(carbon) => format!("{price}, {carbon}"),
        None => price,
    };
    let best = &deferral["optimised"]["plan"];
    let planned = planned.or_else(|| {
        let carbon = best["mean_mg_per_kwh"].as_i64().map(grams)?;
        Some(format!("; {carbon} g expected from {}", text(&best["start"])))
    });
    match (deferral["released"].as_str(), deferral["look_again"].as_str()) {
        (Some(why), _) => {
            format!("  went on at {price} ({aim}): {}", plain(why).to_lowercase().replace('_', " "))
        }
        (None, Some(again)) => format!(
            ": {price}, {aim}{}; again {}, at the latest {}",
            planned.unwrap_or_default(),
            plain(again),
            text(&deferral["last_safe_start"])
        ),
        (None, None) => String::new(),
    }
}
