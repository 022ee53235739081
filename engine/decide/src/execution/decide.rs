//! Decides when attempts start, and what becomes of them until they end.

use triad_deferral::{Worth, value_lead_us};
use triad_event::Event as AnyEvent;
use triad_event::dag::{QueueReason, TaskCancelled, TaskFailed, TaskQueued};
use triad_event::execution::{
    Ask, AttemptAbandoned, AttemptCancelRequested, AttemptFixes, AttemptLost, AttemptRequested,
    AttemptStalled, CancelReason, Captured, Ending,
};
use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::{TaskKind, TaskOptions};
use triad_event::quantity::{Micros, MilliwattHours};

use super::attempt::Attempt;
use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::turn::{Turn, turn, waits_for};
use crate::decision::Decision;
use crate::derive::attempt_key;
use crate::effect::{Effect, Performance, Work};
use crate::limits::OUTPUT_BYTES_MAX;
use crate::plan::Spec;
use crate::ports::settings::Settings;
use crate::ports::wakes::Wake;

/// Decides on what came of an attempt. The stream is that of its workflow.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let (request, given) = match &ask {
        Ask::EndAttempt(ended) => (ended.request, ended.task),
        Ask::ReportProgress(progressed) => (progressed.request, progressed.task),
        Ask::ReportStart(started) => (started.request, started.task),
    };
    let attempt = facts.state.get(request).ok_or(Refusal::NotAnAttempt { request })?;
    if given != attempt.task {
        return Err(Refusal::OtherTask { request, expected: attempt.task, given });
    }
    if !attempt.is_owed() {
        return Err(Refusal::NotPerformed { request });
    }
    let event: AnyEvent = match ask {
        Ask::EndAttempt(ended) => {
            if [&ended.stdout, &ended.stderr].into_iter().any(is_too_large) {
                return Err(Refusal::OutputTooLarge { max: OUTPUT_BYTES_MAX });
            }
            ended.into()
        }
        Ask::ReportProgress(progressed) => progressed.into(),
        Ask::ReportStart(started) => started.into(),
    };
    Ok(Decision { cause: Some(request), ..Decision::recorded(stream, event) })
}

fn is_too_large(captured: &Captured) -> bool {
    captured.kept.as_ref().is_some_and(|kept| kept.length.0 > OUTPUT_BYTES_MAX as u64)
}

/// Decides on what is owed by execution, and in which stream.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    match reaction {
        Reaction::Offer { workflow, task } => Some((workflow.into(), offer(facts, workflow, task))),
        Reaction::Stop { workflow, request, reason } => {
            Some((workflow.into(), stop(facts, request, reason)?))
        }
        Reaction::Admit | Reaction::AdmitInTurn => {
            let Turn { workflow, task, waits_for } = turn(facts)?;
            let queued = || waits_for.map(|reason| queue(facts, workflow, task, reason));
            let again = || facts.again.deferred(workflow, task);
            let event = late(facts, workflow, task).or_else(queued).or_else(again);
            Some((workflow.into(), event.unwrap_or_else(|| request(facts, workflow, task).into())))
        }
    }
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    match reaction {
        Reaction::Offer { workflow, task } => facts.tasks.is_ready(workflow, task),
        Reaction::Stop { request, .. } => {
            facts.state.get(request).is_some_and(|attempt| attempt.stopping.is_none())
        }
        Reaction::Admit | Reaction::AdmitInTurn => {
            let could_start = facts.is_running && facts.state.has_place(&facts.ports.settings);
            let is_held_back = || !facts.state.queue.has_turn() && turn(facts).is_none();
            could_start && facts.state.somebody_waits() && !is_held_back()
        }
    }
}

/// A moment that execution asked for has come.
#[expect(clippy::wildcard_enum_match_arm, reason = "the moments of other domains are given to those")]
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let attempt = || facts.state.get(wake.about);
    match wake.reason {
        WakeReason::Retry => {
            let (workflow, task) = (WorkflowId::from(wake.stream), u32::try_from(wake.about).ok()?);
            if facts.tasks.is_cancelling(workflow) {
                return Some(TaskCancelled { task }.into());
            }
            // Its deadline may be due at the same moment, or be under way through more than fits into a group.
            if facts.tasks.is_late(workflow, task, facts.place.elapsed) {
                let (attempts, _) = facts.tasks.attempts(workflow, task)?;
                return Some(TaskFailed { task, attempts, ending: Ending::DeadlinePassed }.into());
            }
            Some(offer(facts, workflow, task))
        }
        WakeReason::Timeout => stop(facts, wake.about, CancelReason::TimedOut),
        WakeReason::CancelGrace => Some(abandon(wake.about, attempt()?).into()),
        WakeReason::Stall => Some(stall(wake.about, attempt()?).into()),
        WakeReason::CutOff => Some(lose(wake.about, attempt()?).into()),
        _ => None,
    }
}

/// What there is to perform for a request. What is not performed can still be stopped, which ends it.
pub(crate) fn effect(facts: &Facts<'_>, request: u64) -> Option<Effect> {
    let attempt = facts.state.get(request).filter(|attempt| attempt.is_owed())?;
    let plan = facts.tasks.plan(attempt.workflow)?;
    let (subject, subject_slot) = plan.subject;
    Some(Effect::Perform(Performance {
        request,
        workflow: attempt.workflow,
        task: attempt.task,
        attempt: attempt.number,
        key: attempt.key,
        subject,
        subject_slot,
        work: work(facts, attempt)?,
        stop: attempt.stopping,
        is_suspended: attempt.is_suspended(),
        rules: facts.treatment.rules(),
        moderation: facts
            .moderation
            .filter(|_| !facts.tasks.is_released(attempt.workflow, attempt.task))
            .cloned(),
    }))
}

