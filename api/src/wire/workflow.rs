//! Workflows, tasks, attempts and timelines as JSON.

use super::content::{Content, output, sealed};
use crate::clock;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use triad_event::dag::{QueueReason, TaskPhase, WorkflowPhase};
use triad_event::execution::{CancelReason, Captured, Ending, Phase};
use triad_event::intake::TaskKind;
use triad_projections::Moment;
use triad_projections::attempt_history::{Attempt, Outcome};
use triad_projections::run_graph::{RunGraph, Task};
use triad_projections::run_list::Summary;
use triad_projections::timeline::Line;

/// The names of the phases of a workflow, as filters take them and answers give them.
const STATUSES: [(WorkflowPhase, &str); 9] = [
    (WorkflowPhase::Staging, "STAGING"),
    (WorkflowPhase::Submitted, "PENDING"),
    (WorkflowPhase::Running, "RUNNING"),
    (WorkflowPhase::Paused, "PAUSED"),
    (WorkflowPhase::Cancelling, "CANCELLING"),
    (WorkflowPhase::Completed, "COMPLETED"),
    (WorkflowPhase::Failed, "FAILED"),
    (WorkflowPhase::Cancelled, "CANCELLED"),
    (WorkflowPhase::Expired, "EXPIRED"),
];

/// The name of a phase.
pub(crate) fn status(phase: WorkflowPhase) -> &'static str {
    STATUSES.iter().find(|(known, _)| *known == phase).map_or("UNKNOWN", |(_, name)| name)
}

/// The phase with a name, however it is capitalised.
pub(crate) fn phase_named(name: &str) -> Result<WorkflowPhase, String> {
    let found = STATUSES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    let names = || STATUSES.map(|(_, name)| name).join(", ");
    found.map(|(phase, _)| *phase).ok_or_else(|| format!("status is one of {}", names()))
}

/// The name of a task's phase. Before its workflow is accepted it has none.
fn task_status(phase: Option<TaskPhase>) -> &'static str {
    match phase {
        None | Some(TaskPhase::Pending) => "PENDING",
        Some(TaskPhase::Queued) => "READY",
        Some(TaskPhase::Running | TaskPhase::Settling) => "RUNNING",
        Some(TaskPhase::Waiting) => "DEFERRED",
        Some(TaskPhase::Completed) => "COMPLETED",
        Some(TaskPhase::Failed) => "FAILED",
        Some(TaskPhase::Skipped) => "SKIPPED",
        Some(TaskPhase::Cancelled) => "CANCELLED",
    }
}

/// A workflow at a glance.
pub(crate) fn summary(summary: &Summary) -> Value {
    let count = |phase| summary.counts.of(phase);
    let elapsed_ms =
        summary.ended.and_then(|ended| ended.at.minus(summary.began.at)).map(|span| span.0 / 1000);
    json!({
        "workflow_id": summary.id.to_string(),
        "name": summary.name,
        "data_subject": summary.subject.map(|subject| subject.to_string()),
        "status": status(summary.phase),
        "task_count": summary.tasks,
        "dependency_count": summary.dependencies,
        "counts": {
            "pending": count(TaskPhase::Pending),
            "ready": count(TaskPhase::Queued),
            "running": count(TaskPhase::Running) + count(TaskPhase::Settling),
            "deferred": count(TaskPhase::Waiting),
            "completed": count(TaskPhase::Completed),
            "failed": count(TaskPhase::Failed),
            "skipped": count(TaskPhase::Skipped),
            "cancelled": count(TaskPhase::Cancelled),
        },
        "attempts": summary.attempts,
        "digest": summary.digest.map(|digest| crate::output::hex(&digest)),
        "began": moment(summary.began),
        "accepted": summary.accepted.map(moment),
        "ended": summary.ended.map(moment),
        "elapsed_ms": elapsed_ms,
        "last": moment(summary.last),
        "records": summary.records,
        "stands_still_since": summary.fault,
        "stream_url": format!("/v1/workflows/{}/events", summary.id),
        "cancel_url": format!("/v1/workflows/{}/cancel", summary.id),
    })
}

pub(super) fn moment(moment: Moment) -> Value {
    json!({ "sequence": moment.sequence, "time": clock::show(moment.at.0) })
}

/// Some tasks of a workflow, written out one by one: a hundred thousand make no tree in memory first.
pub(crate) struct Tasks<'a> {
    pub(crate) graph: &'a RunGraph,
    pub(crate) from: u32,
    pub(crate) limit: usize,
}

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let numbers = self.from..self.from.saturating_add(u32::try_from(self.limit).unwrap_or(u32::MAX));
        let tasks =
            numbers.map_while(|number| Some(TaskDocument::of(self.graph, number, self.graph.task(number)?)));
        serializer.collect_seq(tasks)
    }
}

/// Every dependency as the numbers of two tasks: the one that comes first, the one that waits for it.
pub(crate) struct Edges<'a>(pub(crate) &'a RunGraph);

