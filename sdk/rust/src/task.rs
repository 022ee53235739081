//! A task: what all kinds of them have.

use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

use crate::argument::Output;
use crate::retry::Retry;
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
    /// What was named, each once; what outputs bring comes to it when it is asked for.
    pub(crate) dependencies: Vec<String>,
    pub(crate) retry: Option<Retry>,
    pub(crate) work: W,
}

impl<W> Task<W> {
    pub(crate) fn doing(id: impl Into<String>, work: W) -> Self {
        Self { id: id.into(), name: None, category: None, dependencies: Vec::new(), retry: None, work }
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

    /// Ids of tasks that must be completed first, beside those that were named before. What is named twice counts once.
    pub fn depends_on(mut self, ids: impl IntoIterator<Item: Into<String>>) -> Self {
        self.dependencies.extend(ids.into_iter().map(Into::into));
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

    /// Its output, for the command or the environment of another task: what a command prints, the input of a no-op, what came
    /// with a signal, who approved.
    pub fn output(&self) -> Output {
        Output::of(&self.id)
    }

    pub(crate) fn with<V>(self, into: impl FnOnce(W) -> V) -> Task<V> {
        let Self { id, name, category, dependencies, retry, work } = self;
        Task { id, name, category, dependencies, retry, work: into(work) }
    }
}

impl Task {
    /// Ids of all the tasks that must be completed first, each once: those that were named, then those whose output it takes.
    #[must_use]
    pub fn dependencies(&self) -> Vec<&str> {
        let named = self.dependencies.iter().map(String::as_str);
        let mut seen = BTreeSet::new();
        named.chain(self.work.outputs().map(Output::task)).filter(|id| seen.insert(*id)).collect()
    }
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id, name, category, dependencies: _, retry, work } = self;
        let (name, category) = (name.as_deref(), category.as_deref());
        let written = Written { id, name, category, dependencies: self.dependencies(), work, retry };
        written.serialize(serializer)
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
    dependencies: Vec<&'a str>,
    #[serde(flatten)]
    work: &'a Work,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: &'a Option<Retry>,
}
