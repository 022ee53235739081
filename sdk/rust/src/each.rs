//! Tasks that are run for each entry of a list.

use serde::Serialize;
use serde_json::Value;

use crate::command::Command;
use crate::task::Task;
use crate::work::Noop;

/// The list for each of whose entries a task is run, and how many of its parts are under way at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ForEach {
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub(crate) list: Option<List>,
    #[serde(rename = "concurrency", skip_serializing_if = "Option::is_none")]
    pub(crate) at_once: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum List {
    Entries(Vec<Value>),
    /// In CEL.
    Expression(String),
}

impl ForEach {
    pub(crate) const fn is_unsaid(&self) -> bool {
        self.list.is_none() && self.at_once.is_none()
    }
}

macro_rules! for_each {
    ($($kind:ident)+) => { $(
        impl Task<$kind> {
            /// Runs the task for each of these entries, instead of a list named before. Each run is a part with attempts of its
            /// own, and the output of the task is the list of their outputs; without entries it is completed at once.
            ///
            /// At most 100,000 entries, each of at most 64 KiB of JSON and 27 lists and objects within each other; in all
            /// 1,048,537 bytes of JSON.
            pub fn for_each(mut self, entries: impl IntoIterator<Item: Into<Value>>) -> Self {
                self.work.for_each.list = Some(List::Entries(entries.into_iter().map(Into::into).collect()));
                self
            }

            /// Runs the task for each entry of the list that an expression in CEL gives, such as `tasks.regions.output`, instead
            /// of a list named before: 1 to 8192 bytes. Tasks that it names must be among the dependencies. It is a server that
            /// reads it: [`Workflow::check`](crate::Workflow::check) does not.
            pub fn for_each_of(mut self, expression: impl Into<String>) -> Self {
                self.work.for_each.list = Some(List::Expression(expression.into()));
                self
            }

            /// How many parts are under way at once, at most: 1 to 1000. Without this 10. Without a list it is a fault.
            pub fn at_once(mut self, parts: u64) -> Self {
                self.work.for_each.at_once = Some(parts);
                self
            }
        }
    )+ };
}

for_each! { Command Noop }
