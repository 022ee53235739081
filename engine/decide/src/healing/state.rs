//! The tasks that failed, what came of fixes, what the operator offers to fixes, and the operator's rules.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use triad_event::dag::Event as DagEvent;
use triad_event::execution::{AttemptEnded, CancelReason, Ending, Event as ExecutionEvent};
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::healing::{Event, FixApplied, FixKind, FixProposed, OfferedVariable, RulesSet};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

use super::learned::{LEARNED_MAX, Learned, Of};
use super::patients::{Failure, Patient, Patients, Proposal};
use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::ports::Ports;
use crate::ports::wakes::{Wake, Wakes};
use crate::shared::SharedMap;

/// The time within which fixes are counted over all workflows.
const HOUR: Micros = Micros(3_600_000_000);

words! { FixKind, OfferedVariable }

structs! {
    State { workflows, learned, rules, offered, recent }
    OperatorRules { document, version, digest }
}

/// What healing remembers.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Workflows of which a task failed.
    workflows: SharedMap<WorkflowId, Arc<Patients>>,
    /// What came of fixes. Shared until written.
    pub(crate) learned: Arc<BTreeMap<Of, Learned>>,
    /// The operator's rules.
    pub(crate) rules: Option<Arc<OperatorRules>>,
    /// The variables that the operator's configuration has, ascending. Shared until written.
    pub(crate) offered: Arc<Vec<OfferedVariable>>,
    /// When fixes were applied of late, in the time that has passed for the log. Shared until written.
    recent: Arc<VecDeque<Micros>>,
}

/// The rules that an operator set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRules {
    /// Their document.
    pub document: String,
    /// The version that it states.
    pub version: u32,
    /// BLAKE3 of it.
    pub digest: [u8; 32],
}

impl Default for State {
    fn default() -> Self {
        Self {
            workflows: SharedMap::new(),
            learned: Arc::default(),
            rules: None,
            offered: Arc::default(),
            recent: Arc::default(),
        }
    }
}

/// What is known of fixes in general. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The operator's rules; none where only those that are built in diagnose.
    pub rules: Option<Arc<OperatorRules>>,
    /// What came of fixes, by tenant, rule and kind.
    pub learned: Arc<BTreeMap<(String, (String, FixKind)), Learned>>,
    /// The variables that the operator's configuration has, ascending.
    pub offered: Arc<Vec<OfferedVariable>>,
}

impl State {
    pub(crate) fn known(&self) -> Known {
        let (rules, learned, offered) = (self.rules.clone(), self.learned.clone(), self.offered.clone());
        Known { rules, learned, offered }
    }

    pub(crate) fn patients(&self, workflow: WorkflowId) -> Option<&Patients> {
        self.workflows.get(&workflow).map(Arc::as_ref)
    }

