//! Events in words, as a person reads them in the timeline of a workflow.

use triad_event::dag::{QueueReason, Tally};
use triad_event::execution::{AttemptEnded, CancelReason, Ending};
use triad_event::quantity::Micros;
use triad_event::{Event, dag, execution, intake};

use super::Entry;

/// One entry as a sentence without a full stop. `name` says how a task is called.
pub(super) fn sentence(entry: &Entry, name: &impl Fn(u32) -> String) -> String {
    match &entry.event {
        Event::Intake(event) => of_intake(event),
        Event::Dag(event) => of_dag(event, entry.at, name),
        Event::Execution(event) => of_execution(event, name),
        Event::Log(_) | Event::Governance(_) | Event::Subjects(_) => entry.event.kind().name().to_owned(),
    }
}

fn of_intake(event: &intake::Event) -> String {
    match event {
        intake::Event::ChunkStaged(staged) => {
            format!("a part of the definition came in, from task number {} on", staged.first_task)
        }
        intake::Event::WorkflowSubmitted(submitted) => format!("{:?} was submitted", submitted.name),
        intake::Event::WorkflowAccepted(accepted) => {
            let dependencies = counted(accepted.dependencies, "dependency", "dependencies");
            format!("accepted with {} and {dependencies}", counted(accepted.tasks, "task", "tasks"))
        }
        intake::Event::UploadExpired(expired) => {
            let tasks = counted(expired.staged_tasks, "task", "tasks");
            format!("the upload was not finished in time and is forgotten, with {tasks}")
        }
    }
}

fn of_dag(event: &dag::Event, at: Micros, name: &impl Fn(u32) -> String) -> String {
    match event {
        dag::Event::TaskQueued(event) => format!("{} waits for {}", name(event.task), awaited(event.reason)),
        dag::Event::TaskCompleted(event) => {
            format!("{} completed after {}", name(event.task), attempts(event.attempts))
        }
        dag::Event::TaskFailed(event) => {
            format!("{} failed after {}: {}", name(event.task), attempts(event.attempts), ended(event.ending))
        }
        dag::Event::TaskSkipped(event) => {
            format!("{} was skipped because of {}", name(event.task), name(event.because))
        }
        dag::Event::TaskCancelled(event) => format!("{} was cancelled", name(event.task)),
        dag::Event::RetryScheduled(event) => format!(
            "{} {}; attempt {} follows in {}",
            name(event.task),
            ended(event.ending),
            event.attempt,
            span(Micros(event.at.0.saturating_sub(at.0)))
        ),
        dag::Event::CancelRequested(event) => because("asked to stop", &event.reason),
        dag::Event::WorkflowPaused(event) => because("paused", &event.reason),
        dag::Event::WorkflowResumed(event) => because("resumed", &event.reason),
        dag::Event::WorkflowCompleted(event) => format!("completed: {}", told(&event.tally)),
        dag::Event::WorkflowFailed(event) => format!("failed: {}", told(&event.tally)),
        dag::Event::WorkflowCancelled(event) => format!("cancelled: {}", told(&event.tally)),
    }
}

fn of_execution(event: &execution::Event, name: &impl Fn(u32) -> String) -> String {
    match event {
        execution::Event::AttemptRequested(event) => {
            format!("attempt {} of {} started", event.attempt, name(event.task))
        }
        execution::Event::AttemptEnded(event) => end(event, &name(event.task)),
        execution::Event::AttemptProgressed(event) => {
            format!("{} is alive and has written {}", name(event.task), event.output)
        }
        execution::Event::AttemptCancelRequested(event) => {
            format!("{} was asked to stop because {}", name(event.task), why(event.reason))
        }
        execution::Event::AttemptStalled(event) => format!("{} has been silent for long", name(event.task)),
        execution::Event::AttemptAbandoned(event) => {
            format!("{} did not stop in time and was given up", name(event.task))
        }
    }
}

fn end(event: &AttemptEnded, task: &str) -> String {
    let how = match (event.exit_code, event.signal) {
        (Some(code), _) => format!(" with code {code}"),
        (None, Some(signal)) => format!(" by signal {signal}"),
        (None, None) => String::new(),
    };
    format!("{task} {}{how} after {}", ended(event.ending), span(event.duration))
}

fn awaited(reason: QueueReason) -> &'static str {
    match reason {
        QueueReason::Capacity => "a free place",
        QueueReason::WorkflowPaused => "its workflow to be resumed",
        QueueReason::EnginePaused => "the engine to be resumed",
    }
}

fn ended(ending: Ending) -> &'static str {
    match ending {
        Ending::Succeeded => "succeeded",
        Ending::Exited => "exited",
        Ending::Signalled => "was killed",
        Ending::TimedOut => "timed out",
        Ending::Cancelled => "was stopped",
        Ending::NotStarted => "could not be started",
        Ending::Lost => "was lost",
        Ending::OutOfMemory => "ran out of memory",
        Ending::InputUnavailable => "could not get its input",
    }
}

fn why(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::WorkflowCancelled => "its workflow is cancelled",
        CancelReason::TimedOut => "its time is over",
    }
}

fn attempts(number: u32) -> String {
    counted(number, "attempt", "attempts")
}

fn counted(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn because(what: &str, reason: &str) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") }
}

fn told(tally: &Tally) -> String {
    let parts = [
        (tally.completed, "completed"),
        (tally.failed, "failed"),
        (tally.skipped, "skipped"),
        (tally.cancelled, "cancelled"),
    ];
    let told = parts.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, what)| format!("{number} {what}")).collect();
    if told.is_empty() { "no tasks".to_owned() } else { told.join(", ") }
}

/// In the largest unit that leaves at least one whole.
fn span(span: Micros) -> String {
    match span.0 {
        ..1_000 => format!("{} us", span.0),
        1_000..1_000_000 => format!("{} ms", span.0 / 1_000),
        1_000_000.. => format!("{}.{:03} s", span.0 / 1_000_000, span.0 / 1_000 % 1_000),
    }
}
