//! What the world owes the outside: effects to perform, and when to be woken. Nothing here is decided; it is
//! read off.

use std::sync::Arc;

use triad_event::ClockState;
use triad_event::execution::CancelReason;
use triad_event::governance::WakeReason;
use triad_event::ids::{AttemptKey, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Micros, Millis};

use crate::dag::Process;
use crate::execution::Attempt;
use crate::world::World;

/// Everything that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Effects to perform, in the order of their requests.
    pub effects: Vec<Effect>,
    /// When to fire the timer next.
    pub wake: Option<Wakeup>,
}

/// An attempt to perform, or to stop. It stays owed until its end is recorded; performing it twice is
/// recognised by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Sequence of its request, by which its outcome names it.
    pub request: u64,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The task, by position.
    pub task: u32,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// Handed to whatever is called.
    pub key: AttemptKey,
    /// What to do.
    pub work: Work,
    /// Set when the attempt is to stop: end it and report how it ended, or report at once that it never ran.
    pub stop: Option<CancelReason>,
}

/// What an attempt does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Nothing; it succeeds at once.
    Noop,
    /// Runs a command.
    Process {
        /// The command and its environment.
        process: Arc<Process>,
        /// The id of the task.
        task_id: String,
        /// How long it may take. The core ends it by itself when that has passed.
        timeout: Millis,
        /// How much memory it may have.
        memory_max: Bytes,
    },
}

/// When to wake, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wakeup {
    /// When; a moment that has passed means at once.
    pub at: Micros,
    /// What asked.
    pub reason: WakeReason,
}

/// Everything that is owed, for a process that has just folded the log.
pub fn due(world: &World) -> Due {
    let effects =
        world.execution.running.iter().filter_map(|(request, attempt)| owed(world, *request, attempt));
    Due { effects: effects.collect(), wake: next_wake(world) }
}

/// The effect of one request, if it is still owed: what a record of an attempt that is requested, or asked to
/// stop, calls for.
pub fn effect(world: &World, request: u64) -> Option<Effect> {
    owed(world, request, world.execution.get(request)?)
}

/// When to fire the timer next.
pub fn next_wake(world: &World) -> Option<Wakeup> {
    if !world.owed.is_empty() {
        return Some(Wakeup { at: world.now(), reason: WakeReason::Owed });
    }
    // Deadlines wait for as long as the clock cannot be believed.
    if world.governance.clock == ClockState::Stepped {
        return None;
    }
    world.wakes.first().map(|wake| Wakeup { at: wake.at, reason: wake.reason })
}

fn owed(world: &World, request: u64, attempt: &Attempt) -> Option<Effect> {
    if world.governance.holds(attempt.workflow) {
        return None;
    }
    let Attempt { workflow, task, number, key, stopping, .. } = *attempt;
    let work = work(world, attempt)?;
    Some(Effect { request, workflow, task, attempt: number, key, work, stop: stopping })
}

fn work(world: &World, attempt: &Attempt) -> Option<Work> {
    if attempt.kind == TaskKind::Noop {
        return Some(Work::Noop);
    }
    let plan = &world.dag.get(attempt.workflow)?.plan;
    Some(Work::Process {
        process: plan.spec(attempt.task)?.process.clone()?,
        task_id: plan.task_id(attempt.task)?.to_owned(),
        timeout: attempt.timeout?,
        memory_max: attempt.memory_max?,
    })
}
