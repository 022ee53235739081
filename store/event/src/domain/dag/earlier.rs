//! Versions of payloads before those of today, and what of today they hold.

use super::{QueueReason, TaskFailed, TaskQueued};
use crate::domain::execution::Ending;
use crate::domain::intake::Priority;
use crate::event::Lowers;
use crate::shape::size_bytes;

structure! {
    /// A task that waits for a place, before some were more urgent than others.
    TaskQueuedV1 {
        /// The task.
        task: u32,
        /// What it waits for.
        reason: QueueReason,
    }
}

structure! {
    /// A task that waits for a place, before worth counted.
    TaskQueuedV2 {
        /// The task.
        task: u32,
        /// What it waits for.
        reason: QueueReason,
        /// How urgent it is.
        priority: Priority,
    }
}

impl From<TaskQueuedV1> for TaskQueued {
    fn from(earlier: TaskQueuedV1) -> Self {
        let TaskQueuedV1 { task, reason } = earlier;
        Self { task, reason, priority: Priority::Normal, value_lead: None }
    }
}

impl From<TaskQueuedV2> for TaskQueued {
    fn from(earlier: TaskQueuedV2) -> Self {
        let TaskQueuedV2 { task, reason, priority } = earlier;
        Self { task, reason, priority, value_lead: None }
    }
}

impl Lowers<TaskQueuedV1> for TaskQueued {
    fn fits(&self) -> bool {
        self.priority == Priority::Normal && Lowers::<TaskQueuedV2>::fits(self)
    }

    fn lower(&self) -> TaskQueuedV1 {
        TaskQueuedV1 { task: self.task, reason: self.reason }
    }

    fn saved_bytes(&self) -> usize {
        size_bytes::<Self>() - size_bytes::<TaskQueuedV1>()
    }
}

impl Lowers<TaskQueuedV2> for TaskQueued {
    fn fits(&self) -> bool {
        // The reasons of version 2.
        self.value_lead.is_none() && self.reason <= QueueReason::EnginePaused
    }

    fn lower(&self) -> TaskQueuedV2 {
        TaskQueuedV2 { task: self.task, reason: self.reason, priority: self.priority }
    }

    fn saved_bytes(&self) -> usize {
        size_bytes::<Self>() - size_bytes::<TaskQueuedV2>()
    }
}

structure! {
    /// A task that failed, before outputs were verified.
    TaskFailedV2 {
        /// The task.
        task: u32,
        /// How many attempts it had.
        attempts: u32,
        /// How the last one ended.
        ending: Ending,
    }
}

impl From<TaskFailedV2> for TaskFailed {
    fn from(earlier: TaskFailedV2) -> Self {
        let TaskFailedV2 { task, attempts, ending } = earlier;
        Self { task, attempts, ending }
    }
}

impl Lowers<TaskFailedV2> for TaskFailed {
    fn fits(&self) -> bool {
        self.ending.is_of_version_2()
    }

    fn lower(&self) -> TaskFailedV2 {
        let Self { task, attempts, ending } = *self;
        TaskFailedV2 { task, attempts, ending }
    }
}
