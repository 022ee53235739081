//! A definition as a whole.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::check;
use crate::fault::Faults;
use crate::task::Task;
use crate::urgency::{Deadline, Priority};

/// A workflow definition: tasks, and the order that their dependencies demand.
///
/// As [`Serialize`] it is written as it stands, faults and all; [`Workflow::to_json`] writes only what has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use = "it is nothing but a description: write it with `to_json`"]
pub struct Workflow {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_subject: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<Priority>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deadline: Option<Deadline>,
    pub(crate) tasks: Vec<Task>,
}

impl Workflow {
    /// A workflow without tasks, which is not acceptable yet.
    ///
    /// The name is for display: 1 to 256 bytes, of characters that people see as they are. It stands in records for ever, so
    /// nothing personal belongs there.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
            data_subject: None,
            labels: BTreeMap::new(),
            priority: None,
            deadline: None,
            tasks: Vec::new(),
        }
    }

    /// Where editors find the schema of definitions, as a path or a URL: servers pass it over.
    pub fn schema(mut self, place: impl Into<String>) -> Self {
        self.schema = Some(place.into());
        self
    }

    /// Whose the content is, as 32 lowercase hexadecimal digits that are not all zero: it is erased together with all other
    /// content of theirs. Without this the content is the workflow's own.
    pub fn data_subject(mut self, id: impl Into<String>) -> Self {
        self.data_subject = Some(id.into());
        self
    }

    /// What the workflow is searched by, instead of a label of that name before: at most 32 of them. A name is 1 to 64
    /// characters of `a-z`, `0-9`, `_` and `-`; a value has at most 256 bytes, of characters that people see as they are. They
    /// stand in records for ever, so nothing personal belongs there.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// How urgent those of its tasks are that say nothing else. Without this [`Priority::Normal`].
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// All of it must have ended so many seconds after it was accepted, 1 to 31,622,400: instead of a deadline that was set
    /// before. What has not ended by then fails.
    pub fn deadline_seconds(mut self, seconds: u64) -> Self {
        self.deadline = Some(Deadline::Seconds(seconds));
        self
    }

    /// All of it must have ended at that moment: instead of a deadline that was set before. What has not ended by then fails. A
    /// moment is a text of RFC 3339 with its offset, such as `2026-12-24T18:00:00Z`.
    pub fn deadline_at(mut self, moment: impl Into<String>) -> Self {
        self.deadline = Some(Deadline::At(moment.into()));
        self
    }

    /// Adds a task, after those before. The order says nothing: only dependencies do. At most 100,000.
    pub fn add_task(mut self, task: impl Into<Task>) -> Self {
        self.tasks.push(task.into());
        self
    }

    /// Adds several tasks, after those before. Tasks of several kinds stand in one list by `into()`.
    pub fn add_tasks(mut self, tasks: impl IntoIterator<Item = Task>) -> Self {
        self.tasks.extend(tasks);
        self
    }

    /// The display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tasks, in the order in which they were added.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Looks for everything that is wrong and can be seen without a server.
    ///
    /// # Errors
    ///
    /// Every fault, in the order of the tasks.
    pub fn check(&self) -> Result<(), Faults> {
        check::check(self)
    }

    /// The definition as JSON on one line, once it has no fault.
    ///
    /// # Errors
    ///
    /// Every fault, as [`Workflow::check`] lists them.
    pub fn to_json(&self) -> Result<String, Faults> {
        self.check()?;
        Ok(written(serde_json::to_string(self)))
    }

    /// The definition as JSON that people read, once it has no fault: with line breaks, and two spaces to a level.
    ///
    /// # Errors
    ///
    /// Every fault, as [`Workflow::check`] lists them.
    pub fn to_json_pretty(&self) -> Result<String, Faults> {
        self.check()?;
        Ok(written(serde_json::to_string_pretty(self)))
    }
}

fn written(json: serde_json::Result<String>) -> String {
    json.unwrap_or_else(|error| {
        unreachable!("invariant: texts, numbers, lists and objects are JSON: {error}")
    })
}
