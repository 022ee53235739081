//! What the dag tells other domains about tasks.

use triad_event::dag::WorkflowPhase;
use triad_event::ids::WorkflowId;

use super::state::{State, Task, TaskState};
use crate::effect::Taken;
use crate::plan::Plan;

/// What other domains may ask about tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tasks<'a>(&'a State);

impl<'a> Tasks<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self(state)
    }

    /// What a workflow that is alive is made of.
    pub(crate) fn plan(self, workflow: WorkflowId) -> Option<&'a Plan> {
        self.0.get(workflow).map(|alive| &*alive.plan)
    }

    /// How many attempts of a task were requested, and what its workflow is made of.
    pub(crate) fn attempts(self, workflow: WorkflowId, task: u32) -> Option<(u32, &'a Plan)> {
        let alive = self.0.get(workflow)?;
        Some((alive.task(task)?.attempts, &alive.plan))
    }

    /// What a task takes from others, in the order in which its definition names them.
    pub(crate) fn taken(self, workflow: WorkflowId, task: u32) -> Vec<Taken> {
        let Some(alive) = self.0.get(workflow) else { return Vec::new() };
        let takes = alive.plan.flow(task).map_or(&[][..], |flow| &flow.takes);
        let taken = |from: &u32| Taken {
            id: alive.plan.task_id(*from).unwrap_or_default().to_owned(),
            output: alive.outputs.get(from).cloned(),
        };
        takes.iter().map(taken).collect()
    }

    /// Whether a task could run, and has not been offered yet.
    pub(crate) fn is_ready(self, workflow: WorkflowId, task: u32) -> bool {
        let is_pending = |task: &Task| task.state == TaskState::Pending { missing: 0 };
        self.0.get(workflow).is_some_and(|alive| {
            alive.task(task).is_some_and(is_pending) && alive.phase() != WorkflowPhase::Cancelling
        })
    }

    /// Whether a workflow was asked to stop.
    pub(crate) fn is_cancelling(self, workflow: WorkflowId) -> bool {
        self.0.get(workflow).is_some_and(|alive| alive.phase() == WorkflowPhase::Cancelling)
    }
}
