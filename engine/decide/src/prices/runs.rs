//! The runs that may be suspended: how far they are, and when they are looked at again.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::execution::Event as ExecutionEvent;
use triad_event::governance::WakeReason;
use triad_event::ids::WorkflowId;
use triad_event::prices::{DeferReason, Grounds, Optimised, RunContinued, RunSuspended};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use super::question::{Pace, Wants};
use super::reaction::Reaction;
use crate::image::structs;
use crate::limits::{REMAINS_MS_LEAST, STANDS_STILL_MS};
use crate::plan::Weights;
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::ports::wakes::{Wake, Wakes};
use crate::shared::SharedMap;

structs! {
    Runs { workflows, wanting }
    Run {
        request, wants, is_suspended, wants_place, decided, due, look_again_ms, last_safe_start, ran, since,
    }
}

/// The runs that may be suspended, of workflows that are alive.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    workflows: SharedMap<WorkflowId, Arc<BTreeMap<u32, Run>>>,
    /// Those that would go on if there were a place, in the order in which they came to want that.
    wanting: Arc<BTreeMap<u64, (WorkflowId, u32)>>,
}

/// A run that may be suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Sequence of the request of its attempt.
    pub(crate) request: u64,
    /// For what it waits, and how long all of it is thought to take.
    pub(crate) wants: Wants,
    pub(crate) is_suspended: bool,
    /// Sequence of the record since which it would go on if there were a place.
    pub(crate) wants_place: Option<u64>,
    /// Sequence of the record that decided last of it.
    pub(crate) decided: u64,
    /// When it is looked at again, in the time that passes for the log; none when it runs to its end.
    pub(crate) due: Option<Micros>,
    /// The same by the calendar.
    pub(crate) look_again_ms: Option<i64>,
    /// When it goes on whatever the price, in the time that passes for the log, as of that record.
    pub(crate) last_safe_start: Micros,
    /// How long it had run by that record.
    ran: Micros,
    /// When that was, in the time that passes for the log.
    since: Micros,
}

/// What a record says of a run.
struct Said<'a> {
    request: u64,
    task: u32,
    ran: Micros,
    look_again: Option<Micros>,
    last_safe_start: Micros,
    grounds: &'a Grounds,
    optimised: Option<&'a Optimised>,
    bid: Option<MicroUsd>,
}

impl Default for Runs {
    fn default() -> Self {
        Self { workflows: SharedMap::new(), wanting: Arc::default() }
    }
}

impl Run {
    /// How long it has run by a moment, in the time that passes for the log.
    pub(crate) fn ran_by(&self, now: Micros) -> Micros {
        let current = if self.is_suspended { 0 } else { now.0.saturating_sub(self.since.0).max(0) };
        Micros(self.ran.0.saturating_add(current))
    }

    /// What it wants of what is left of it at a moment, and until when that can wait.
    pub(super) fn left_at(&self, now: Micros) -> (Wants, Micros) {
        let before = left(&self.wants, self.ran, self.is_suspended);
        let after = left(&self.wants, self.ran_by(now), self.is_suspended);
        let done = Millis(before.longest.0.saturating_sub(after.longest.0));
        (after, self.last_safe_start.later(done.to_micros()))
    }
}

/// What is left of what a task wants when it has run for so long. A little always is: estimates are of most runs.
pub(super) fn left(whole: &Wants, ran: Micros, is_suspended: bool) -> Wants {
    let ran_ms = u64::try_from(ran.0 / 1000).unwrap_or(0);
    let least = REMAINS_MS_LEAST.min(whole.longest.0);
    let longest = whole.longest.0.saturating_sub(ran_ms).max(least);
    let usual = whole.usual.0.saturating_sub(ran_ms).max(least).min(longest);
    let pace = if is_suspended { Pace::Starts } else { Pace::Runs };
    Wants { usual: Millis(usual), longest: Millis(longest), pace, ..*whole }
}

