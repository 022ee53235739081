//! Decides what people ask of a workflow, what the end of an attempt means, and when a workflow has ended.

use triad_event::Event as AnyEvent;
use triad_event::dag::{
    Ask, DeadlinePassed, Event, GroupBegan, LeftOut, RetryScheduled, TaskCancelled, TaskCompleted,
    TaskFailed, TaskFannedOut, TaskLeftOut, TaskReused, TaskSkipped, WorkflowCancelled, WorkflowCompleted,
    WorkflowFailed, WorkflowPhase,
};
use triad_event::evaluation::Verdict;
use triad_event::execution::Ending;
use triad_event::gates::{GateOpened, Wants};
use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};

use super::deadlines::about;
use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::task::TaskState;
use super::workflow::Workflow;
use crate::decision::Decision;
use crate::derive::retry_delay;
use crate::healing::treatment::Course;
use crate::image::length;
use crate::limits::check_reason;
use crate::ports::wakes::Wake;

/// Decides on what is asked of a workflow. The phases of those that are alive are running, paused and cancelling.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let workflow = WorkflowId::from(stream);
    let alive = facts.state.get(workflow).ok_or(Refusal::WorkflowUnknown { workflow })?;
    let phase = alive.phase();
    if phase == WorkflowPhase::Cancelling {
        return Err(Refusal::AlreadyCancelling);
    }
    let is_paused = phase == WorkflowPhase::Paused;
    let event: AnyEvent = match ask {
        Ask::Pause(_) if is_paused => return Err(Refusal::AlreadyPaused),
        Ask::Resume(_) if !is_paused => return Err(Refusal::NotPaused),
        Ask::Cancel(requested) => checked(&requested.reason).map(|()| requested)?.into(),
        Ask::Pause(paused) => checked(&paused.reason).map(|()| paused)?.into(),
        Ask::Resume(resumed) => checked(&resumed.reason).map(|()| resumed)?.into(),
    };
    Ok(Decision::recorded(stream, event))
}

fn checked(reason: &str) -> Result<(), Refusal> {
    Ok(check_reason(reason)?)
}

/// Decides on what is owed by the dag.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let alive = facts.state.get(reaction.workflow())?;
    let event = match reaction {
        Reaction::Settle { workflow, task } => {
            return Some((workflow.into(), settle(facts, (workflow, task), alive)?));
        }
        Reaction::Skip { task, because, .. } => Event::TaskSkipped(TaskSkipped { task, because }),
        Reaction::Cancel { task, .. } => Event::TaskCancelled(TaskCancelled { task }),
        Reaction::Finish { .. } => finish(alive),
        Reaction::LeaveOut { task, why, .. } => Event::TaskLeftOut(TaskLeftOut { task, why }),
        Reaction::Judge { task, .. } => judge(facts, alive, task)?,
        Reaction::Begin { task, .. } => Event::GroupBegan(GroupBegan { task }),
        Reaction::Gather { task, .. } => gather(facts, alive, task)?,
        Reaction::Reuse { task, .. } => Event::TaskReused(TaskReused { task }),
        Reaction::Expire { task, .. } => {
            let attempts = alive.task(task)?.attempts;
            Event::TaskFailed(TaskFailed { task, attempts, ending: Ending::DeadlinePassed })
        }
    };
    Some((reaction.workflow().into(), event.into()))
}

/// A deadline passed. When a retry is due, execution takes the task over.
pub(crate) fn wake(_: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    (wake.reason == WakeReason::Deadline).then(|| DeadlinePassed { of: about(wake) }.into())
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    let Some(alive) = facts.state.get(reaction.workflow()) else { return false };
    let state = |task| alive.task(task).map(|task| task.state);
    let goes_on = alive.phase() != WorkflowPhase::Cancelling;
    match reaction {
        Reaction::Settle { task, .. } => matches!(state(task), Some(TaskState::Settling { .. })),
        Reaction::Skip { task, .. } | Reaction::Reuse { task, .. } => {
            matches!(state(task), Some(TaskState::Pending { .. })) && goes_on
        }
        Reaction::LeaveOut { task, why, .. } => {
            let is_pending = match state(task) {
                Some(TaskState::Pending { missing, .. }) => missing == 0 || why == LeftOut::Group,
                Some(_) | None => false,
            };
            is_pending && goes_on
        }
        Reaction::Judge { task, .. } => matches!(state(task), Some(TaskState::Evaluated { .. })) && goes_on,
        Reaction::Begin { task, .. } => state(task).is_some_and(TaskState::may_run) && goes_on,
        Reaction::Gather { task, .. } => {
            matches!(state(task), Some(TaskState::Spread { left: 0, .. })) && goes_on
        }
        // One that runs is asked to stop, and what its end means is settled by itself.
        Reaction::Cancel { task, .. } => state(task).is_some_and(has_no_attempt),
        // So it is with one of which something runs.
        Reaction::Expire { task, .. } => state(task)
            .is_some_and(|state| has_no_attempt(state) && !matches!(state, TaskState::Spread { .. })),
        Reaction::Finish { .. } => alive.open == 0,
    }
}

/// Whether a task is open and can be ended where it stands.
fn has_no_attempt(state: TaskState) -> bool {
    let has_attempt = matches!(state, TaskState::Running { .. } | TaskState::Settling { .. });
    !has_attempt && !state.phase().is_terminal()
}

