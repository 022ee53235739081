//! The tasks that wait for a price or for less carbon, and what is known of either.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Event as DagEvent, TaskCancelled, TaskFailed};
use triad_event::execution::Event as ExecutionEvent;
use triad_event::governance::{Event as GovernanceEvent, Setting, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Measure;
use triad_event::prices::{EstimatedBy, Event, MissingPrice, TaskDeferred};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use super::let_go::{LetGo, Released};
use super::question::Wants;
use super::reaction::Reaction;
use super::runs::Runs;
use super::series::{Known, Series};
use super::weighing::Looks;
use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::limits::STANDS_STILL_MS;
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::ports::wakes::{Wake, Wakes};
use crate::shared::SharedMap;

words! { MissingPrice, MicroUsd }

structs! {
    State { price, carbon, workflows, let_go, runs }
    Waits { wants, since, decided, due, look_again_ms, last_safe_start }
}

/// The tasks that wait for a price or for less carbon, and what is known of either.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// What electricity costs.
    pub(crate) price: Series,
    /// How much carbon dioxide it causes.
    pub(crate) carbon: Series,
    /// The tasks that wait.
    workflows: SharedMap<WorkflowId, Arc<BTreeMap<u32, Waits>>>,
    /// Those that were let go and have not begun since.
    pub(crate) let_go: LetGo,
    /// The runs that may be suspended.
    pub(crate) runs: Runs,
}

/// A task that waits for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    pub(crate) wants: Wants,
    /// Since when, in the time that has passed for the log.
    pub(crate) since: Micros,
    /// Sequence of the record that decided last that it waits.
    pub(crate) decided: u64,
    /// When it is looked at again, in the time that has passed for the log.
    pub(crate) due: Micros,
    /// The same by the calendar.
    look_again_ms: i64,
    /// When it runs whatever the price, in the time that has passed for the log.
    pub(crate) last_safe_start: Micros,
}

impl Default for State {
    fn default() -> Self {
        Self {
            price: Series::default(),
            carbon: Series::default(),
            workflows: SharedMap::new(),
            let_go: LetGo::default(),
            runs: Runs::default(),
        }
    }
}

/// A moment in whole milliseconds, rounded down.
pub(super) const fn ms(moment: Micros) -> i64 {
    moment.0.div_euclid(1000)
}

/// A moment of whole milliseconds.
pub(super) const fn us(ms: i64) -> Micros {
    Micros(ms.saturating_mul(1000))
}

impl State {
    /// A task that waits for a price.
    pub(crate) fn get(&self, workflow: WorkflowId, task: u32) -> Option<Waits> {
        self.workflows.get(&workflow)?.get(&task).copied()
    }

    /// Since when a task waits, or had waited when it was let go.
    pub(crate) fn since(&self, workflow: WorkflowId, task: u32) -> Option<Micros> {
        let waits = self.get(workflow, task).map(|waits| waits.since);
        waits.or_else(|| self.let_go.get(workflow, task).map(|released| released.since))
    }

    /// What is known of a series, for people, and how many tasks wait for it.
    pub(crate) fn known(&self, measure: Measure) -> Option<Known> {
        let waits = |tasks: &BTreeMap<u32, Waits>| {
            tasks.values().filter(|waits| waits.wants.concern(measure)).count()
        };
        let waiting = self.workflows.iter().map(|(_, tasks)| waits(tasks)).sum();
        self.of(measure).known(waiting)
    }