impl Serialize for Edges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.edges())
    }
}

#[derive(Serialize)]
struct TaskDocument<'a> {
    number: u32,
    id: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    dependencies: Vec<&'a str>,
    attempts: u32,
    attempts_max: u32,
    last_ending: Option<&'static str>,
    waits_for: Option<&'static str>,
    retry_at: Option<String>,
    skipped_because: Option<&'a str>,
    started: Option<Value>,
    ended: Option<Value>,
}

impl<'a> TaskDocument<'a> {
    fn of(graph: &'a RunGraph, number: u32, task: &'a Task) -> Self {
        let id = |number: &u32| graph.task(*number).map_or("", |task| &*task.id);
        Self {
            number,
            id: &task.id,
            name: &task.name,
            kind: kind(task.kind),
            status: task_status(task.phase),
            dependencies: task.dependencies.iter().map(id).collect(),
            attempts: task.attempts,
            attempts_max: task.attempts_max,
            last_ending: task.last_ending.map(ending),
            waits_for: task.waits_for.map(waits_for),
            retry_at: task.retry_at.map(|at| clock::show(at.0)),
            skipped_because: task.skipped_because.as_ref().map(id),
            started: task.started.map(moment),
            ended: task.ended.map(moment),
        }
    }
}

/// One line of a timeline.
pub(crate) fn line(line: &Line) -> Value {
    json!({
        "sequence": line.entry.sequence,
        "time": clock::show(line.entry.at.0),
        "kind": line.entry.event.kind().name(),
        "task": line.task.as_ref().map(|(number, _)| number),
        "task_id": line.task.as_ref().map(|(_, id)| id),
        "text": line.text,
    })
}

/// What was opened of the outputs of one attempt; nothing when nobody asked for it.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) stdout: Option<Content>,
    pub(crate) stderr: Option<Content>,
}

/// One attempt of a task.
pub(crate) fn attempt(attempt: &Attempt, outputs: &Outputs) -> Value {
    let outcome = attempt.end.as_ref().and_then(|end| end.outcome.as_ref());
    json!({
        "number": attempt.number,
        "request": attempt.requested.sequence,
        "status": attempt_status(attempt.phase),
        "type": kind(attempt.kind),
        "key": attempt.key.to_string(),
        "timeout_ms": attempt.timeout.map(|timeout| timeout.0),
        "memory_max_bytes": attempt.memory_max.map(|memory| memory.0),
        "requested": moment(attempt.requested),
        "stop": attempt.stop.map(|(at, reason)| json!({ "asked": moment(at), "reason": cancel_reason(reason) })),
        "stalls": attempt.stalls,
        "heard_of": attempt.progress.map(|(at, written)| json!({ "at": moment(at), "output_bytes": written.0 })),
        "ended": attempt.end.as_ref().map(|end| moment(end.moment)),
        "outcome": outcome.map(|outcome| outcome_document(outcome, outputs)),
    })
}

fn outcome_document(outcome: &Outcome, outputs: &Outputs) -> Value {
    json!({
        "ending": ending(outcome.ending),
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "duration_us": outcome.duration.0,
        "stdout": captured(&outcome.stdout, outputs.stdout.as_ref()),
        "stderr": captured(&outcome.stderr, outputs.stderr.as_ref()),
    })
}

fn captured(captured: &Captured, content: Option<&Content>) -> Value {
    let mut document = json!({ "kept": captured.kept.as_ref().map(sealed), "total_bytes": captured.total.0 });
    if let (Some(members), Some(content)) = (document.as_object_mut(), content) {
        members.extend(output(content));
    }
    document
}

fn kind(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Noop => "NOOP",
        TaskKind::Process => "PROCESS",
    }
}

fn waits_for(reason: QueueReason) -> &'static str {
    match reason {
        QueueReason::Capacity => "CAPACITY",
        QueueReason::WorkflowPaused => "WORKFLOW_RESUMED",
        QueueReason::EnginePaused => "ENGINE_RESUMED",
    }
}

fn attempt_status(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "RUNNING",
        Phase::Stopping => "STOPPING",
        Phase::Ended => "ENDED",
        Phase::Abandoned => "ABANDONED",
    }
}

fn cancel_reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::WorkflowCancelled => "WORKFLOW_CANCELLED",
        CancelReason::TimedOut => "TIMED_OUT",
    }
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Succeeded => "SUCCEEDED",
        Ending::Exited => "EXITED",
        Ending::Signalled => "SIGNALLED",
        Ending::TimedOut => "TIMED_OUT",
        Ending::Cancelled => "CANCELLED",
        Ending::NotStarted => "NOT_STARTED",
        Ending::Lost => "LOST",
        Ending::OutOfMemory => "OUT_OF_MEMORY",
        Ending::InputUnavailable => "INPUT_UNAVAILABLE",
    }
}
