//! The one lifecycle of tasks and of the workflow that they make up.

mod earlier;
mod phase;

pub use earlier::{TaskFailedV2, TaskQueuedV1, TaskQueuedV2};
pub use phase::{TaskPhase, WorkflowPhase};

use super::execution::Ending;
use super::intake::Priority;
use crate::event::Lowers;
use crate::quantity::Micros;

events! {
    /// The one lifecycle of tasks and of the workflow that they make up. Tasks are named by their position in
    /// the definition; the workflow is the stream of the record.
    dag;

    /// All that the task depends on is completed, or its retry is due, and it waits. Not recorded when an
    /// attempt is requested at once.
    TaskQueued = 301 version 3 (1 is TaskQueuedV1) (2 is TaskQueuedV2) "task_queued",
        by Decision, keeps Stream, ends None,
        says "{task} waits for a place: {reason}[, {value_lead:span} ahead of others for its value per energy]" {
        /// The task.
        task: u32,
        /// What it waits for.
        reason: QueueReason,
        /// How urgent it is.
        priority: Priority,
        /// How far its value per energy puts it ahead of others, while prices of electricity come from somewhere: it stands as if
        /// it had come so much earlier. None for a task that states no value.
        value_lead: Option<Micros>,
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
    TaskFailed = 303 version 3 (1 is TaskFailed) (2 is TaskFailedV2) "task_failed", by Decision, keeps Stream, ends Failure,
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
    RetryScheduled = 306 version 2 (1 is RetryScheduled) "retry_scheduled", by Decision, keeps Stream, ends None,
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

    /// The task is left out: what its definition wants did not come about. What depends on it may go on without it.
    TaskLeftOut = 313 "task_left_out", by Decision, keeps Stream, ends None, says "{task} was left out: {why}" {
        /// The task.
        task: u32,
        /// What did not come about.
        why: LeftOut,
    }

    /// The task is run for each entry of its list. Its parts are tasks of their own, pending from here on, behind all others.
    TaskFannedOut = 314 "task_fanned_out", by Decision, keeps Stream, ends None,
        says "{task} is run for each of {parts} entries" {
        /// The task.
        task: u32,
        /// The position of its first part.
        first: u32,
        /// How many there are.
        parts: u32,
    }

    /// The tasks of a sub-workflow may begin.
    GroupBegan = 315 "group_began", by Decision, keeps Stream, ends None, says "the sub-workflow {task} began" {
        /// The task that it is.
        task: u32,
    }

    /// What an earlier workflow did stands for the task, which is not run again.
    TaskReused = 316 "task_reused", by Decision, keeps Stream, ends Success,
        says "{task} is done already by an earlier workflow" {
        /// The task.
        task: u32,
    }

    /// The workflow, or a task of it, must have ended by now and has not: what is open of it fails, and what runs is stopped.
    DeadlinePassed = 317 "deadline_passed", by Decision, keeps Stream, ends Failure, says "the deadline passed" {
        /// The task; none for the workflow as a whole.
        of: Option<u32>,
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
        /// A budget, of which less is left than the task could need.
        Budget = 4,
        /// A budget, all of which is less than the task could need: it starts when the budget is raised or removed.
        BudgetTooSmall = 5,
    }
}

tagged! {
    /// Why a task is left out.
    LeftOut {
        /// Its condition does not hold.
        Condition = 1,
        /// A dependency did not end as its edge wants.
        Edge = 2,
        /// All that it depends on was left out.
        Branch = 3,
        /// The sub-workflow that it is a part of was left out.
        Group = 4,
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

impl Lowers<Self> for RetryScheduled {
    fn fits(&self) -> bool {
        self.ending.is_of_version_2()
    }

    fn lower(&self) -> Self {
        self.clone()
    }
}
