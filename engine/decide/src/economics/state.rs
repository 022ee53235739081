//! The runs that are to be charged, and how long tasks waited for a price.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, QueueReason};
use triad_event::economics::{Event, RunCharged};
use triad_event::execution::{AttemptEnded, Event as ExecutionEvent};
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::prices::Event as PricesEvent;
use triad_event::quantity::{MicroUsd, Microjoules, Micros};
use triad_event::{Event as AnyEvent, Recorded};

use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::budgets::{Account, Budget, Used};
use crate::ports::reactions::Reactions;
use crate::ports::wakes::Wake;
use crate::shared::SharedMap;

structs! {
    State { runs, waited, stretches }
    Run { task, processor_time, package_energy, began, ended, stretches }
    Stretches { ended, since }
    Waited { since, until, last_start }
}

/// What economics remembers.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The runs that are to be charged, each by the workflow and the sequence of its request. Shared until written.
    pub(crate) runs: Arc<BTreeMap<(WorkflowId, u64), Run>>,
    /// The tasks that waited for a price, of workflows that are alive.
    waited: SharedMap<WorkflowId, Arc<BTreeMap<u32, Waited>>>,
    /// When runs that were suspended ran, each by the workflow and the sequence of its request. Shared until written.
    stretches: Arc<BTreeMap<(WorkflowId, u64), Stretches>>,
}

/// When a run that was suspended ran, by the wall clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Stretches {
    /// The stretches that are over, from when to when.
    ended: Vec<(Micros, Micros)>,
    /// Since when it runs; none while it is suspended.
    since: Option<Micros>,
}

/// A run that has ended and is to be charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) task: u32,
    pub(crate) processor_time: Micros,
    pub(crate) package_energy: Option<Microjoules>,
    /// From when to when it ran, by the wall clock.
    pub(crate) began: Micros,
    pub(crate) ended: Micros,
    /// The stretches in which it ran; none of one that was never suspended.
    pub(crate) stretches: Vec<(Micros, Micros)>,
}

/// From when to when a task waited for a price, in the time that has passed for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waited {
    since: Micros,
    until: Micros,
    /// Until when it could have waited, by the wall clock.
    last_start: Micros,
}

impl Default for State {
    fn default() -> Self {
        Self { runs: Arc::default(), waited: SharedMap::new(), stretches: Arc::default() }
    }
}

impl State {
    /// How long a task waited for a price, and until when it could have; none when it did not.
    pub(crate) fn waited(&self, workflow: WorkflowId, task: u32) -> Option<(Micros, Micros)> {
        let Waited { since, until, last_start } = self.waited.get(&workflow)?.get(&task)?;
        Some((Micros(until.0 - since.0), *last_start))
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Economics(event) = &record.event {
            self.evolve(record, event, ports)?;
        }
        if let AnyEvent::Execution(event) = &record.event {
            self.hear_execution(record, event, ports);
        }
        if let AnyEvent::Prices(event) = &record.event {
            self.hear_prices(record, event);
        }
        if !ports.budgets.is_empty() {
            hear_of_budgets(record, ports);
        }
        if record.event.closes_stream() {
            self.close(record.stream);
        }
        Ok(())
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let id = match event {
            Event::RunCharged(charged) => return self.charge(record, charged, ports),
            Event::BudgetSet(set) => {
                let account = Account::of(&set.account);
                forget_wake(&account, ports);
                ports.budgets.set(set, record.sequence, record.at, record.elapsed);
                remember_wake(&account, ports)
            }
            Event::BudgetRemoved(removed) => {
                let account = Account::of(&removed.account);
                forget_wake(&account, ports);
                ports.budgets.remove(&account).ok_or(FoldError::Grammar)?;
                return Ok(());
            }
            Event::BudgetPeriodBegan(began) => {
                let account = Account::of(&began.account);
                let id = ports.budgets.id_of(&account).ok_or(FoldError::Grammar)?;
                forget_wake(&account, ports);
                ports.budgets.begin_period(id, began.until, record.at, record.elapsed);
                remember_wake(&account, ports)
            }
            Event::BudgetExhausted(exhausted) => {
                let id = ports.budgets.id_of(&Account::of(&exhausted.account)).ok_or(FoldError::Grammar)?;
                ports.budgets.exhaust(id);
                return Ok(());
            }
        };
        if let Some(budget) = id {
            ports.reactions.push(Reaction::Exhaust { budget }, record.sequence);
        }
        Ok(())
    }

