//! The evaluations that are under way.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, TaskCancelled, TaskFailed};
use triad_event::evaluation::Event;
use triad_event::governance::Event as GovernanceEvent;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::{Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::effects::{Acting, Effects};

structs! {
    State { by_request, by_task }
    Asked { workflow, task }
}

/// The evaluations that are under way. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    by_request: Arc<BTreeMap<u64, Asked>>,
    by_task: Arc<BTreeMap<(WorkflowId, u32), u64>>,
}

/// Whose expressions are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) workflow: WorkflowId,
    pub(crate) task: u32,
}

impl State {
    pub(crate) fn get(&self, request: u64) -> Option<Asked> {
        self.by_request.get(&request).copied()
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, Asked)> + '_ {
        self.by_request.iter().map(|(request, asked)| (*request, *asked))
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        let workflow = WorkflowId::from(record.stream);
        match &record.event {
            AnyEvent::Evaluation(Event::EvaluationRequested(requested)) => {
                let asked = Asked { workflow, task: requested.task };
                Arc::make_mut(&mut self.by_request).insert(record.sequence, asked);
                Arc::make_mut(&mut self.by_task).insert((workflow, requested.task), record.sequence);
                ports.effects.request(record.sequence, Acting::Evaluation, record.stream);
            }
            AnyEvent::Evaluation(Event::EvaluationEnded(ended)) => {
                let asked = self.get(ended.request).filter(|asked| asked.task == ended.task);
                asked.ok_or(FoldError::UnknownAttempt)?;
                self.end(workflow, ended.task, &mut ports.effects);
            }
            // It may have been cancelled, or late, while it was evaluated.
            AnyEvent::Dag(
                DagEvent::TaskCancelled(TaskCancelled { task })
                | DagEvent::TaskFailed(TaskFailed { task, .. }),
            ) => {
                self.end(workflow, *task, &mut ports.effects);
            }
            AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) => {
                self.close(closed.closed, &mut ports.effects);
            }
            AnyEvent::Log(_)
            | AnyEvent::Governance(_)
            | AnyEvent::Intake(_)
            | AnyEvent::Dag(_)
            | AnyEvent::Healing(_)
            | AnyEvent::Moderation(_)
            | AnyEvent::Execution(_)
            | AnyEvent::Subjects(_)
            | AnyEvent::Alerts(_)
            | AnyEvent::Access(_)
            | AnyEvent::Gates(_)
            | AnyEvent::Definitions(_)
            | AnyEvent::Bulk(_)
            | AnyEvent::Schedules(_)
            | AnyEvent::Prices(_)
            | AnyEvent::Economics(_) => {}
        }
        Ok(())
    }

    /// An evaluation is over, if there is one.
    fn end(&mut self, workflow: WorkflowId, task: u32, effects: &mut Effects) {
        // Most that ends was never evaluated, and nothing is copied for that.
        if !self.by_task.contains_key(&(workflow, task)) {
            return;
        }
        if let Some(request) = Arc::make_mut(&mut self.by_task).remove(&(workflow, task)) {
            Arc::make_mut(&mut self.by_request).remove(&request);
            effects.settle(request);
        }
    }

    /// An operator closed the stream for ever.
    fn close(&mut self, stream: StreamId, effects: &mut Effects) {
        let workflow = WorkflowId::from(stream);
        let of_stream = self.by_task.range((workflow, 0)..=(workflow, u32::MAX));
        let tasks: Vec<u32> = of_stream.map(|((_, task), _)| *task).collect();
        tasks.into_iter().for_each(|task| self.end(workflow, task, effects));
    }
}