    /// The series of a measure.
    pub(super) const fn of(&self, measure: Measure) -> &Series {
        match measure {
            Measure::Price => &self.price,
            Measure::Carbon => &self.carbon,
        }
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (WorkflowId, u32, Waits)> {
        self.workflows
            .iter()
            .flat_map(|(workflow, tasks)| tasks.iter().map(|(task, waits)| (*workflow, *task, *waits)))
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Prices(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Dag(
            DagEvent::TaskCancelled(TaskCancelled { task }) | DagEvent::TaskFailed(TaskFailed { task, .. }),
        ) = &record.event
        {
            self.end(record.stream, *task, &mut ports.wakes);
            self.let_go.remove(record.stream.into(), *task);
        }
        if let AnyEvent::Execution(event) = &record.event {
            if let ExecutionEvent::AttemptRequested(requested) = event {
                self.let_go.remove(record.stream.into(), requested.task);
            }
            self.runs.hear_execution(record, event, ports);
        }
        if let AnyEvent::Governance(event) = &record.event {
            self.hear_governance(record, event, ports);
        }
        if record.event.closes_stream() {
            self.workflows.remove(&record.stream.into());
            self.let_go.close(record.stream.into());
            self.runs.close(record, record.stream.into(), ports);
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_governance(&mut self, record: &Recorded<AnyEvent>, event: &GovernanceEvent, ports: &mut Ports) {
        match event {
            GovernanceEvent::StreamClosed(closed) => {
                self.workflows.remove(&closed.closed.into());
                self.let_go.close(closed.closed.into());
                self.runs.close(record, closed.closed.into(), ports);
            }
            GovernanceEvent::SettingChanged(changed) if is_of_last_safe_starts(changed.asked.setting) => {
                self.look_at(record, ports, |_| true);
                self.runs.look_at(record, ports, |_| true);
            }
            GovernanceEvent::SettingChanged(changed)
                if changed.asked.setting == Setting::AttemptsRunningMax =>
            {
                self.runs.offer_place(record, ports);
            }
            GovernanceEvent::StreamQuarantined(set_aside) => {
                self.runs.want_no_place(set_aside.quarantined.into(), record, ports);
            }
            // Whatever ran is performed from its beginning.
            GovernanceEvent::EngineStarted(_) => self.runs.forget_all(&mut ports.wakes),
            // What was published meanwhile was not looked at.
            GovernanceEvent::StreamReleased(released) => {
                let workflow = released.released.into();
                let reactions = &mut ports.reactions;
                let mut looks = Looks::new(self, ms(record.at));
                self.look_at_tasks(workflow, record, reactions, |waits| {
                    is_changed(&mut looks, waits, record)
                });
                self.runs.look_at_tasks(workflow, record, reactions, |_| true);
            }
            _ => {}
        }
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let (price, carbon) = (Measure::Price, Measure::Carbon);
        match event {
            Event::SourceSet(set) => {
                let before = self.price.estimates();
                self.price.set(set, record);
                ports.prices.has_source = true;
                self.look_at_set(price, before, record, ports);
            }
            Event::CarbonSourceSet(set) => {
                let before = self.carbon.estimates();
                self.carbon.set_carbon(set);
                ports.prices.has_carbon = true;
                self.look_at_set(carbon, before, record, ports);
            }
            Event::PricesPublished(published) => {
                self.price.publish(published, record)?;
                self.look_at_changed(price, record, ports);
            }
            Event::CarbonPublished(published) => {
                self.carbon.publish_carbon(published, record)?;
                self.look_at_changed(carbon, record, ports);
            }
            Event::SourceRemoved(_) => {
                self.price = Series::default();
                ports.prices.has_source = false;
                self.look_at_changed(price, record, ports);
            }
            Event::CarbonSourceRemoved(_) => {
                self.carbon = Series::default();
                ports.prices.has_carbon = false;
                self.look_at_changed(carbon, record, ports);
            }
            Event::TaskDeferred(deferred) => self.defer(record, deferred, &mut ports.wakes),
            Event::TaskReleased(released) => self.release(record, released.task, &mut ports.wakes),
            Event::RunSuspended(suspended) => self.runs.suspend(record, suspended, ports),
            Event::RunContinued(continued) => self.runs.resume(record, continued, ports),
        }
        Ok(())
    }

    /// A source was set. Last safe starts follow from estimates.
    fn look_at_set(
        &self,
        measure: Measure,
        before: Option<EstimatedBy>,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
    ) {
        match before.is_some_and(|before| Some(before) != self.of(measure).estimates()) {
            true => {
                self.look_at(record, ports, |waits| waits.wants.concern(measure));
                self.runs.look_at(record, ports, |run| run.wants.concern(measure));
            }
            false => self.look_at_changed(measure, record, ports),
        }
    }

    /// Those for which something else would be decided now are looked at again, each in its turn.
    fn look_at_changed(&self, measure: Measure, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        let mut looks = Looks::new(self, ms(record.at));
        self.look_at(record, ports, |waits| {
            waits.wants.concern(measure) && is_changed(&mut looks, waits, record)
        });
        self.runs
            .look_at(record, ports, |run| run.wants.concern(measure) && self.is_run_changed(run, record));
    }

    /// Streams in quarantine keep all that is owed to them, so they are looked at when they are released.
    fn look_at(
        &self,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
        mut is_meant: impl FnMut(&Waits) -> bool,
    ) {
        let Ports { streams, reactions, .. } = ports;
        for (workflow, _) in
            self.workflows.iter().filter(|(workflow, _)| !streams.is_aside((**workflow).into()))
        {
            self.look_at_tasks(*workflow, record, reactions, &mut is_meant);
        }
    }

    fn look_at_tasks(
        &self,
        workflow: WorkflowId,
        record: &Recorded<AnyEvent>,
        reactions: &mut Reactions,
        mut is_meant: impl FnMut(&Waits) -> bool,
    ) {
        let tasks = self.workflows.get(&workflow).into_iter().flat_map(|tasks| tasks.iter());
        for (task, _) in tasks.filter(|(_, waits)| is_meant(waits)) {
            let (task, since) = (*task, record.sequence);
            reactions.push(Reaction::Look { workflow, task, since }, record.sequence);
        }
    }

    /// Moments of the calendar are as far from the record as the wall clock said then.
    fn defer(&mut self, record: &Recorded<AnyEvent>, deferred: &TaskDeferred, wakes: &mut Wakes) {
        let workflow = WorkflowId::from(record.stream);
        let before = self.get(workflow, deferred.task);
        let since = self.since(workflow, deferred.task);
        self.let_go.remove(workflow, deferred.task);
        self.end(record.stream, deferred.task, wakes);
        let in_elapsed = |at_ms: i64| record.elapsed.later(us(at_ms - ms(record.at)));
        let look_again_ms = ms(deferred.look_again);
        let last_safe_start = in_elapsed(ms(deferred.last_safe_start));
        let due = in_elapsed(look_again_ms);
        // Recorded time stands still while the wall clock is behind it: then the same moment would be due again and again.
        let stands_still = before
            .is_some_and(|before| before.look_again_ms == look_again_ms && before.due <= record.elapsed);
        let due = if stands_still {
            due.max(record.elapsed.after(Millis(STANDS_STILL_MS))).min(last_safe_start)
        } else {
            due
        };
        let waits = Waits {
            wants: Wants::of(deferred),
            since: since.unwrap_or(record.elapsed),
            decided: record.sequence,
            due,
            look_again_ms,
            last_safe_start,
        };
        wakes.insert(wake(waits.due, record.stream, deferred.task));
        if self.workflows.get(&workflow).is_none() {
            self.workflows.insert(workflow, Arc::default());
        }
        if let Some(tasks) = self.workflows.get_mut(&workflow) {
            Arc::make_mut(tasks).insert(deferred.task, waits);
        }
    }

    /// A task may begin, unless that takes it long.
    fn release(&mut self, record: &Recorded<AnyEvent>, task: u32, wakes: &mut Wakes) {
        let workflow = WorkflowId::from(record.stream);
        let (at, since) = (record.elapsed, self.since(workflow, task).unwrap_or(record.elapsed));
        self.end(record.stream, task, wakes);
        self.let_go.insert(workflow, task, Released { at, since });
    }

    /// A task waits no longer, if it did.
    fn end(&mut self, stream: StreamId, task: u32, wakes: &mut Wakes) {
        let workflow = WorkflowId::from(stream);
        let Some(waits) = self.get(workflow, task) else { return };
        wakes.remove(&wake(waits.due, stream, task));
        let Some(tasks) = self.workflows.get_mut(&workflow).map(Arc::make_mut) else { return };
        tasks.remove(&task);
        if tasks.is_empty() {
            self.workflows.remove(&workflow);
        }
    }
}

/// Whether something else would be decided now of a task that waits.
fn is_changed(looks: &mut Looks<'_>, waits: &Waits, record: &Recorded<AnyEvent>) -> bool {
    let left = Micros(waits.last_safe_start.0 - record.elapsed.0);
    looks.look_again_ms(&waits.wants, ms(record.at) + ms(left)) != Some(waits.look_again_ms)
}

/// Whether last safe starts follow from a setting.
fn is_of_last_safe_starts(setting: Setting) -> bool {
    matches!(setting, Setting::DeferralMax | Setting::TimeoutDefault)
}

fn wake(due: Micros, stream: StreamId, task: u32) -> Wake {
    Wake { due, reason: WakeReason::Price, stream, about: task.into() }
}