impl Runs {
    /// The run of a task that may be suspended.
    pub(crate) fn get(&self, workflow: WorkflowId, task: u32) -> Option<&Run> {
        self.workflows.get(&workflow)?.get(&task)
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (WorkflowId, u32, Run)> {
        self.workflows
            .iter()
            .flat_map(|(workflow, tasks)| tasks.iter().map(|(task, run)| (*workflow, *task, *run)))
    }

    /// A run that is over, or to end, is decided of no longer. Where it leaves a place, the first that wants one is looked at.
    pub(super) fn hear_execution(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &ExecutionEvent,
        ports: &mut Ports,
    ) {
        let workflow = WorkflowId::from(record.stream);
        let (task, is_over) = match event {
            ExecutionEvent::AttemptEnded(ended) => (ended.task, true),
            ExecutionEvent::AttemptAbandoned(abandoned) => (abandoned.task, true),
            ExecutionEvent::AttemptLost(lost) => (lost.task, true),
            ExecutionEvent::AttemptCancelRequested(requested) => (requested.task, false),
            // What ran before was another process.
            ExecutionEvent::AttemptStarted(started) => (started.task, false),
            ExecutionEvent::AttemptRequested(_)
            | ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptStalled(_) => return,
        };
        let wanted_place = self.get(workflow, task).is_some_and(|run| run.wants_place.is_some());
        self.forget(workflow, task, &mut ports.wakes);
        if is_over || wanted_place {
            self.offer_place(record, ports);
        }
    }

    /// The run that would go on if there were a place, and has wanted that for the longest, with its request.
    pub(crate) fn first_wanting(&self) -> Option<(WorkflowId, u32, u64)> {
        let (workflow, task) = *self.wanting.first_key_value()?.1;
        Some((workflow, task, self.get(workflow, task)?.request))
    }

    /// A place may be free for the first that would go on; whoever leaves those that want one leaves it to the next.
    pub(super) fn offer_place(&self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        if !self.wanting.is_empty() {
            ports.reactions.push(Reaction::OfferPlace, record.sequence);
        }
    }

    pub(super) fn suspend(
        &mut self,
        record: &Recorded<AnyEvent>,
        suspended: &RunSuspended,
        ports: &mut Ports,
    ) {
        let RunSuspended { request, task, reason, look_again, last_safe_start, ran, .. } = *suspended;
        let said = Said {
            request,
            task,
            ran,
            look_again: Some(look_again),
            last_safe_start,
            grounds: &suspended.grounds,
            optimised: suspended.optimised.as_deref(),
            bid: suspended.bid,
        };
        let wants_place = reason == DeferReason::NoPlace;
        let workflow = WorkflowId::from(record.stream);
        let leaves_place = self
            .get(workflow, task)
            .is_none_or(|run| !run.is_suspended || run.wants_place.is_some() && !wants_place);
        self.decide(record, &said, (true, wants_place), &mut ports.wakes);
        if leaves_place {
            self.offer_place(record, ports);
        }
    }

    pub(super) fn resume(
        &mut self,
        record: &Recorded<AnyEvent>,
        continued: &RunContinued,
        ports: &mut Ports,
    ) {
        let RunContinued { request, task, look_again, last_safe_start, ran, .. } = *continued;
        let said = Said {
            request,
            task,
            ran,
            look_again,
            last_safe_start,
            grounds: &continued.grounds,
            optimised: continued.optimised.as_deref(),
            bid: continued.bid,
        };
        let wanted_place = self.get(record.stream.into(), task).is_some_and(|run| run.wants_place.is_some());
        self.decide(record, &said, (false, false), &mut ports.wakes);
        // There may be more places than one.
        if wanted_place {
            self.offer_place(record, ports);
        }
    }

    /// Moments of the calendar are as far from the record as the wall clock said then.
    fn decide(
        &mut self,
        record: &Recorded<AnyEvent>,
        said: &Said<'_>,
        (is_suspended, wants_place): (bool, bool),
        wakes: &mut Wakes,
    ) {
        let Said { request, task, ran, look_again, last_safe_start, grounds, optimised, bid } = *said;
        let workflow = WorkflowId::from(record.stream);
        let before = self.get(workflow, task).copied();
        self.forget(workflow, task, wakes);
        let now_ms = record.at.0.div_euclid(1000);
        let in_elapsed = |at: Micros| {
            record.elapsed.later(Micros(at.0.div_euclid(1000).saturating_sub(now_ms).saturating_mul(1000)))
        };
        let last_safe_start = in_elapsed(last_safe_start);
        // Where recorded time stands still, the same moment would be due again and again.
        let look_again_ms = look_again.map(|at| at.0.div_euclid(1000));
        let stands_still = before.is_some_and(|before| {
            before.look_again_ms == look_again_ms && before.due.is_some_and(|due| due <= record.elapsed)
        });
        let due = look_again.map(|at| match stands_still {
            true => in_elapsed(at)
                .max(record.elapsed.after(Millis(STANDS_STILL_MS)))
                .min(last_safe_start.max(record.elapsed)),
            false => in_elapsed(at),
        });
        let due = due.map(|due| due.max(Micros(record.elapsed.0.saturating_add(1))));
        let wants_place =
            wants_place.then(|| before.and_then(|before| before.wants_place).unwrap_or(record.sequence));
        let run = Run {
            request,
            wants: wants(grounds, optimised, bid),
            is_suspended,
            wants_place,
            decided: record.sequence,
            due,
            look_again_ms,
            last_safe_start,
            ran,
            since: record.elapsed,
        };
        due.into_iter().for_each(|due| wakes.insert(wake(due, workflow, task)));
        if let Some(since) = wants_place {
            Arc::make_mut(&mut self.wanting).insert(since, (workflow, task));
        }
        if self.workflows.get(&workflow).is_none() {
            self.workflows.insert(workflow, Arc::default());
        }
        if let Some(tasks) = self.workflows.get_mut(&workflow) {
            Arc::make_mut(tasks).insert(task, run);
        }
    }

    /// A run is decided of no longer, if it was.
    fn forget(&mut self, workflow: WorkflowId, task: u32, wakes: &mut Wakes) {
        let Some(run) = self.get(workflow, task).copied() else { return };
        run.due.into_iter().for_each(|due| wakes.remove(&wake(due, workflow, task)));
        if let Some(since) = run.wants_place {
            Arc::make_mut(&mut self.wanting).remove(&since);
        }
        let Some(tasks) = self.workflows.get_mut(&workflow).map(Arc::make_mut) else { return };
        tasks.remove(&task);
        if tasks.is_empty() {
            self.workflows.remove(&workflow);
        }
    }

    /// What stands aside waits for no place.
    pub(super) fn want_no_place(
        &mut self,
        workflow: WorkflowId,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
    ) {
        if !self.wanting.values().any(|(wanting, _)| *wanting == workflow) {
            return;
        }
        Arc::make_mut(&mut self.wanting).retain(|_, (wanting, _)| *wanting != workflow);
        let tasks = self.workflows.get_mut(&workflow).map(Arc::make_mut);
        tasks.into_iter().flat_map(BTreeMap::values_mut).for_each(|run| run.wants_place = None);
        self.offer_place(record, ports);
    }

    /// Whatever ran has ended with the life in which it ran.
    pub(super) fn forget_all(&mut self, wakes: &mut Wakes) {
        let of = |(workflow, tasks): (&WorkflowId, &Arc<BTreeMap<u32, Run>>)| {
            let workflow = *workflow;
            tasks.keys().map(move |task| (workflow, *task)).collect::<Vec<_>>()
        };
        let all: Vec<(WorkflowId, u32)> = self.workflows.iter().flat_map(of).collect();
        all.into_iter().for_each(|(workflow, task)| self.forget(workflow, task, wakes));
    }

    /// A stream has ended or was closed for ever.
    pub(super) fn close(&mut self, record: &Recorded<AnyEvent>, workflow: WorkflowId, ports: &mut Ports) {
        let tasks: Vec<u32> =
            self.workflows.get(&workflow).into_iter().flat_map(|tasks| tasks.keys().copied()).collect();
        tasks.into_iter().for_each(|task| self.forget(workflow, task, &mut ports.wakes));
        self.offer_place(record, ports);
    }

    /// Those that are meant are looked at again, each in its turn. Streams in quarantine wait for their release.
    pub(super) fn look_at(
        &self,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
        mut is_meant: impl FnMut(&Run) -> bool,
    ) {
        let Ports { streams, reactions, .. } = ports;
        for (workflow, _) in
            self.workflows.iter().filter(|(workflow, _)| !streams.is_aside((**workflow).into()))
        {
            self.look_at_tasks(*workflow, record, reactions, &mut is_meant);
        }
    }

    pub(super) fn look_at_tasks(
        &self,
        workflow: WorkflowId,
        record: &Recorded<AnyEvent>,
        reactions: &mut Reactions,
        mut is_meant: impl FnMut(&Run) -> bool,
    ) {
        let tasks = self.workflows.get(&workflow).into_iter().flat_map(|tasks| tasks.iter());
        for (task, _) in tasks.filter(|(_, run)| is_meant(run)) {
            look(workflow, *task, record, reactions);
        }
    }
}

fn look(workflow: WorkflowId, task: u32, record: &Recorded<AnyEvent>, reactions: &mut Reactions) {
    let since = record.sequence;
    reactions.push(Reaction::LookAtRun { workflow, task, since }, since);
}

/// What a run waits for, as the record of a decision says.
fn wants(grounds: &Grounds, optimised: Option<&Optimised>, bid: Option<MicroUsd>) -> Wants {
    let weights = match optimised {
        Some(optimised) => Weights::of(&optimised.weights),
        None if grounds.waits_for != triad_event::prices::WaitsFor::Bid => Weights::PRICE,
        None => Weights::default(),
    };
    Wants {
        bid,
        weights,
        missing: grounds.missing,
        usual: grounds.estimate.usual.length,
        longest: grounds.estimate.longest.length,
        pace: Pace::Runs,
    }
}

fn wake(due: Micros, workflow: WorkflowId, task: u32) -> Wake {
    Wake { due, reason: WakeReason::Price, stream: workflow.into(), about: task.into() }
}