fn work(facts: &Facts<'_>, attempt: &Attempt) -> Option<Work> {
    let spec = facts.tasks.spec(attempt.workflow, attempt.task)?;
    let input = spec.input.as_deref().cloned();
    let entry = facts.tasks.entry(attempt.workflow, attempt.task);
    if attempt.kind == TaskKind::Noop {
        return Some(Work::Noop { input, entry });
    }
    Some(Work::Process {
        input: input?,
        options: TaskOptions { timeout: attempt.timeout, ..spec.options.clone() },
        memory_max: attempt.memory_max?,
        takes: facts.tasks.taken(attempt.workflow, attempt.task),
        entry,
        variables: attempt.variables.clone(),
    })
}

/// A task that must have ended by now fails instead of beginning: nobody would stop it any more.
fn late(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<AnyEvent> {
    let is_late = facts.tasks.is_late(workflow, task, facts.place.elapsed);
    let attempts = facts.tasks.attempts(workflow, task).map_or(0, |(attempts, _)| attempts);
    is_late.then(|| TaskFailed { task, attempts, ending: Ending::DeadlinePassed }.into())
}

/// A task that could run: it does when there is a place and nobody waits for one, else it is queued.
fn offer(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> AnyEvent {
    if let Some(failed) = late(facts, workflow, task) {
        return failed;
    }
    let is_paused = facts.ports.streams.get(workflow.into()).is_some_and(|stream| stream.is_paused);
    let reason = if is_paused {
        QueueReason::WorkflowPaused
    } else if !facts.is_running {
        QueueReason::EnginePaused
    } else if let Some(reason) = waits_for(facts, workflow, task) {
        reason
    } else if facts.state.has_place(&facts.ports.settings) && !facts.state.queue.has_turn() {
        return request(facts, workflow, task).into();
    } else {
        QueueReason::Capacity
    };
    queue(facts, workflow, task, reason)
}

fn queue(facts: &Facts<'_>, workflow: WorkflowId, task: u32, reason: QueueReason) -> AnyEvent {
    let priority = facts.tasks.priority(workflow, task);
    TaskQueued { task, reason, priority, value_lead: value_lead(facts, workflow, task) }.into()
}

/// How far its value per energy puts a task ahead. None while prices come from nowhere, and for a task that states no value.
fn value_lead(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<Micros> {
    let spec = facts.tasks.spec(workflow, task).filter(|_| facts.ports.prices.has_source)?;
    let worth = spec.worth.as_deref()?;
    let energy = worth.energy.unwrap_or_else(|| energy_at_most(spec, &facts.ports.settings));
    let lead_us = value_lead_us(&Worth {
        value_score_ppm: worth.value?.0.into(),
        market_multiplier_ppm: worth.multiplier.map_or(1_000_000, |multiplier| multiplier.0.into()),
        energy_mwh: energy.0,
    });
    Some(Micros(lead_us))
}

/// What a busy core takes in the longest time that an attempt may run. Nothing for what runs no process.
fn energy_at_most(spec: &Spec, settings: &Settings) -> MilliwattHours {
    if spec.kind != TaskKind::Process {
        return MilliwattHours(0);
    }
    let longest = spec.options.timeout.unwrap_or_else(|| settings.span(Setting::TimeoutDefault));
    let milliwatt_ms = u128::from(longest.0) * u128::from(settings.value(Setting::CorePower).unsigned_abs());
    MilliwattHours(u64::try_from(milliwatt_ms / 3_600_000).unwrap_or(u64::MAX))
}

/// The request of the next attempt of a task, with every choice made.
fn request(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> AttemptRequested {
    let asked = facts.tasks.attempts(workflow, task);
    let attempt = asked.map_or(0, |(attempts, _)| attempts) + 1;
    let spec = asked.map(|(_, spec)| spec);
    let kind = spec.map_or(TaskKind::Noop, |spec| spec.kind);
    let limits = spec.map(|spec| spec.limits(&facts.ports.settings));
    let changes = facts.treatment.changes(workflow, task);
    let timeout = changes.timeout.or(limits.and_then(|limits| limits.timeout));
    let memory_max = changes.memory_max.or(limits.and_then(|limits| limits.memory_max));
    let variables = changes.variables;
    let fixes = (!variables.is_empty()).then(|| AttemptFixes { variables }.into());
    let reserve = facts.affording.asked(workflow, task).map(|asked| asked.reserve.into());
    let key = attempt_key(&facts.place);
    AttemptRequested { task, attempt, kind, key, timeout, memory_max, reserve, fixes }
}

/// An attempt is to stop.
fn stop(facts: &Facts<'_>, request: u64, reason: CancelReason) -> Option<AnyEvent> {
    let task = facts.state.get(request)?.task;
    Some(AttemptCancelRequested { request, task, reason }.into())
}

/// An attempt that did not end when asked to is given up.
fn abandon(request: u64, attempt: &Attempt) -> AttemptAbandoned {
    let reason = attempt.stopping.unwrap_or(CancelReason::TimedOut);
    AttemptAbandoned { request, task: attempt.task, reason }
}

/// An attempt was cut off too often.
fn lose(request: u64, attempt: &Attempt) -> AttemptLost {
    AttemptLost { request, task: attempt.task, cut_off: attempt.cut_off }
}

/// An attempt was silent for too long.
fn stall(request: u64, attempt: &Attempt) -> AttemptStalled {
    AttemptStalled { request, task: attempt.task, silent_since: attempt.heard_at }
}
