//! The one lifecycle of tasks and of the workflow that they make up.

mod phase;

pub use phase::{TaskPhase, WorkflowPhase};

use super::execution::Ending;
use crate::event::Lowers;
use crate::quantity::Micros;

events! {
    /// The one lifecycle of tasks and of the workflow that they make up. Tasks are named by their position in
    /// the definition; the workflow is the stream of the record.
    dag;

    /// All that the task depends on is completed, or its retry is due, and it waits. Not recorded when an
    /// attempt is requested at once.
    TaskQueued = 301 "task_queued", by Decision, keeps Stream, ends None,
        says "{task} waits for a place: {reason}" {
        /// The task.
        task: u32,
        /// What it waits for.
        reason: QueueReason,
    }

    /// The task ended as intended. What depends on it may go on.
    TaskCompleted = 302 "task_completed", by Decision, keeps Stream, ends Success,
        says "{task} completed on attempt {attempts}" {
        /// The task.
        task: u32,
        /// How many attempts it took.
        attempts: u32,
    }

    /// The task failed for good. What depends on it will be skipped.
    TaskFailed = 303 version 2 (1 is TaskFailed) "task_failed", by Decision, keeps Stream, ends Failure,
        says "{task} failed for good on attempt {attempts}: {ending}" {
        /// The task.
        task: u32,
        /// How many attempts it had.
        attempts: u32,
        /// How the last one ended.
        ending: Ending,
    }

    /// The task will never run, because one that it depends on failed, was cancelled, or was skipped.
    TaskSkipped = 304 "task_skipped", by Decision, keeps Stream, ends Refused,
        says "{task} was skipped because of {because}" {
        /// The task.
        task: u32,
        /// The dependency because of which.
        because: u32,
    }

    /// The task was stopped by the cancellation of its workflow.
    TaskCancelled = 305 "task_cancelled", by Decision, keeps Stream, ends Refused,
        says "{task} was cancelled" {
        /// The task.
        task: u32,
    }

    /// An attempt failed and another one will be made. The delay is already drawn.
    RetryScheduled = 306 "retry_scheduled", by Decision, keeps Stream, ends None,
        says "{task} will be tried again, attempt {attempt}: {ending}" {
        /// The task.
        task: u32,
        /// The number of the attempt to come, from 1.
        attempt: u32,
        /// How the last one ended.
        ending: Ending,
        /// How long after this record the next is due.
        delay: Micros,
    }

    /// Somebody asked that the workflow be stopped. It ends as cancelled when nothing of it runs any more.
    CancelRequested = 307 "cancel_requested", by Input, keeps Stream, ends None,
        says "asked to stop[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// No attempt of the workflow starts until it is resumed; those that run go on.
    WorkflowPaused = 308 "workflow_paused", by Input, keeps Stream, ends None, says "paused[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// Attempts of the workflow start again.
    WorkflowResumed = 309 "workflow_resumed", by Input, keeps Stream, ends None, says "resumed[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// Every task is completed. The stream is closed.
    WorkflowCompleted = 310 "workflow_completed", by Decision, keeps Stream, ends Success and closes,
        says "the workflow completed: {tally}" {
        /// How its tasks ended.
        tally: Tally,
    }

    /// Every task has ended and at least one failed. The stream is closed.
    WorkflowFailed = 311 "workflow_failed", by Decision, keeps Stream, ends Failure and closes,
        says "the workflow failed: {tally}" {
        /// How its tasks ended.
        tally: Tally,
    }

    /// Every task has ended after the workflow was asked to stop. The stream is closed.
    WorkflowCancelled = 312 "workflow_cancelled", by Decision, keeps Stream, ends Refused and closes,
        says "the workflow was cancelled: {tally}" {
        /// How its tasks ended.
        tally: Tally,
    }
}

asks! {
    /// What people can ask of a workflow that is alive.
    dag;
    /// It is to stop.
    Cancel(CancelRequested) in CancelRequested;
    /// None of its attempts is to start.
    Pause(WorkflowPaused) in WorkflowPaused;
    /// Its attempts are to start again.
    Resume(WorkflowResumed) in WorkflowResumed;
}

structure! {
    /// How many tasks of a workflow ended in which way.
    Tally {
        /// Completed.
        completed: u32,
        /// Failed.
        failed: u32,
        /// Skipped.
        skipped: u32,
        /// Cancelled.
        cancelled: u32,
    }
}

tagged! {
    /// What a queued task waits for.
    QueueReason {
        /// A free place: as many attempts run as may.
        Capacity = 1,
        /// Its workflow is paused.
        WorkflowPaused = 2,
        /// The engine is paused.
        EnginePaused = 3,
    }
}

impl Lowers<Self> for TaskFailed {
    fn fits(&self) -> bool {
        self.ending.is_of_version_1()
    }

    fn lower(&self) -> Self {
        self.clone()
    }
}
