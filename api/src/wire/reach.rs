//! Which tasks a task can name: what it depends on, and the tasks of sub-workflows that it depends on.

use super::task::UNASKED;
use std::collections::{BTreeMap, BTreeSet};
use triad_event::intake::EdgeOn;

/// What a task can name, by the ids that are used where it is written.
pub(in crate::wire) struct Reach<'a> {
    /// The ids of the sub-workflows around it, with a dot behind each; empty for a task of the workflow itself.
    prefix: &'a str,
    dependencies: BTreeSet<&'a str>,
    /// The dependencies that are wanted otherwise than completed.
    edges: BTreeMap<&'a str, EdgeOn>,
    /// Every task by its whole id, and whether it is a sub-workflow.
    all: &'a BTreeMap<String, bool>,
}

impl<'a> Reach<'a> {
    pub(in crate::wire) fn new(
        prefix: &'a str,
        dependencies: &'a [String],
        edges: &'a [(String, EdgeOn)],
        all: &'a BTreeMap<String, bool>,
    ) -> Self {
        Self {
            prefix,
            dependencies: dependencies.iter().map(String::as_str).collect(),
            edges: edges.iter().map(|(name, on)| (name.as_str(), *on)).collect(),
            all,
        }
    }

    /// The dependencies, by the ids that are used here.
    pub(in crate::wire) fn dependencies(&self) -> impl Iterator<Item = &'a str> {
        self.dependencies.iter().copied()
    }

    /// The whole id of a task.
    pub(in crate::wire) fn whole(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether it can be named at all.
    pub(in crate::wire) fn has(&self, name: &str) -> bool {
        if self.dependencies.contains(name) {
            return true;
        }
        let Some(group) = self.through(name) else { return false };
        // What nobody was asked for may have any task.
        let is_unasked = || self.all.contains_key(&format!("{}.{UNASKED}", self.whole(group)));
        self.all.contains_key(&self.whole(name)) || is_unasked()
    }

    /// Whether its output can be named.
    pub(in crate::wire) fn has_output(&self, name: &str) -> bool {
        self.has(name) && !self.is_group(name)
    }

    /// Whether it is a sub-workflow that can be named.
    pub(in crate::wire) fn is_group(&self, name: &str) -> bool {
        !self.all.is_empty() && self.has(name) && self.all.get(&self.whole(name)) == Some(&true)
    }

    /// Whether that whole id is one of a task whose output can be named.
    pub(in crate::wire) fn is_output_of(&self, id: &str) -> bool {
        id.strip_prefix(self.prefix).is_some_and(|name| self.has_output(name))
    }

    /// Whether that whole id is one of a task that it is said to depend on.
    pub(in crate::wire) fn is_dependency(&self, id: &str) -> bool {
        id.strip_prefix(self.prefix).is_some_and(|name| self.dependencies.contains(name))
    }

    /// How a task that is named is wanted by whoever is not said to depend on it. How a sub-workflow ended says nothing of how
    /// each of
    /// its tasks did.
    pub(in crate::wire) fn edge(&self, name: &str) -> Option<EdgeOn> {
        let dependency = self.dependencies.get(name).copied().or_else(|| self.through(name))?;
        self.edges.get(dependency).map(|_| EdgeOn::Ended)
    }

    /// The sub-workflow that it depends on, and in which the task lies.
    fn through(&self, name: &str) -> Option<&'a str> {
        let mut heads = name.match_indices('.').map(|(end, _)| &name[..end]);
        heads.find_map(|head| self.dependencies.get(head).copied())
    }
}
