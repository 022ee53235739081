//! Shows how a workflow goes: a bar and what runs on a terminal, a line for each step elsewhere.

use super::content::last_error_line;
use crate::client::Api;
use crate::client::text::plain;
use crate::failure::Failure;
use crate::output::Output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::IsTerminal;

/// Tasks that are named as running; a line has no room for more.
const RUNNING_NAMED: usize = 4;
/// Beyond this many tasks only what went wrong gets a line of its own on a terminal.
const LINES_MAX: usize = 50;

/// Failed attempts whose last line of standard error is read and shown: whoever watches many failures looks at one of them.
const LINES_READ_MAX: u32 = 20;

/// What the steps of a workflow are to whoever follows it, which says where they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    /// They were asked for: standard output.
    AreTheResult,
    /// The result is something else: standard error.
    AreProgress,
}

/// How a workflow ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    Cancelled,
    Expired,
}

/// What was seen of a workflow so far.
pub(super) struct Progress<'a> {
    api: &'a Api,
    id: &'a str,
    steps: Steps,
    output: &'a Output,
    /// Nothing is drawn unless people look at it.
    bar: Option<ProgressBar>,
    ids: Vec<String>,
    running: BTreeSet<u64>,
    /// Failures whose last line may still be asked for.
    lines_left: u32,
}

