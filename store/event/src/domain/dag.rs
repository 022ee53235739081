//! The one lifecycle of tasks and of the workflow that they make up.

mod phase;

pub use phase::{TaskPhase, WorkflowPhase};

use super::execution::Ending;
use crate::quantity::Micros;

events! {
    /// The one lifecycle of tasks and of the workflow that they make up. Tasks are named by their position in
    /// the definition; the workflow is the stream of the record.
    dag;

    /// All that the task depends on is completed, or its retry is due, and it waits. Not recorded when an
    /// attempt is requested at once.
    TaskQueued is DagTaskQueued, by Decision, keeps Stream {
        /// The task.
        task: u32,
        /// What it waits for.
        reason: QueueReason,
    }

    /// The task ended as intended. What depends on it may go on.
    TaskCompleted is DagTaskCompleted, by Decision, keeps Stream {
        /// The task.
        task: u32,
        /// How many attempts it took.
        attempts: u32,
    }

    /// The task failed for good. What depends on it will be skipped.
    TaskFailed is DagTaskFailed, by Decision, keeps Stream {
        /// The task.
        task: u32,
        /// How many attempts it had.
        attempts: u32,
        /// How the last one ended.
        ending: Ending,
    }

    /// The task will never run, because one that it depends on failed, was cancelled, or was skipped.
    TaskSkipped is DagTaskSkipped, by Decision, keeps Stream {
        /// The task.
        task: u32,
        /// The dependency because of which.
        because: u32,
    }

    /// The task was stopped by the cancellation of its workflow.
    TaskCancelled is DagTaskCancelled, by Decision, keeps Stream {
        /// The task.
        task: u32,
    }

    /// An attempt failed and another one will be made. The delay is already drawn.
    RetryScheduled is DagRetryScheduled, by Decision, keeps Stream {
        /// The task.
        task: u32,
        /// The number of the attempt to come, from 1.
        attempt: u32,
        /// How the last one ended.
        ending: Ending,
        /// When the next is due.
        at: Micros,
    }

    /// Somebody asked that the workflow be stopped. It ends as cancelled when nothing of it runs any more.
    CancelRequested is DagCancelRequested, by Input, keeps Stream {
        /// Why.
        reason: String,
    }

    /// No attempt of the workflow starts until it is resumed; those that run go on.
    WorkflowPaused is DagWorkflowPaused, by Input, keeps Stream {
        /// Why.
        reason: String,
    }

    /// Attempts of the workflow start again.
    WorkflowResumed is DagWorkflowResumed, by Input, keeps Stream {
        /// Why.
        reason: String,
    }

    /// Every task is completed. The stream is closed.
    WorkflowCompleted is DagWorkflowCompleted, by Decision, keeps Stream {
        /// How its tasks ended.
        tally: Tally,
    }

    /// Every task has ended and at least one failed. The stream is closed.
    WorkflowFailed is DagWorkflowFailed, by Decision, keeps Stream {
        /// How its tasks ended.
        tally: Tally,
    }

    /// Every task has ended after the workflow was asked to stop. The stream is closed.
    WorkflowCancelled is DagWorkflowCancelled, by Decision, keeps Stream {
        /// How its tasks ended.
        tally: Tally,
    }
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
