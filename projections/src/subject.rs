//! Which task an event is about.

use triad_event::{Event, dag, execution};

/// The task that an event names; none when it is about its workflow, or about something else altogether.
pub(crate) fn task(event: &Event) -> Option<u32> {
    match event {
        Event::Dag(event) => task_of_dag(event),
        Event::Execution(event) => Some(task_of_execution(event)),
        Event::Log(_) | Event::Governance(_) | Event::Intake(_) | Event::Subjects(_) => None,
    }
}

fn task_of_dag(event: &dag::Event) -> Option<u32> {
    match event {
        dag::Event::TaskQueued(event) => Some(event.task),
        dag::Event::TaskCompleted(event) => Some(event.task),
        dag::Event::TaskFailed(event) => Some(event.task),
        dag::Event::TaskSkipped(event) => Some(event.task),
        dag::Event::TaskCancelled(event) => Some(event.task),
        dag::Event::RetryScheduled(event) => Some(event.task),
        dag::Event::CancelRequested(_)
        | dag::Event::WorkflowPaused(_)
        | dag::Event::WorkflowResumed(_)
        | dag::Event::WorkflowCompleted(_)
        | dag::Event::WorkflowFailed(_)
        | dag::Event::WorkflowCancelled(_) => None,
    }
}

/// The task of an attempt.
pub(crate) fn task_of_execution(event: &execution::Event) -> u32 {
    match event {
        execution::Event::AttemptRequested(event) => event.task,
        execution::Event::AttemptEnded(event) => event.task,
        execution::Event::AttemptProgressed(event) => event.task,
        execution::Event::AttemptCancelRequested(event) => event.task,
        execution::Event::AttemptStalled(event) => event.task,
        execution::Event::AttemptAbandoned(event) => event.task,
    }
}

/// The request by which an event names its attempt; none when it is the request.
pub(crate) fn request(event: &execution::Event) -> Option<u64> {
    match event {
        execution::Event::AttemptRequested(_) => None,
        execution::Event::AttemptEnded(event) => Some(event.request),
        execution::Event::AttemptProgressed(event) => Some(event.request),
        execution::Event::AttemptCancelRequested(event) => Some(event.request),
        execution::Event::AttemptStalled(event) => Some(event.request),
        execution::Event::AttemptAbandoned(event) => Some(event.request),
    }
}

/// Every task that an event names.
pub(crate) fn tasks(event: &Event) -> impl Iterator<Item = u32> + use<> {
    let because = match event {
        Event::Dag(dag::Event::TaskSkipped(skipped)) => Some(skipped.because),
        Event::Dag(_)
        | Event::Execution(_)
        | Event::Log(_)
        | Event::Governance(_)
        | Event::Intake(_)
        | Event::Subjects(_) => None,
    };
    task(event).into_iter().chain(because)
}
