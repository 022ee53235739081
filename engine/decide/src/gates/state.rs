//! The gates that are open, and the signals that nobody has taken yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, TaskCancelled, TaskFailed};
use triad_event::gates::{Closing, Event, GateClosed, GateOpened, SignalReceived, Wants};
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::ids::{PrincipalId, StreamId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded, Sealed};

use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::ports::Ports;
use crate::ports::wakes::{Wake, Wakes};
use crate::shared::SharedMap;

words! { Wants }

structs! {
    State { workflows }
    Gates { open, arrived }
    Gate { wants, signal, opened, due, approved, is_declined }
    Signal { name, content }
}

/// Workflows of which a gate is open, or a signal is kept.
#[derive(Debug, Clone)]
pub(crate) struct State {
    workflows: SharedMap<WorkflowId, Arc<Gates>>,
}

/// What is remembered of one workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Gates {
    /// By task.
    pub(crate) open: BTreeMap<u32, Gate>,
    /// The oldest first.
    pub(crate) arrived: VecDeque<Signal>,
}

/// A gate that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gate {
    pub(crate) wants: Wants,
    /// The name of the signal that it waits for.
    pub(crate) signal: Option<String>,
    /// Sequence of the record that opened it.
    pub(crate) opened: u64,
    /// When it ends by itself.
    pub(crate) due: Option<Micros>,
    /// Who approved.
    pub(crate) approved: BTreeSet<PrincipalId>,
    /// Whether somebody declined.
    pub(crate) is_declined: bool,
}

/// A signal that nobody has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) name: String,
    pub(crate) content: Option<Sealed>,
}

impl Default for State {
    fn default() -> Self {
        Self { workflows: SharedMap::new() }
    }
}

impl Gates {
    /// The oldest signal of a name.
    pub(crate) fn signal(&self, name: &str) -> Option<&Signal> {
        self.arrived.iter().find(|signal| signal.name == name)
    }
}

impl State {
    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Gates> {
        self.workflows.get(&workflow).map(Arc::as_ref)
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (WorkflowId, &Gates)> {
        self.workflows.iter().map(|(id, gates)| (*id, gates.as_ref()))
    }

    pub(crate) fn gate(&self, workflow: WorkflowId, task: u32) -> Option<&Gate> {
        self.get(workflow)?.open.get(&task)
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Gates(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Dag(
            DagEvent::TaskCancelled(TaskCancelled { task }) | DagEvent::TaskFailed(TaskFailed { task, .. }),
        ) = &record.event
        {
            self.close(record.stream, *task, &mut ports.wakes);
        }
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event {
            self.workflows.remove(&closed.closed.into());
        }
        if record.event.closes_stream() {
            self.workflows.remove(&record.stream.into());
        }
        Ok(())
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let workflow = WorkflowId::from(record.stream);
        match event {
            Event::GateOpened(opened) => self.open(record, opened, ports),
            Event::SignalReceived(received) => self.receive(record, received, ports),
            Event::ApprovalGiven(given) => {
                let principal = record.principal;
                let gate = self.gate_mut(workflow, given.task)?;
                gate.approved.insert(principal);
                ports.reactions.push(Reaction::Close { workflow, task: given.task }, record.sequence);
            }
            Event::ApprovalDeclined(declined) => {
                self.gate_mut(workflow, declined.task)?.is_declined = true;
                ports.reactions.push(Reaction::Close { workflow, task: declined.task }, record.sequence);
            }
            Event::GateClosed(closed) => self.end(record, closed, ports)?,
        }
        Ok(())
    }

    fn open(&mut self, record: &Recorded<AnyEvent>, opened: &GateOpened, ports: &mut Ports) {
        let GateOpened { task, wants, ref signal, due } = *opened;
        let gate = Gate {
            wants,
            signal: signal.clone(),
            opened: record.sequence,
            due,
            approved: BTreeSet::new(),
            is_declined: false,
        };
        if let Some(due) = due {
            ports.wakes.insert(wake(due, record.stream, task));
        }
        let workflow = WorkflowId::from(record.stream);
        let gates = self.gates(workflow);
        gates.open.insert(task, gate);
        // A signal may have come before anybody waited for it.
        if wants == Wants::Signal && !gates.arrived.is_empty() {
            ports.reactions.push(Reaction::Close { workflow, task }, record.sequence);
        }
    }

    fn receive(&mut self, record: &Recorded<AnyEvent>, received: &SignalReceived, ports: &mut Ports) {
        let workflow = WorkflowId::from(record.stream);
        let content = received.content.as_ref().map(|content| content.sealed.clone());
        let gates = self.gates(workflow);
        gates.arrived.push_back(Signal { name: received.name.clone(), content });
        // Which of them waits for this one is seen in turn, the first that began to wait first.
        let mut waiting: Vec<(u64, u32)> = gates
            .open
            .iter()
            .filter(|(_, gate)| gate.wants == Wants::Signal)
            .map(|(task, gate)| (gate.opened, *task))
            .collect();
        waiting.sort_unstable();
        for (_, task) in waiting {
            ports.reactions.push(Reaction::Close { workflow, task }, record.sequence);
        }
    }

    fn end(
        &mut self,
        record: &Recorded<AnyEvent>,
        closed: &GateClosed,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let workflow = WorkflowId::from(record.stream);
        let taken = self.gate_mut(workflow, closed.task)?.signal.take();
        self.close(record.stream, closed.task, &mut ports.wakes);
        if closed.how == Closing::Signalled {
            let gates = self.gates(workflow);
            let place = gates.arrived.iter().position(|signal| Some(&signal.name) == taken.as_ref());
            gates.arrived.remove(place.ok_or(FoldError::Grammar)?);
        }
        Ok(())
    }

    /// A gate is open no more, however that came.
    fn close(&mut self, stream: StreamId, task: u32, wakes: &mut Wakes) {
        let Some(gates) = self.workflows.get_mut(&stream.into()).map(Arc::make_mut) else { return };
        if let Some(Gate { due: Some(due), .. }) = gates.open.remove(&task) {
            wakes.remove(&wake(due, stream, task));
        }
    }

    fn gates(&mut self, workflow: WorkflowId) -> &mut Gates {
        if self.workflows.get(&workflow).is_none() {
            self.workflows.insert(workflow, Arc::default());
        }
        self.workflows.get_mut(&workflow).map(Arc::make_mut).expect("invariant: it was put there above")
    }

    fn gate_mut(&mut self, workflow: WorkflowId, task: u32) -> Result<&mut Gate, FoldError> {
        let gates = self.workflows.get_mut(&workflow).map(Arc::make_mut).ok_or(FoldError::Grammar)?;
        gates.open.get_mut(&task).ok_or(FoldError::Grammar)
    }
}

fn wake(due: Micros, stream: StreamId, task: u32) -> Wake {
    Wake { due, reason: WakeReason::Gate, stream, about: task.into() }
}