    fn charge(
        &mut self,
        record: &Recorded<AnyEvent>,
        charged: &RunCharged,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let workflow = WorkflowId::from(record.stream);
        let run = Arc::make_mut(&mut self.runs).remove(&(workflow, charged.request));
        run.filter(|run| run.task == charged.task).ok_or(FoldError::UnknownAttempt)?;
        let of = ports.budgets.of_workflow(workflow, &ports.accounts);
        let money = charged.money.unwrap_or(MicroUsd::ZERO).max(MicroUsd::ZERO);
        ports.budgets.charge(charged.request, Used { energy: charged.energy, money }, &of);
        for budget in of {
            ports.reactions.push(Reaction::Exhaust { budget }, record.sequence);
        }
        Ok(())
    }

    fn hear_execution(&mut self, record: &Recorded<AnyEvent>, event: &ExecutionEvent, ports: &mut Ports) {
        match event {
            ExecutionEvent::AttemptRequested(requested) => {
                let Some(reserve) = requested.reserve.as_deref() else { return };
                let workflow = WorkflowId::from(record.stream);
                let of = ports.budgets.of_workflow(workflow, &ports.accounts);
                // Whoever stands behind it may have room no longer.
                for budget in of.iter().copied() {
                    ports.reactions.push(Reaction::Exhaust { budget }, record.sequence);
                }
                ports.budgets.keep(record.sequence, workflow, reserve.clone(), of);
            }
            ExecutionEvent::AttemptEnded(ended) if ended.used.is_none() => {
                self.take_stretches(record, ended.request);
                ports.budgets.give_back(ended.request);
            }
            ExecutionEvent::AttemptEnded(ended) => self.end(record, ended, &mut ports.reactions),
            ExecutionEvent::AttemptAbandoned(abandoned) => {
                self.take_stretches(record, abandoned.request);
                ports.budgets.give_back(abandoned.request);
            }
            ExecutionEvent::AttemptLost(lost) => {
                self.take_stretches(record, lost.request);
                ports.budgets.give_back(lost.request);
            }
            // What ran in an earlier life was cut off with it.
            ExecutionEvent::AttemptStarted(started) => drop(self.take_stretches(record, started.request)),
            ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_) => {}
        }
    }

    /// A run of which nobody knows what it used is not charged.
    fn end(&mut self, record: &Recorded<AnyEvent>, ended: &AttemptEnded, reactions: &mut Reactions) {
        let Some(used) = ended.used.as_deref() else { return };
        let (workflow, request) = (WorkflowId::from(record.stream), ended.request);
        let run = Run {
            task: ended.task,
            processor_time: used.processor_time,
            package_energy: used.package_energy,
            began: Micros(record.at.0.saturating_sub(ended.duration.0)),
            ended: record.at,
            stretches: self.take_stretches(record, request),
        };
        Arc::make_mut(&mut self.runs).insert((workflow, request), run);
        reactions.push(Reaction::Charge { workflow, request }, record.sequence);
    }

    /// The stretches of a run that was suspended and is over.
    fn take_stretches(&mut self, record: &Recorded<AnyEvent>, request: u64) -> Vec<(Micros, Micros)> {
        let of = (WorkflowId::from(record.stream), request);
        if !self.stretches.contains_key(&of) {
            return Vec::new();
        }
        let stretches = Arc::make_mut(&mut self.stretches).remove(&of);
        stretches.map_or_else(Vec::new, |mut stretches| {
            stretches.close(record.at);
            stretches.ended
        })
    }

    fn hear_prices(&mut self, record: &Recorded<AnyEvent>, event: &PricesEvent) {
        let workflow = WorkflowId::from(record.stream);
        match event {
            PricesEvent::RunSuspended(suspended) => {
                let began = Micros(record.at.0.saturating_sub(suspended.ran.0));
                let stretches = Arc::make_mut(&mut self.stretches);
                let stretches = stretches
                    .entry((workflow, suspended.request))
                    .or_insert(Stretches { ended: Vec::new(), since: Some(began) });
                stretches.close(record.at);
            }
            PricesEvent::RunContinued(continued) => {
                let of = (workflow, continued.request);
                if self.stretches.contains_key(&of)
                    && let Some(stretches) = Arc::make_mut(&mut self.stretches).get_mut(&of)
                {
                    stretches.since.get_or_insert(record.at);
                }
            }
            PricesEvent::TaskDeferred(deferred) => {
                if self.waited.get(&workflow).is_none() {
                    self.waited.insert(workflow, Arc::default());
                }
                let Some(tasks) = self.waited.get_mut(&workflow).map(Arc::make_mut) else { return };
                let last_start = deferred.last_safe_start;
                let begun = Waited { since: record.elapsed, until: record.elapsed, last_start };
                tasks.entry(deferred.task).or_insert(begun);
            }
            PricesEvent::TaskReleased(released) => {
                let tasks = self.waited.get_mut(&workflow).map(Arc::make_mut);
                if let Some(waited) = tasks.and_then(|tasks| tasks.get_mut(&released.task)) {
                    (waited.until, waited.last_start) = (record.elapsed, released.last_safe_start);
                }
            }
            PricesEvent::SourceSet(_)
            | PricesEvent::PricesPublished(_)
            | PricesEvent::SourceRemoved(_)
            | PricesEvent::CarbonSourceSet(_)
            | PricesEvent::CarbonPublished(_)
            | PricesEvent::CarbonSourceRemoved(_) => {}
        }
    }

    /// What was not charged of a stream that an operator closes never is.
    fn close(&mut self, stream: StreamId) {
        let workflow = WorkflowId::from(stream);
        self.waited.remove(&workflow);
        let all = (workflow, 0)..=(workflow, u64::MAX);
        let left: Vec<_> = self.runs.range(all.clone()).map(|(run, _)| *run).collect();
        for run in left {
            Arc::make_mut(&mut self.runs).remove(&run);
        }
        let left: Vec<_> = self.stretches.range(all).map(|(run, _)| *run).collect();
        for run in left {
            Arc::make_mut(&mut self.stretches).remove(&run);
        }
    }
}