    pub(crate) fn patient(&self, workflow: WorkflowId, task: u32) -> Option<&Patient> {
        self.patients(workflow)?.tasks.get(&task)
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (WorkflowId, &Patients)> {
        self.workflows.iter().map(|(id, patients)| (*id, patients.as_ref()))
    }

    /// How many fixes were applied within the hour before a moment.
    pub(crate) fn within_an_hour(&self, elapsed: Micros) -> usize {
        self.recent.iter().rev().take_while(|at| elapsed.0 - at.0 < HOUR.0).count()
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Healing(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Execution(event) = &record.event {
            self.hear_execution(record, event, ports);
        }
        if let AnyEvent::Dag(event) = &record.event {
            self.hear_dag(record, event, ports);
        }
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event {
            self.forget(closed.closed, ports);
        }
        if record.event.closes_stream() {
            self.forget(record.stream, ports);
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
            Event::RulesSet(set) => {
                let RulesSet { ref document, version, digest, .. } = **set;
                let rules = OperatorRules { document: document.clone(), version, digest };
                self.rules = Some(Arc::new(rules));
            }
            Event::RulesRemoved(_) => self.rules = None,
            Event::ConfigurationOffered(offered) => {
                self.offered = Arc::new(offered.variables.clone());
            }
            Event::FixApplied(applied) => self.apply(record, applied, ports),
            Event::FixProposed(proposed) => self.propose(record, proposed, ports),
            Event::FixApproved(approved) => {
                self.answer(workflow, approved.task)?;
                ports.reactions.push(Reaction::Apply { workflow, task: approved.task }, record.sequence);
            }
            Event::FixDeclined(declined) => {
                self.answer(workflow, declined.task)?;
                ports.reactions.push(Reaction::GiveUp { workflow, task: declined.task }, record.sequence);
            }
            Event::HealingEnded(ended) => {
                self.withdraw(record.stream, ended.task, &mut ports.wakes);
                self.patient_mut(workflow, ended.task).is_given_up = true;
            }
        }
        Ok(())
    }

    fn apply(&mut self, record: &Recorded<AnyEvent>, applied: &FixApplied, ports: &mut Ports) {
        self.withdraw(record.stream, applied.task, &mut ports.wakes);
        let patients = self.patients_mut(record.stream.into());
        patients.fixes += 1;
        patients.tasks.entry(applied.task).or_default().apply(applied);
        let recent = Arc::make_mut(&mut self.recent);
        while recent.front().is_some_and(|at| record.elapsed.0 - at.0 >= HOUR.0) {
            recent.pop_front();
        }
        recent.push_back(record.elapsed);
    }

    fn propose(&mut self, record: &Recorded<AnyEvent>, proposed: &FixProposed, ports: &mut Ports) {
        let FixProposed { task, fix, grounds, due } = proposed.clone();
        ports.wakes.insert(wake(due, record.stream, task));
        let proposal = Proposal { fix, grounds, due, is_decided: false };
        self.patient_mut(record.stream.into(), task).proposal = Some(Box::new(proposal));
    }

    fn answer(&mut self, workflow: WorkflowId, task: u32) -> Result<(), FoldError> {
        let proposal = self.patient_mut(workflow, task).proposal.as_mut().ok_or(FoldError::Grammar)?;
        proposal.is_decided = true;
        Ok(())
    }

    fn hear_execution(&mut self, record: &Recorded<AnyEvent>, event: &ExecutionEvent, ports: &Ports) {
        let workflow = WorkflowId::from(record.stream);
        match event {
            ExecutionEvent::AttemptEnded(ended) => {
                self.learn(record, ended.task, ended.ending, ports);
                self.see(workflow, ended);
            }
            ExecutionEvent::AttemptAbandoned(abandoned) if abandoned.reason == CancelReason::TimedOut => {
                self.learn(record, abandoned.task, Ending::TimedOut, ports);
            }
            ExecutionEvent::AttemptAbandoned(_)
            | ExecutionEvent::AttemptLost(_)
            | ExecutionEvent::AttemptRequested(_)
            | ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_)
            | ExecutionEvent::AttemptStarted(_) => {}
        }
    }

    /// What came of the fix that was tried, if one was. What says nothing of it is not counted.
    fn learn(&mut self, record: &Recorded<AnyEvent>, task: u32, ending: Ending, ports: &Ports) {
        let workflow = WorkflowId::from(record.stream);
        if self.patient(workflow, task).is_none_or(|patient| patient.tries.is_none()) {
            return;
        }
        let Some((rule, kind)) = self.patient_mut(workflow, task).tries.take() else { return };
        let of = (ports.accounts.of(record.stream).tenant, (rule, kind));
        let says_nothing = matches!(
            ending,
            Ending::Cancelled
                | Ending::Lost
                | Ending::DeadlinePassed
                | Ending::InputUnavailable
                | Ending::InputUnusable
        );
        if says_nothing || (self.learned.len() >= LEARNED_MAX && !self.learned.contains_key(&of)) {
            return;
        }
        let learned = Arc::make_mut(&mut self.learned);
        learned.entry(of).or_default().add(ending == Ending::Succeeded, record.elapsed);
    }

    /// Why it failed is kept until it is decided what that means.
    fn see(&mut self, workflow: WorkflowId, ended: &AttemptEnded) {
        let diagnosed = ended.findings.as_deref().and_then(|findings| findings.diagnosed.as_ref());
        if let Some(diagnosed) = diagnosed {
            let failure =
                Failure { request: ended.request, ending: ended.ending, diagnosed: diagnosed.clone() };
            self.patient_mut(workflow, ended.task).failure = Some(Box::new(failure));
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_dag(&mut self, record: &Recorded<AnyEvent>, event: &DagEvent, ports: &mut Ports) {
        let (task, has_ended) = match event {
            DagEvent::TaskCompleted(completed) => (completed.task, true),
            DagEvent::TaskFailed(failed) => (failed.task, true),
            DagEvent::TaskCancelled(cancelled) => (cancelled.task, true),
            DagEvent::RetryScheduled(scheduled) => (scheduled.task, false),
            _ => return,
        };
        let workflow = WorkflowId::from(record.stream);
        if self.patient(workflow, task).is_none() {
            return;
        }
        if has_ended {
            self.withdraw(record.stream, task, &mut ports.wakes);
            self.patients_mut(workflow).tasks.remove(&task);
        } else {
            self.patients_mut(workflow).forget_failure(task);
        }
        if self.patients(workflow).is_some_and(Patients::is_nothing) {
            self.workflows.remove(&workflow);
        }
    }

    /// Nothing of it waits for approval any more.
    fn withdraw(&mut self, stream: StreamId, task: u32, wakes: &mut Wakes) {
        let waits = |patient: &Patient| patient.proposal.is_some();
        if self.patient(stream.into(), task).is_some_and(waits)
            && let Some(proposal) = self.patient_mut(stream.into(), task).proposal.take()
        {
            wakes.remove(&wake(proposal.due, stream, task));
        }
    }

    /// Nothing of a workflow is healed any more.
    fn forget(&mut self, stream: StreamId, ports: &mut Ports) {
        let Some(patients) = self.workflows.remove(&stream.into()) else { return };
        for (task, patient) in &patients.tasks {
            if let Some(proposal) = &patient.proposal {
                ports.wakes.remove(&wake(proposal.due, stream, *task));
            }
        }
    }

    fn patients_mut(&mut self, workflow: WorkflowId) -> &mut Patients {
        if self.workflows.get(&workflow).is_none() {
            self.workflows.insert(workflow, Arc::default());
        }
        self.workflows.get_mut(&workflow).map(Arc::make_mut).expect("invariant: it was put there above")
    }

    fn patient_mut(&mut self, workflow: WorkflowId, task: u32) -> &mut Patient {
        self.patients_mut(workflow).tasks.entry(task).or_default()
    }
}

pub(crate) fn wake(due: Micros, stream: StreamId, task: u32) -> Wake {
    Wake { due, reason: WakeReason::FixExpiry, stream, about: task.into() }
}
