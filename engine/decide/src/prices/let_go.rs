//! The tasks that prices let go and that have not begun since: those that wait for a place, a budget or the end of a pause.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::ids::WorkflowId;
use triad_event::quantity::Micros;

use crate::image::structs;
use crate::shared::SharedMap;

structs! {
    LetGo { workflows }
    Released { at, since }
}

/// The tasks that prices let go and that have not begun since.
#[derive(Debug, Clone)]
pub(crate) struct LetGo {
    workflows: SharedMap<WorkflowId, Arc<BTreeMap<u32, Released>>>,
}

/// A task that was let go, in the time that passes for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Released {
    /// When.
    pub(crate) at: Micros,
    /// Since when it had waited.
    pub(crate) since: Micros,
}

impl Default for LetGo {
    fn default() -> Self {
        Self { workflows: SharedMap::new() }
    }
}

impl LetGo {
    pub(crate) fn get(&self, workflow: WorkflowId, task: u32) -> Option<Released> {
        self.workflows.get(&workflow)?.get(&task).copied()
    }

    pub(super) fn insert(&mut self, workflow: WorkflowId, task: u32, released: Released) {
        if self.workflows.get(&workflow).is_none() {
            self.workflows.insert(workflow, Arc::default());
        }
        if let Some(tasks) = self.workflows.get_mut(&workflow) {
            Arc::make_mut(tasks).insert(task, released);
        }
    }

    /// A task began, waits for a price again, or never begins.
    pub(super) fn remove(&mut self, workflow: WorkflowId, task: u32) -> Option<Released> {
        self.get(workflow, task)?;
        let tasks = Arc::make_mut(self.workflows.get_mut(&workflow)?);
        let released = tasks.remove(&task);
        if tasks.is_empty() {
            self.workflows.remove(&workflow);
        }
        released
    }

    /// Nothing of a workflow begins any more.
    pub(super) fn close(&mut self, workflow: WorkflowId) {
        self.workflows.remove(&workflow);
    }
}