impl Stretches {
    /// It runs no longer, if it did. Of what was suspended at once the first stretch is empty, and says when that was.
    fn close(&mut self, now: Micros) {
        let is_first = self.ended.is_empty();
        let counts = |since: &Micros| is_first || *since < now;
        self.ended.extend(self.since.take().filter(counts).map(|since| (since.min(now), now)));
    }
}

/// What others record that budgets depend on.
#[expect(clippy::wildcard_enum_match_arm, reason = "who hears other domains names what it hears")]
fn hear_of_budgets(record: &Recorded<AnyEvent>, ports: &mut Ports) {
    let workflow = WorkflowId::from(record.stream);
    match &record.event {
        AnyEvent::Dag(DagEvent::TaskQueued(queued))
            if matches!(queued.reason, QueueReason::Budget | QueueReason::BudgetTooSmall) =>
        {
            ports.reactions.push(Reaction::Hold { workflow, task: queued.task }, record.sequence);
        }
        AnyEvent::Governance(
            GovernanceEvent::ClockAccepted(_)
            | GovernanceEvent::ClockAgreed(_)
            | GovernanceEvent::EngineStarted(_),
        ) => {
            let Ports { budgets, wakes, .. } = ports;
            budgets.all().filter_map(wake_of).for_each(|wake| wakes.remove(&wake));
            budgets.reckon(record.at, record.elapsed);
            budgets.all().filter_map(wake_of).for_each(|wake| wakes.insert(wake));
        }
        _ => {}
    }
    if record.event.closes_stream()
        && let Some((id, ended)) = ports.budgets.end(workflow)
        && let Some(wake) = wake_of((id, &ended))
    {
        ports.wakes.remove(&wake);
    }
}

/// When the period of a budget is over.
pub(crate) fn wake_of((id, budget): (u64, &Budget)) -> Option<Wake> {
    let due = budget.due?;
    Some(Wake { due, reason: WakeReason::Budget, stream: StreamId::LOG, about: id })
}

fn forget_wake(account: &Account, ports: &mut Ports) {
    if let Some((_, wake)) = asked_wake(account, ports) {
        wake.into_iter().for_each(|wake| ports.wakes.remove(&wake));
    }
}

/// Asks for its moment, and says which budget it is.
fn remember_wake(account: &Account, ports: &mut Ports) -> Option<u64> {
    let (id, wake) = asked_wake(account, ports)?;
    wake.into_iter().for_each(|wake| ports.wakes.insert(wake));
    Some(id)
}

fn asked_wake(account: &Account, ports: &Ports) -> Option<(u64, Option<Wake>)> {
    let id = ports.budgets.id_of(account)?;
    Some((id, wake_of((id, ports.budgets.get(id)?))))
}
