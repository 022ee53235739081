//! `triad workflow show` with `--task`, `--input` or `--raw`: what lies in the vault. Each read is recorded.

use super::why;
use crate::client::Api;
use crate::client::text::plain;
use crate::client::text::{checked, text};
use crate::failure::Failure;
use crate::output::Output;
use clap::ValueEnum;
use serde_json::Value;
use std::io;
use triad_event::plain::escaped_lines;

/// What a process writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::resource::workflow) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The attempts of a task, and what they printed.
pub(super) fn attempts(api: &Api, id: &str, task: &str, output: &Output) -> Result<(), Failure> {
    let found = read_attempts(api, id, task)?;
    if found["attempts"].as_array().is_some_and(Vec::is_empty) {
        output.note(&why::of_task(api, id, task)?);
    }
    for attempt in found["attempts"].as_array().into_iter().flatten() {
        output.result(|| describe_attempt(attempt), || attempt.clone())?;
    }
    let outcomes = found["attempts"].as_array().into_iter().flatten().map(|attempt| &attempt["outcome"]);
    all_readable(outcomes.flat_map(|outcome| [&outcome["stdout"], &outcome["stderr"], &outcome["said"]]))
}

/// What a task was given, or the workflow.
pub(super) fn input(api: &Api, id: &str, task: Option<&str>, output: &Output) -> Result<(), Failure> {
    let id = checked(id)?;
    let of_task = task.map(|task| Ok::<_, Failure>(format!("&task={}", checked(task)?))).transpose()?;
    let of_task = of_task.unwrap_or_default();
    let found = api.get(&format!("/v1/workflows/{id}/inputs?content=true{of_task}"))?;
    output.result(|| describe_input(&found["input"]), || found["input"].clone())?;
    all_readable([&found["input"]])
}

/// What is erased is answered for; what is damaged or missing is not.
fn all_readable<'a>(contents: impl IntoIterator<Item = &'a Value>) -> Result<(), Failure> {
    let word_of = |content: &'a Value| content["content"].as_str();
    match contents.into_iter().filter_map(word_of).find(|word| matches!(*word, "damaged" | "missing")) {
        Some(word) => Err(Failure::refused(format!("content is {word}: what is shown is not all there was"))),
        None => Ok(()),
    }
}

/// What the last attempt of a task wrote, byte by byte.
pub(super) fn raw(api: &Api, id: &str, task: &str, stream: Stream, output: &Output) -> Result<(), Failure> {
    let (id, task) = (checked(id)?, checked(task)?);
    let name = match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    let opened = api.open(&format!("/v1/workflows/{id}/output?task={task}&stream={name}"), None)?;
    let Some(mut opened) = opened else { return Ok(()) };
    output.copy(&mut opened.reader, |error| Failure::machine(CutOff(error)))
}

