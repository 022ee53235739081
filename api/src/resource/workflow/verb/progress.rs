//! Shows how a workflow goes: a bar and what runs on a terminal, a line for each step elsewhere.

use super::content::last_error_line;
use crate::client::Api;
use crate::client::text::plain;
use crate::failure::Failure;
use crate::output::Output;
use crate::wire::record::words;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::collections::BTreeSet;
use triad_event::{Kind, dag, execution};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    is_completed: bool,
    text: String,
}

/// What is too much for people: it says that all is well, or is said again by what follows.
const QUIET: [Kind; 2] = [execution::AttemptProgressed::KIND, dag::TaskQueued::KIND];

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
        let is_seen = steps == Steps::AreProgress || output.is_seen();
        let is_drawn = is_seen && output.may_draw();
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
    pub(super) fn take(&mut self, record: &Value, data: &str) -> Result<Option<End>, Failure> {
        let (outcome, payload) = (record["outcome"].as_str().unwrap_or_default(), &record["payload"]);
        let kind = record["kind"].as_str().unwrap_or_default();
        self.learn_ids(payload);
        let task = |number| self.name(u64::from(number));
        let mut text = Kind::from_name(kind).map_or_else(|| plain(kind), |kind| words(kind, payload, task));
        let end = (record["closes"] == true)
            .then(|| End { is_completed: outcome == "success", text: text.clone() });
        if let Some(line) = self.last_line(outcome, payload) {
            text = format!("{text}: {line}");
        }
        self.count(kind, outcome, payload);
        if !self.output.is_text() {
            self.print(data)?;
        } else if QUIET.iter().all(|quiet| quiet.name() != kind) {
            let is_bad = payload["task"].is_null() || !matches!(outcome, "none" | "success");
            self.step(record, &text, is_bad)?;
        }
        Ok(end)
    }

    /// What runs, and how many tasks are over. A record that says how something of a task ended has an outcome; one of an
    /// attempt names its request.
    fn count(&mut self, kind: &str, outcome: &str, payload: &Value) {
        let Some(task) = payload["task"].as_u64() else { return };
        if kind == execution::AttemptRequested::KIND.name() {
            self.running.insert(task);
        } else if outcome != "none" {
            self.running.remove(&task);
            if let Some(bar) = self.bar.as_ref().filter(|_| payload["request"].is_null()) {
                bar.inc(1);
            }
        }
    }

    fn step(&self, record: &Value, text: &str, is_bad: bool) -> Result<(), Failure> {
        if self.bar.is_some() {
            self.draw(text, is_bad);
            return Ok(());
        }
        let time = plain(record["time"].as_str().unwrap_or_default());
        self.print(&format!("{time:<27}  {text}"))
    }

    fn print(&self, line: &str) -> Result<(), Failure> {
        match self.steps {
            Steps::AreTheResult => self.output.line(line)?,
            Steps::AreProgress => self.output.note(line),
        }
        Ok(())
    }

    /// Says how it ended; anything but completion is a failure of the command.
    pub(super) fn finish(&self, id: &str, end: &End, bad: fn(String) -> Failure) -> Result<(), Failure> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !end.is_completed {
            return Err(bad(format!("{id}: {}; `triad workflow show {id}` says more", end.text)));
        }
        if self.output.is_text() {
            self.output.note(&format!("{id} completed"));
        }
        Ok(())
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

    /// The last line that a failed attempt wrote to standard error. It lies in the vault, so reading it is recorded.
    fn last_line(&mut self, outcome: &str, payload: &Value) -> Option<String> {
        if outcome == "success" || payload["stderr"]["kept"].is_null() || !self.output.is_text() {
            return None;
        }
        self.lines_left = self.lines_left.checked_sub(1)?;
        last_error_line(self.api, self.id, &self.name(payload["task"].as_u64()?))
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