impl<'a> Progress<'a> {
    pub(super) fn new(api: &'a Api, id: &'a str, steps: Steps, output: &'a Output) -> Self {
        let is_seen = steps == Steps::AreProgress || std::io::stdout().is_terminal();
        let is_drawn = output.is_text() && is_seen && std::io::stderr().is_terminal();
        let bar = is_drawn.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
            bar.set_style(style.expect("invariant: the template is well-formed"));
            bar
        });
        let (ids, running) = (Vec::new(), BTreeSet::new());
        Self { api, id, steps, output, bar, ids, running, lines_left: LINES_READ_MAX }
    }

    /// Something to know that is no step.
    pub(super) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => self.output.note(text),
        }
    }

    /// Takes a record, and says when it is the last.
    pub(super) fn take(&mut self, record: &Value, data: &str) -> Option<End> {
        let (kind, payload) = (record["kind"].as_str().unwrap_or_default(), &record["payload"]);
        self.learn_ids(payload);
        let text = self.step(kind, payload);
        match (&self.bar, text) {
            (Some(_), Some((text, is_bad))) => self.draw(&text, is_bad),
            (None, Some((text, _))) if self.output.is_text() => {
                let time = plain(record["time"].as_str().unwrap_or_default());
                self.print(&format!("{time:<27}  {text}"));
            }
            (None, _) if !self.output.is_text() => self.print(data),
            (_, None) | (None, Some(_)) => {}
        }
        match kind {
            "dag.workflow_completed" => Some(End::Completed),
            "dag.workflow_failed" => Some(End::Failed),
            "dag.workflow_cancelled" => Some(End::Cancelled),
            "intake.upload_expired" => Some(End::Expired),
            _ => None,
        }
    }

    fn print(&self, line: &str) {
        match self.steps {
            Steps::AreTheResult => self.output.raw(line),
            Steps::AreProgress => self.output.note(line),
        }
    }

    /// Says how it ended; anything but completion is a failure of the command.
    pub(super) fn finish(&self, id: &str, end: End) -> Result<(), Failure> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let how = match end {
            End::Completed => {
                if self.output.is_text() {
                    self.output.note(&format!("{id} completed"));
                }
                return Ok(());
            }
            End::Failed => "failed",
            End::Cancelled => "was cancelled",
            End::Expired => "was never submitted to its end",
        };
        Err(Failure::refused(format!("workflow {id} {how}; `triad workflow show {id}` says more")))
    }

    /// A definition names its tasks in order; later records only have their numbers.
    fn learn_ids(&mut self, payload: &Value) {
        let lists = [&payload["tasks"], &payload["asked"]["tasks"]];
        for task in lists.into_iter().filter_map(Value::as_array).flatten() {
            if let Some(id) = task["id"].as_str() {
                self.ids.push(plain(id));
            }
        }
    }

    fn name(&self, task: u64) -> String {
        let id = usize::try_from(task).ok().and_then(|task| self.ids.get(task));
        id.cloned().unwrap_or_else(|| format!("task {task}"))
    }

    /// A step in words, if it is one that people follow, and whether it is a bad one.
    fn step(&mut self, kind: &str, payload: &Value) -> Option<(String, bool)> {
        let number = payload["task"].as_u64();
        let name = number.map(|task| self.name(task)).unwrap_or_default();
        let ending = || payload["ending"].as_str().unwrap_or("ended");
        match kind {
            "execution.attempt_requested" => {
                self.running.insert(number?);
            }
            "execution.attempt_ended" | "execution.attempt_abandoned" => {
                self.running.remove(&number?);
            }
            _ => {}
        }
        let step = match kind {
            "intake.workflow_accepted" => (format!("accepted with {} tasks", payload["tasks"]), false),
            "execution.attempt_requested" => match payload["attempt"].as_u64() {
                Some(1) | None => (format!("{name} started"), false),
                Some(attempt) => (format!("{name} started again, attempt {attempt}"), false),
            },
            "execution.attempt_ended" if ending() == "Succeeded" => {
                (format!("{name} ended{}", took(payload)), false)
            }
            "execution.attempt_ended" => {
                let last = self.last_line(&name, payload).map(|line| format!(": {line}")).unwrap_or_default();
                (format!("{}{last}", failed_attempt(&name, ending(), payload)), true)
            }
            "execution.attempt_stalled" => (format!("{name} has been silent for long"), true),
            "execution.attempt_abandoned" => (format!("{name} did not stop in time and was given up"), true),
            "dag.retry_scheduled" => (format!("{name} will be tried again"), true),
            "dag.task_completed" => (format!("{name} completed"), false),
            "dag.task_failed" => (format!("{name} FAILED"), true),
            "dag.task_skipped" => (format!("{name} skipped"), true),
            "dag.task_cancelled" => (format!("{name} cancelled"), true),
            "dag.cancel_requested" => (because("cancel was asked for", payload), true),
            "dag.workflow_paused" => (because("paused", payload), true),
            "dag.workflow_resumed" => (because("resumed", payload), true),
            "dag.workflow_completed" => ("the workflow completed".to_owned(), false),
            "dag.workflow_failed" => ("the workflow failed".to_owned(), true),
            "dag.workflow_cancelled" => ("the workflow was cancelled".to_owned(), true),
            _ => return None,
        };
        if let (
            Some(bar),
            "dag.task_completed" | "dag.task_failed" | "dag.task_skipped" | "dag.task_cancelled",
        ) = (&self.bar, kind)
        {
            bar.inc(1);
        }
        Some(step)
    }

    /// The last line that a failed attempt wrote to standard error. It lies in the vault, so reading it is recorded.
    fn last_line(&mut self, name: &str, payload: &Value) -> Option<String> {
        if payload["stderr"]["kept"].is_null() || !self.output.is_text() {
            return None;
        }
        self.lines_left = self.lines_left.checked_sub(1)?;
        last_error_line(self.api, self.id, name)
    }

    fn draw(&self, text: &str, is_bad: bool) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(self.ids.len() as u64);
        let named: Vec<String> =
            self.running.iter().take(RUNNING_NAMED).map(|task| self.name(*task)).collect();
        let more = self.running.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        bar.set_message(format!("{}{more}", named.join(", ")));
        if is_bad || self.ids.len() <= LINES_MAX {
            bar.println(text);
        }
    }
}

fn took(payload: &Value) -> String {
    match payload["duration"].as_u64() {
        Some(us) => format!(" after {}.{:03} s", us / 1_000_000, us / 1_000 % 1_000),
        None => String::new(),
    }
}

fn failed_attempt(name: &str, ending: &str, payload: &Value) -> String {
    let how = match (payload["exit_code"].as_i64(), payload["signal"].as_i64()) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => format!("ended as {ending}"),
    };
    format!("{name} {how}{}", took(payload))
}

fn because(what: &str, payload: &Value) -> String {
    match payload["reason"].as_str() {
        Some("") | None => what.to_owned(),
        Some(reason) => format!("{what}: {}", plain(reason)),
    }
}