/// What a server sends may be less than there is: then it breaks off.
#[derive(Debug, thiserror::Error)]
#[error("the output broke off: what was written is not all there is")]
struct CutOff(#[source] io::Error);

/// The last line that the newest attempt of a task wrote to standard error.
pub(super) fn last_error_line(api: &Api, id: &str, task: &str) -> Option<String> {
    let found = read_attempts(api, id, task).ok()?;
    let newest = found["attempts"].as_array()?.last()?;
    newest["outcome"]["stderr"]["text"].as_str()?.lines().next_back().map(plain)
}

fn read_attempts(api: &Api, id: &str, task: &str) -> Result<Value, Failure> {
    let (id, task) = (checked(id)?, checked(task)?);
    Ok(api.get(&format!("/v1/workflows/{id}/attempts?task={task}&content=true"))?)
}

fn describe_attempt(attempt: &Value) -> String {
    let outcome = &attempt["outcome"];
    let how = match (outcome["exit_code"].as_i64(), outcome["signal"].as_i64()) {
        (Some(code), _) => format!(" with code {code}"),
        (None, Some(signal)) => format!(" by signal {signal}"),
        (None, None) => String::new(),
    };
    let ending = outcome["ending"].as_str().or(attempt["status"].as_str()).unwrap_or_default();
    let cut_off = attempt["cut_off"].as_u64().map(|times| {
        format!(": cut off with the server {times} times; see whether it takes the server down before you run it again")
    });
    let cut_off = cut_off.unwrap_or_default();
    let seconds = |member: &str| outcome[member].as_f64().map(|micros| micros / 1e6);
    let took = seconds("duration_us").map(|took| format!(", after {took:.3} s")).unwrap_or_default();
    let busy = seconds("processor_time_us").map(|busy| format!(", processors busy for {busy:.3} s"));
    let took = format!("{took}{}", busy.unwrap_or_default());
    let mut lines = vec![format!("attempt {}  {ending}{how}{took}{cut_off}", attempt["number"])];
    lines.extend(verified(&outcome["verified"]));
    lines.extend(diagnosed(&outcome["diagnosis"]));
    lines.extend(describe_found(&outcome["said"]));
    for stream in ["stdout", "stderr"] {
        lines.extend(describe_output(stream, &outcome[stream]));
    }
    lines.join("\n")
}

/// How much of the verification holds.
fn verified(verified: &Value) -> Option<String> {
    let (held, checks) = (verified["held"].as_u64()?, verified["checks"].as_u64()?);
    Some(format!("verified: {held} of {checks} checks hold"))
}

fn diagnosed(diagnosis: &Value) -> Option<String> {
    let class = plain(diagnosis["class"].as_str()?).to_lowercase().replace('_', " ");
    let sure = diagnosis["rule"]
        .as_str()
        .map(|rule| format!(", {} per mille sure by rule {}", diagnosis["confidence_pm"], plain(rule)));
    Some(format!("diagnosed: {class}{}", sure.unwrap_or_default()))
}

/// What a verification and a diagnosis say, a line each.
fn describe_found(said: &Value) -> Vec<String> {
    let members = |name: &str| said[name].as_array().cloned().unwrap_or_default();
    let unmet = members("unmet").into_iter().map(|unmet| {
        let which = unmet["check"].as_u64().map(|check| format!("check {check} ")).unwrap_or_default();
        let kind = unmet["kind"].as_str().map(plain).unwrap_or_default();
        let told = unmet["said"].as_str().map(|said| format!(": it says {:?}", plain(said)));
        format!(
            "  {which}{kind} {}: {}{}",
            text(&unmet["cause"]),
            text(&unmet["reason"]),
            told.unwrap_or_default()
        )
    });
    let causes = members("causes").into_iter().filter_map(|cause| {
        let line = plain(cause["line"].as_str()?);
        Some(format!("  {} by {}: {line}", text(&cause["class"]), text(&cause["rule"])))
    });
    let absent = match said["content"].as_str() {
        None | Some("findings") => None,
        Some(word) => Some(format!("--- what was found: {}: {}", plain(word), text(&said["detail"]))),
    };
    unmet.chain(causes).chain(absent).collect()
}

/// None when nothing was written.
fn describe_output(stream: &str, output: &Value) -> Option<String> {
    let (total, kept) = (output["total_bytes"].as_u64().filter(|total| *total > 0)?, &output["kept"]);
    let cut = match kept["length_bytes"].as_u64() {
        None => ", none kept".to_owned(),
        Some(kept) if kept < total => format!(", {kept} kept"),
        Some(_) => String::new(),
    };
    let head = format!("--- {stream}, {total} bytes{cut}");
    Some(match output["text"].as_str() {
        Some(text) => format!("{head}\n{}", lines_of(text)),
        None => format!("{head}{}", why_absent(output, stream)),
    })
}

fn why_absent(content: &Value, stream: &str) -> String {
    match content["content"].as_str() {
        None => String::new(),
        Some("base64") => format!(" that are no text: --raw {stream} gives them"),
        Some("omitted") => format!(", too many for here: --raw {stream} gives them"),
        Some(word) => format!(", {}: {}", plain(word), text(&content["detail"])),
    }
}

fn describe_input(input: &Value) -> String {
    match input["content"].as_str() {
        None => "it has no input".to_owned(),
        Some("process") => {
            let words: Vec<String> = input["command"].as_array().into_iter().flatten().map(quoted).collect();
            let env = input["env"].as_object().into_iter().flatten();
            let env = env.map(|(name, value)| format!("{}={}", plain(name), quoted(value)));
            let checks = Some(&input["verify"]).filter(|checks| !checks.is_null());
            let checks = checks.map(|checks| format!("verify {}", plain(&checks.to_string())));
            env.chain([words.join(" ")]).chain(checks).collect::<Vec<_>>().join("\n")
        }
        Some("text") => lines_of(input["text"].as_str().unwrap_or_default()),
        Some(word) => format!("{}: {}", plain(word), text(&input["detail"])),
    }
}

/// A word of a command, so that one sees where it ends.
fn quoted(word: &Value) -> String {
    let word = word.as_str().unwrap_or_default();
    let is_plain =
        !word.is_empty() && word.chars().all(|one| one.is_alphanumeric() || "-_./=:,+@%".contains(one));
    if is_plain { word.to_owned() } else { format!("{word:?}") }
}

/// Text with its lines, and without anything else that a terminal obeys.
fn lines_of(text: &str) -> String {
    escaped_lines(text.trim_end_matches('\n')).to_string()
}