/// What expressions came to that is not simply to go on.
fn judge(facts: &Facts<'_>, alive: &Workflow, task: u32) -> Option<Event> {
    let TaskState::Evaluated { verdict } = alive.task(task)?.state else { return None };
    Some(match verdict {
        Verdict::DoesNotHold => Event::TaskLeftOut(TaskLeftOut { task, why: LeftOut::Condition }),
        // Parts that come after the deadline has passed would not hear of it.
        Verdict::List if alive.is_late(task, facts.place.elapsed) => {
            Event::TaskFailed(TaskFailed { task, attempts: 0, ending: Ending::DeadlinePassed })
        }
        Verdict::List => {
            let first = length(alive.tasks.len());
            Event::TaskFannedOut(TaskFannedOut { task, first, parts: alive.fans.list(task)?.entries })
        }
        Verdict::Holds => return None,
        Verdict::Missing | Verdict::NoValue | Verdict::TooMuch | Verdict::Unavailable => {
            Event::TaskFailed(TaskFailed { task, attempts: 0, ending: Ending::NotEvaluated })
        }
    })
}

/// The end of a task whose parts have all ended.
fn gather(facts: &Facts<'_>, alive: &Workflow, task: u32) -> Option<Event> {
    let TaskState::Spread { failed, .. } = alive.task(task)?.state else { return None };
    let is_late = alive.is_late(task, facts.place.elapsed);
    let ending = if is_late { Ending::DeadlinePassed } else { Ending::PartFailed };
    Some(match failed {
        true => Event::TaskFailed(TaskFailed { task, attempts: 0, ending }),
        false => Event::TaskCompleted(TaskCompleted { task, attempts: 0 }),
    })
}

/// What the end of an attempt means for its task.
fn settle(facts: &Facts<'_>, (workflow, task): (WorkflowId, u32), alive: &Workflow) -> Option<AnyEvent> {
    let settling = alive.task(task)?;
    let TaskState::Settling { ending } = settling.state else { return None };
    let attempts = settling.attempts;
    if ending == Ending::Succeeded {
        return Some(TaskCompleted { task, attempts }.into());
    }
    if alive.phase() == WorkflowPhase::Cancelling {
        return Some(TaskCancelled { task }.into());
    }
    if alive.is_late(task, facts.place.elapsed) {
        let ending = Ending::DeadlinePassed;
        return Some(TaskFailed { task, attempts, ending }.into());
    }
    if ending == Ending::Held {
        return Some(GateOpened { task, wants: Wants::Review, signal: None, due: None }.into());
    }
    // Those that were held, and the attempts after fixes, are not those that its retry allows.
    let held = alive.released.get(&task).copied().unwrap_or(0);
    let tried = attempts.saturating_sub(facts.treatment.fixes(workflow, task)).saturating_sub(held);
    match facts.treatment.of(workflow, task) {
        Course::Healed(event) => Some(event),
        Course::GivenUp => Some(TaskFailed { task, attempts, ending }.into()),
        Course::RetryOr(otherwise) => {
            Some(retry(facts, alive, (task, tried), ending).map_or(otherwise, AnyEvent::from))
        }
        Course::Untreated => {
            let failed = || TaskFailed { task, attempts, ending }.into();
            Some(retry(facts, alive, (task, tried), ending).map_or_else(failed, AnyEvent::from))
        }
    }
}

/// What the retry of a task says of another attempt, after so many that it allows; none when there is none.
fn retry(
    facts: &Facts<'_>,
    alive: &Workflow,
    (task, tried): (u32, u32),
    ending: Ending,
) -> Option<RetryScheduled> {
    let spec = alive.spec(task);
    let flow = alive.flow(task);
    let is_wanted = flow.is_none_or(|flow| flow.retry_on.is_empty() || flow.retry_on.contains(&ending));
    let is_gate = spec.is_some_and(|spec| spec.kind.is_gate());
    let attempts_max = spec.map_or(1, |spec| spec.options.attempts_max);
    if tried >= attempts_max || is_final(ending) || is_gate || !is_wanted {
        return None;
    }
    let settings = &facts.ports.settings;
    let base = spec.and_then(|spec| spec.options.retry_base);
    let base = base.unwrap_or_else(|| settings.span(Setting::RetryBaseDefault));
    let longest = settings.span(Setting::RetryDelayMax);
    let longest = flow.and_then(|flow| flow.retry_delay_max).map_or(longest, |own| own.min(longest));
    let delay = retry_delay(&facts.place, base, tried, longest);
    let attempt = alive.task(task)?.attempts + 1;
    Some(RetryScheduled { task, attempt, ending, delay })
}

/// Whether another attempt would end the same: what people decided, and what the output of another task lacks, stays.
fn is_final(ending: Ending) -> bool {
    matches!(ending, Ending::Declined | Ending::InputUnusable | Ending::DeadlinePassed)
}

/// The end of a workflow all of whose tasks have ended.
fn finish(alive: &Workflow) -> Event {
    let tally = alive.tally.clone();
    if alive.phase() == WorkflowPhase::Cancelling {
        Event::WorkflowCancelled(WorkflowCancelled { tally })
    } else if tally.failed > 0 {
        Event::WorkflowFailed(WorkflowFailed { tally })
    } else {
        Event::WorkflowCompleted(WorkflowCompleted { tally })
    }
}
