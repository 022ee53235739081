//! What the world owes the outside: effects to perform, and when to be woken. Nothing here is decided; it is
//! read off.

use triad_event::ClockState;
use triad_event::Sealed;
use triad_event::execution::CancelReason;
use triad_event::governance::WakeReason;
use triad_event::ids::{AttemptKey, DataSubjectId, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Micros, Millis};

use crate::dag::Plan;
use crate::execution::Attempt;
use crate::subjects::Erasing;
use crate::world::World;

/// Everything that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Attempts to perform, in the order of their requests.
    pub effects: Vec<Effect>,
    /// Keys to destroy, in the order of their data subjects.
    pub erasures: Vec<Erasure>,
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
    /// Under whose key its outputs are sealed.
    pub subject: DataSubjectId,
    /// The slot of that key in the vault.
    pub subject_slot: u64,
    /// What to do.
    pub work: Work,
    /// Set when the attempt is to stop: end it and report how it ended, or report at once that it never ran.
    pub stop: Option<CancelReason>,
}

/// What an attempt does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Nothing; it succeeds at once.
    Noop {
        /// What becomes its output.
        input: Option<Sealed>,
    },
    /// Runs a command.
    Process {
        /// The command and its environment, sealed: see [`triad_event::sealed::Process`].
        input: Sealed,
        /// The id of the task.
        task_id: String,
        /// How long it may take. The core ends it by itself when that has passed.
        timeout: Millis,
        /// How much memory it may have.
        memory_max: Bytes,
    },
}

/// A key to destroy. It stays owed until that is recorded; destroying it twice is the same as once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// Sequence of its request, by which its outcome names it.
    pub request: u64,
    /// The data subject.
    pub subject: DataSubjectId,
    /// The slot of its key in the vault.
    pub slot: u64,
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
    let erasing = world.subjects.erasing.iter();
    let erasures = erasing.map(|(subject, erasing)| owed_erasure(*subject, *erasing));
    Due { effects: effects.collect(), erasures: erasures.collect(), wake: next_wake(world) }
}

/// The effect of one request, if it is still owed: what a record of an attempt that is requested, or asked to
/// stop, calls for.
pub fn effect(world: &World, request: u64) -> Option<Effect> {
    owed(world, request, world.execution.get(request)?)
}

/// The erasure of one request, if it is still owed.
pub fn erasure(world: &World, request: u64) -> Option<Erasure> {
    world.subjects.erasure(request).map(|(subject, erasing)| owed_erasure(subject, erasing))
}

fn owed_erasure(subject: DataSubjectId, erasing: Erasing) -> Erasure {
    Erasure { request: erasing.request, subject, slot: erasing.slot }
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
    let plan = &world.dag.get(workflow)?.plan;
    let work = work(plan, attempt)?;
    let (subject, subject_slot) = plan.subject;
    let stop = stopping;
    Some(Effect { request, workflow, task, attempt: number, key, subject, subject_slot, work, stop })
}

fn work(plan: &Plan, attempt: &Attempt) -> Option<Work> {
    let input = plan.spec(attempt.task)?.input.as_deref().cloned();
    if attempt.kind == TaskKind::Noop {
        return Some(Work::Noop { input });
    }
    Some(Work::Process {
        input: input?,
        task_id: plan.task_id(attempt.task)?.to_owned(),
        timeout: attempt.timeout?,
        memory_max: attempt.memory_max?,
    })
}
