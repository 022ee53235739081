//! The workflows that are alive: which records each of them hears.

use std::sync::Arc;

use triad_event::dag::WorkflowPhase;
use triad_event::governance::Event as GovernanceEvent;
use triad_event::healing::Event as HealingEvent;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Event as IntakeEvent;
use triad_event::prices::Event as PricesEvent;
use triad_event::{Event as AnyEvent, Recorded};

use super::workflow::Workflow;
use crate::fold_error::FoldError;
use crate::image::structs;
use crate::plan::Definition;
use crate::ports::Ports;
use crate::shared::SharedMap;

structs! { State { workflows } }

/// The workflows that are alive.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) workflows: SharedMap<WorkflowId, Arc<Workflow>>,
}

impl Default for State {
    fn default() -> Self {
        Self { workflows: SharedMap::new() }
    }
}

impl State {
    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Workflow> {
        self.workflows.get(&workflow).map(Arc::as_ref)
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Dag(event) = &record.event {
            return self.evolve(record, ports, |workflow, ports| workflow.evolve_dag(record, event, ports));
        }
        if let AnyEvent::Execution(event) = &record.event {
            return self
                .evolve(record, ports, |workflow, ports| workflow.hear_execution(record, event, ports));
        }
        if let AnyEvent::Gates(event) = &record.event {
            return self.evolve(record, ports, |workflow, ports| workflow.hear_gates(record, event, ports));
        }
        if let AnyEvent::Evaluation(event) = &record.event {
            return self
                .evolve(record, ports, |workflow, ports| workflow.hear_evaluation(record, event, ports));
        }
        if let AnyEvent::Prices(
            event @ (PricesEvent::TaskDeferred(_)
            | PricesEvent::TaskReleased(_)
            | PricesEvent::RunSuspended(_)
            | PricesEvent::RunContinued(_)),
        ) = &record.event
        {
            return self.evolve(record, ports, |workflow, ports| workflow.hear_prices(record, event, ports));
        }
        if let AnyEvent::Healing(
            event @ (HealingEvent::FixApplied(_)
            | HealingEvent::FixProposed(_)
            | HealingEvent::FixApproved(_)
            | HealingEvent::FixDeclined(_)
            | HealingEvent::HealingEnded(_)),
        ) = &record.event
        {
            return self.evolve(record, ports, |workflow, ports| workflow.hear_healing(record, event, ports));
        }
        if let AnyEvent::Intake(IntakeEvent::WorkflowAccepted(_)) = &record.event {
            return self.accept(record, ports);
        }
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event {
            self.close(closed.closed, record.sequence, ports);
        }
        Ok(())
    }

    fn accept(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        let definition: Definition = ports.accepted.receive().ok_or(FoldError::Grammar)?;
        let alive = Workflow::begin(definition, record, ports);
        self.workflows.insert(record.stream.into(), Arc::new(alive));
        Ok(())
    }

    /// A record of the dag or of execution, which all belong to a workflow that is alive.
    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
        change: impl FnOnce(&mut Workflow, &mut Ports) -> Result<(), FoldError>,
    ) -> Result<(), FoldError> {
        let id = WorkflowId::from(record.stream);
        let workflow = self.workflows.get_mut(&id).map(Arc::make_mut).ok_or(FoldError::UnknownWorkflow)?;
        workflow.phase =
            WorkflowPhase::after(Some(workflow.phase), &record.event).ok_or(FoldError::Grammar)?;
        change(workflow, ports)?;
        if workflow.phase.is_terminal() {
            workflow.forget_deadlines(record.stream, &mut ports.wakes);
            ports.uses.end(workflow.plan.subject(), record.sequence);
            self.workflows.remove(&id);
        }
        Ok(())
    }

    /// An operator closed the stream for ever.
    fn close(&mut self, stream: StreamId, sequence: u64, ports: &mut Ports) {
        if let Some(workflow) = self.workflows.remove(&stream.into()) {
            workflow.forget_deadlines(stream, &mut ports.wakes);
            ports.uses.end(workflow.plan.subject(), sequence);
        }
    }
}
