//! A task: what all kinds of them have.

use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::argument::Output;
use crate::retry::Retry;
use crate::urgency::{Deadline, Priority};
use crate::work::Work;

/// A task of a workflow. Its parameter says what it does, and so which methods it has: [`Command`](crate::Command),
/// [`Noop`](crate::Noop), [`Wait`](crate::Wait), [`Signal`](crate::Signal) or [`Approval`](crate::Approval).
///
/// A `Task` without a parameter does any of that: every other converts into it, so that tasks of several kinds can stand in one
/// list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a task does nothing before it is added to a workflow"]
pub struct Task<W = Work> {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) category: Option<String>,
    /// What was named; what outputs bring comes to it when it is asked for.
    pub(crate) dependencies: Vec<Edge<'static>>,
    pub(crate) when: Option<String>,
    pub(crate) deadline: Option<Deadline>,
    pub(crate) priority: Option<Priority>,
    pub(crate) retry: Option<Retry>,
    pub(crate) work: W,
}

/// A dependency, and how it ends for the task to run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge<'a> {
    pub(crate) task: Cow<'a, str>,
    pub(crate) ends: Ends,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Ends {
    Completed,
    Failed,
    Any,
}

/// An id by itself says that the task must be completed.
impl Serialize for Edge<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            task: &'a str,
            ends: Ends,
        }
        match (self.task.as_ref(), self.ends) {
            (task, Ends::Completed) => serializer.serialize_str(task),
            (task, ends @ (Ends::Failed | Ends::Any)) => Written { task, ends }.serialize(serializer),
        }
    }
}

impl<W> Task<W> {
    pub(crate) fn doing(id: impl Into<String>, work: W) -> Self {
        Self {
            id: id.into(),
            name: None,
            category: None,
            dependencies: Vec::new(),
            when: None,
            deadline: None,
            priority: None,
            retry: None,
            work,
        }
    }

    /// The display name: at most 256 bytes, of characters that people see as they are. It stands in records for ever, so nothing
    /// personal belongs there.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What people call this kind of work, such as `SIMULATION`: 1 to 64 bytes, of characters that people see as they are. It
    /// decides nothing, but `NOOP` and `PROCESS` may only be said of what they are.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = Some(category.into());
        self
    }

    /// Ids of tasks that must be completed first, beside those that were named before. What is named twice counts once; to want
    /// several ends of one task, by this and the two methods below, is a fault.
    pub fn depends_on(self, ids: impl IntoIterator<Item: Into<String>>) -> Self {
        self.after(ids, Ends::Completed)
    }

    /// Ids of tasks that must have failed first, beside those that were named before. Where one of them ends otherwise, this
    /// task is left out, which is no failure.
    pub fn after_failure_of(self, ids: impl IntoIterator<Item: Into<String>>) -> Self {
        self.after(ids, Ends::Failed)
    }

    /// Ids of tasks that must have ended first, however they did, beside those that were named before. Whoever takes the output
    /// of such a task fails where there is none.
    pub fn after_end_of(self, ids: impl IntoIterator<Item: Into<String>>) -> Self {
        self.after(ids, Ends::Any)
    }

    fn after(mut self, ids: impl IntoIterator<Item: Into<String>>, ends: Ends) -> Self {
        self.dependencies.extend(ids.into_iter().map(|id| Edge { task: Cow::Owned(id.into()), ends }));
        self
    }

    /// A condition: an expression in CEL, such as `tasks.measure.output.bytes < 100`, of 1 to 8192 bytes. It is evaluated once,
    /// when the dependencies have ended; where it does not hold the task is left out, which is no failure. Tasks that it names
    /// must be among the dependencies. It is a server that reads it: [`Workflow::check`](crate::Workflow::check) does not.
    pub fn when(mut self, expression: impl Into<String>) -> Self {
        self.when = Some(expression.into());
        self
    }

    /// It must have ended so many seconds after the workflow was accepted, 1 to 31,622,400, or it fails: instead of a deadline
    /// that was set before.
    pub fn deadline_seconds(mut self, seconds: u64) -> Self {
        self.deadline = Some(Deadline::Seconds(seconds));
        self
    }

    /// It must have ended at that moment, or it fails: instead of a deadline that was set before. A moment is a text of RFC 3339
    /// with its offset, such as `2026-12-24T18:00:00Z`.
    pub fn deadline_at(mut self, moment: impl Into<String>) -> Self {
        self.deadline = Some(Deadline::At(moment.into()));
        self
    }

    /// How urgent it is. Without this as urgent as the workflow.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// How often it is tried. Without this, once.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its output, for the command, the environment or the standard input of another task: what a command prints, the input of a
    /// no-op, what came with a signal, who approved. Of a task that is run for each entry of a list it is the list of its parts'
    /// outputs.
    pub fn output(&self) -> Output {
        Output::of(&self.id)
    }

    pub(crate) fn with<V>(self, into: impl FnOnce(W) -> V) -> Task<V> {
        let Self { id, name, category, dependencies, when, deadline, priority, retry, work } = self;
        Task { id, name, category, dependencies, when, deadline, priority, retry, work: into(work) }
    }
}

impl Task {
    /// Ids of all the tasks that must have ended first, each once: those that were named, then those whose output it takes.
    #[must_use]
    pub fn dependencies(&self) -> Vec<&str> {
        let named = self.dependencies.iter().map(|edge| edge.task.as_ref());
        let mut seen = BTreeSet::new();
        named.chain(self.work.outputs().map(Output::task)).filter(|id| seen.insert(*id)).collect()
    }

    /// The dependencies as they are written: each way in which a task was named, once, then those that outputs bring and that
    /// were named in no way.
    pub(crate) fn edges(&self) -> Vec<Edge<'_>> {
        let named = self.dependencies.iter().map(|edge| (edge.task.as_ref(), edge.ends));
        let known: BTreeSet<&str> = self.dependencies.iter().map(|edge| edge.task.as_ref()).collect();
        let brought = self.work.outputs().map(Output::task).filter(|id| !known.contains(id));
        let mut seen = BTreeSet::new();
        let all = named.chain(brought.map(|id| (id, Ends::Completed))).filter(|edge| seen.insert(*edge));
        all.map(|(id, ends)| Edge { task: Cow::Borrowed(id), ends }).collect()
    }
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id, name, category, dependencies: _, when, deadline, priority, retry, work } = self;
        let (name, category, when) = (name.as_deref(), category.as_deref(), when.as_deref());
        let (dependencies, deadline, priority) = (self.edges(), deadline.as_ref(), *priority);
        Written { id, name, category, dependencies, when, deadline, priority, work, retry }
            .serialize(serializer)
    }
}

/// A task as a definition holds it.
#[derive(Serialize)]
struct Written<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Edge<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<&'a Deadline>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(flatten)]
    work: &'a Work,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: &'a Option<Retry>,
}
