//! Workflows, tasks, attempts and timelines as JSON.

mod deferral;
pub(in crate::resource) mod healing;
mod pacing;
mod summary;

pub(in crate::resource) use summary::WorkflowSummary;

use crate::clock;
use crate::output::hex;
use crate::resource::ledger::wire::Account;
use crate::wire::content::{Captured, Content, Found};
use crate::wire::held::Held;
use crate::wire::moment::Moment;
use crate::wire::words::{Word, Words, words};
use deferral::Deferral;
use healing::{Diagnosis, Healing, Verification};
use pacing::Pacing;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use triad_event::dag::{LeftOut, QueueReason, TaskPhase, WorkflowPhase};
use triad_event::evaluation::Verdict;
use triad_event::execution::{CancelReason, Ending, Phase};
use triad_event::ids::WorkflowId;
use triad_event::intake::{Priority, TaskKind};
use triad_projections::{attempt_history, run_graph, timeline};

words! {
    WorkflowPhase as WorkflowStatus:
    Staging = "STAGING",
    Submitted = "PENDING",
    Running = "RUNNING",
    Paused = "PAUSED",
    Cancelling = "CANCELLING",
    Completed = "COMPLETED",
    Failed = "FAILED",
    Cancelled = "CANCELLED",
    Expired = "EXPIRED",
    Closed = "CLOSED",
}

words! {
    TaskPhase as TaskStatus:
    Pending = "PENDING",
    Queued | Evaluating | Evaluated | Released = "READY",
    Running | Settling | Awaiting | Spread | Proposed = "RUNNING",
    Held = "PAUSED",
    Waiting | Deferred = "DEFERRED",
    Completed = "COMPLETED",
    Failed = "FAILED",
    Skipped = "SKIPPED",
    Cancelled = "CANCELLED",
}

words! {
    QueueReason as WaitsFor:
    Capacity = "CAPACITY",
    WorkflowPaused = "WORKFLOW_RESUMED",
    EnginePaused = "ENGINE_RESUMED",
    Budget = "BUDGET",
    BudgetTooSmall = "BUDGET_TOO_SMALL",
}

words! {
    Phase as AttemptStatus:
    Running = "RUNNING",
    Stopping = "STOPPING",
    Ended = "ENDED",
    Abandoned = "ABANDONED",
    Lost = "LOST",
}

words! {
    CancelReason as StopReason:
    WorkflowCancelled = "WORKFLOW_CANCELLED",
    TimedOut = "TIMED_OUT",
    DeadlinePassed = "DEADLINE_PASSED",
}

words! {
    LeftOut as LeftOut:
    Condition = "CONDITION",
    Edge = "EDGE",
    Branch = "BRANCH",
    Group = "GROUP",
}

words! {
    Verdict as Verdict:
    Holds = "HOLDS",
    DoesNotHold = "DOES_NOT_HOLD",
    List = "LIST",
    Missing = "MISSING",
    NoValue = "NO_VALUE",
    TooMuch = "TOO_MUCH",
    Unavailable = "UNAVAILABLE",
}

words! {
    Ending as Ending:
    Succeeded = "SUCCEEDED",
    Exited = "EXITED",
    Signalled = "SIGNALLED",
    TimedOut = "TIMED_OUT",
    Cancelled = "CANCELLED",
    NotStarted = "NOT_STARTED",
    Lost = "LOST",
    OutOfMemory = "OUT_OF_MEMORY",
    InputUnavailable = "INPUT_UNAVAILABLE",
    Declined = "DECLINED",
    InputUnusable = "INPUT_UNUSABLE",
    PartFailed = "PART_FAILED",
    NotEvaluated = "NOT_EVALUATED",
    DeadlinePassed = "DEADLINE_PASSED",
    Unverified = "UNVERIFIED",
    Held = "HELD",
}

/// The ends of an attempt after which a task may be tried again.
pub(crate) const RETRIED: &[Ending] = &[
    Ending::Exited,
    Ending::Signalled,
    Ending::TimedOut,
    Ending::NotStarted,
    Ending::Lost,
    Ending::OutOfMemory,
    Ending::InputUnavailable,
    Ending::Unverified,
];

/// The phase with a name, however it is capitalised.
pub(super) fn phase_named(name: &str) -> Result<WorkflowPhase, String> {
    let mut phases = WorkflowPhase::ALL.iter().copied();
    let found = phases.find(|phase| phase.word().eq_ignore_ascii_case(name));
    let names = || <WorkflowPhase as Words>::ALL.join(", ");
    found.ok_or_else(|| format!("status is one of {}", names()))
}

/// What a submission led to.
#[derive(Serialize, JsonSchema)]
pub(super) struct Submitted {
    pub(super) workflow_id: String,
    pub(super) status: Word<WorkflowPhase>,
    /// The sequence at which it is recorded.
    pub(super) sequence: u64,
    /// Where it is shown.
    pub(super) url: String,
    /// Where its events are streamed.
    pub(super) stream_url: String,
    /// Where it is cancelled.
    pub(super) cancel_url: String,
}

/// Where a workflow is shown.
pub(super) fn url(workflow: WorkflowId) -> String {
    format!("/v1/workflows/{workflow}")
}

/// Where its events are streamed.
pub(super) fn stream_url(workflow: WorkflowId) -> String {
    format!("{}/events", url(workflow))
}

/// Where it is cancelled.
pub(super) fn cancel_url(workflow: WorkflowId) -> String {
    format!("{}/cancel", url(workflow))
}

/// Some tasks of a workflow, written out one by one: a hundred thousand make no tree in memory first.
pub(super) struct Tasks<'a> {
    pub(super) graph: &'a run_graph::RunGraph,
    pub(super) from: u32,
    pub(super) limit: usize,
}

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let numbers = self.from..self.from.saturating_add(u32::try_from(self.limit).unwrap_or(u32::MAX));
        let tasks = numbers.map_while(|number| Some(Task::of(self.graph, number, self.graph.task(number)?)));
        serializer.collect_seq(tasks)
    }
}

/// Every dependency as the numbers of two tasks: the one that comes first, the one that waits for it.
pub(super) struct Edges<'a>(pub(super) &'a run_graph::RunGraph);

impl Serialize for Edges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.edges())
    }
}

/// A task of a workflow.
#[derive(Serialize, JsonSchema)]
pub(super) struct Task<'a> {
    /// Its place in the definition, from 0.
    number: u32,
    id: &'a str,
    name: &'a str,
    /// What people call it; what it does, when they did not.
    #[serde(rename = "type")]
    category: &'a str,
    /// What performing it means.
    kind: Word<TaskKind>,
    status: Word<TaskPhase>,
    dependencies: Vec<&'a str>,
    /// How many were requested.
    attempts: u32,
    /// How many it has in all.
    attempts_max: u32,
    last_ending: Option<Word<Ending>>,
    /// Why it does not go on: for which place, for whose end, or for time, a signal or people.
    waits_for: Option<&'static str>,
    /// The name of the signal that it waits for.
    signal: Option<&'a str>,
    /// When its wait ends by itself.
    due: Option<String>,
    retry_at: Option<String>,
    skipped_because: Option<&'a str>,
    /// Why it was left out, which is no failure: its condition, an edge, a whole branch, or its sub-workflow.
    left_out: Option<Word<LeftOut>>,
    /// The task that it is a part of: a sub-workflow, or one that is run for each entry of a list.
    part_of: Option<&'a str>,
    /// How many parts it has, once they are known.
    parts: Option<u32>,
    /// What its condition and its list came to, once they were evaluated.
    verdict: Option<Word<Verdict>>,
    /// Why they could not be evaluated.
    detail: Option<&'a str>,
    /// Digest of what came of them.
    value_digest: Option<String>,
    priority: Option<Word<Priority>>,
    /// What was decided of it by what electricity costs, if something was.
    deferral: Option<Deferral>,
    /// When its run stood still and why, of one that may be suspended.
    pacing: Option<Pacing>,
    /// What was found of its last attempt, and what was done about its failures; none of most.
    healing: Option<Healing>,
    /// Why its step was held for review, if it was.
    held: Option<Held>,
    /// The earlier workflow whose work stands for it.
    reused_from: Option<String>,
    /// How much energy an attempt of it is thought to take, in thousandths of a watt hour; none when nobody said.
    estimate_mwh: Option<u64>,
    /// What its attempts used; none before one is charged.
    account: Option<Account>,
    started: Option<Moment>,
    ended: Option<Moment>,
}

impl<'a> Task<'a> {
    fn of(graph: &'a run_graph::RunGraph, number: u32, task: &'a run_graph::Task) -> Self {
        let id = |number: &u32| graph.task(*number).map_or("", |task| &*task.id);
        let course = task.course.as_deref();
        Self {
            number,
            id: &task.id,
            name: &task.name,
            category: if task.category.is_empty() { task.kind.word() } else { &task.category },
            kind: Word(task.kind),
            // Before its workflow is accepted it has none.
            status: Word(task.phase.unwrap_or(TaskPhase::Pending)),
            dependencies: task.dependencies.iter().map(id).collect(),
            attempts: task.attempts,
            attempts_max: task.attempts_max,
            last_ending: task.last_ending.map(Word),
            waits_for: waits_for(task),
            signal: task.gate.as_ref().and_then(|gate| gate.signal.as_deref()),
            due: task.gate.as_ref().and_then(|gate| gate.due).map(|due| clock::show(due.0)),
            retry_at: task.retry_at.map(|at| clock::show(at.0)),
            skipped_because: task.skipped_because.as_ref().map(id),
            left_out: course.and_then(|course| course.left_out).map(Word),
            part_of: task.part_of.as_ref().map(id),
            parts: course.filter(|course| course.first_part.is_some()).map(|course| course.parts),
            verdict: course.and_then(|course| course.verdict).map(Word),
            detail: course.map(|course| &*course.detail).filter(|detail| !detail.is_empty()),
            value_digest: course.and_then(|course| course.digest).map(|digest| hex(&digest)),
            priority: course.and_then(|course| course.priority).map(Word),
            deferral: course.and_then(|course| course.deferral.as_deref()).map(Deferral::of),
            pacing: course.and_then(|course| course.pacing.as_deref()).map(Pacing::of),
            healing: course.and_then(|course| course.healing.as_deref()).map(Healing::of),
            held: task.gate.as_deref().and_then(|gate| gate.held.as_deref()).map(Held::of),
            reused_from: course
                .and_then(|course| course.reused.as_ref())
                .map(|reused| reused.workflow.to_string()),
            estimate_mwh: task.estimate.map(|estimate| estimate.0),
            account: task.account.as_deref().map(Account::of),
            started: task.started.map(Moment::from),
            ended: task.ended.map(Moment::from),
        }
    }
}

fn is_suspended(task: &run_graph::Task) -> bool {
    let pacing = task.course.as_deref().and_then(|course| course.pacing.as_deref());
    pacing.is_some_and(|pacing| pacing.is_suspended)
}

/// Why a task does not go on, as far as that is known.
fn waits_for(task: &run_graph::Task) -> Option<&'static str> {
    match (task.waits_for, task.gate.as_deref()) {
        (Some(reason), _) if task.phase == Some(TaskPhase::Queued) => Some(Word(reason).0.word()),
        _ if task.phase == Some(TaskPhase::Evaluating) => Some("EVALUATION"),
        _ if task.phase == Some(TaskPhase::Spread) => Some("PARTS"),
        _ if task.phase == Some(TaskPhase::Deferred) => Some("PRICE"),
        _ if task.phase == Some(TaskPhase::Proposed) => Some("FIX_APPROVAL"),
        _ if task.phase == Some(TaskPhase::Held) => Some("REVIEW"),
        _ if is_suspended(task) => Some("SUSPENSION"),
        (_, Some(gate)) if task.phase == Some(TaskPhase::Awaiting) => Some(match gate {
            run_graph::Gate { signal: Some(_), .. } => "SIGNAL",
            run_graph::Gate { needed: 1.., .. } => "APPROVAL",
            run_graph::Gate { .. } => "TIME",
        }),
        (_, _) => None,
    }
}

/// One line of a timeline.
#[derive(Serialize, JsonSchema)]
pub(super) struct Line {
    sequence: u64,
    time: String,
    /// The kind of the event.
    kind: &'static str,
    task: Option<u32>,
    task_id: Option<String>,
    /// What happened, in words.
    text: String,
}

impl From<timeline::Line> for Line {
    fn from(line: timeline::Line) -> Self {
        let (task, task_id) = line.task.unzip();
        Self {
            sequence: line.entry.sequence,
            time: clock::show(line.entry.at.0),
            kind: line.entry.event.kind().name(),
            task,
            task_id,
            text: line.text,
        }
    }
}

/// What was opened of the outputs of one attempt; nothing when nobody asked for it.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    pub(super) stdout: Option<Content>,
    pub(super) stderr: Option<Content>,
    /// What was found of it, in words.
    pub(super) said: Option<Content>,
}

/// One attempt of a task.
#[derive(Serialize, JsonSchema)]
pub(super) struct Attempt {
    /// From 1.
    number: u32,
    /// The sequence of its request, which is its name.
    request: u64,
    status: Word<Phase>,
    #[serde(rename = "type")]
    kind: Word<TaskKind>,
    /// The idempotency key that was handed to what was called.
    key: String,
    timeout_ms: Option<u64>,
    memory_max_bytes: Option<u64>,
    requested: Moment,
    stop: Option<Stop>,
    /// How often it was silent for too long.
    stalls: u32,
    heard_of: Option<HeardOf>,
    ended: Option<Moment>,
    /// None while it runs, and when it was given up or lost.
    outcome: Option<Outcome>,
    /// How often it was cut off with the server, when it is lost for that.
    cut_off: Option<u32>,
}

/// When an attempt was asked to stop, and why.
#[derive(Serialize, JsonSchema)]
struct Stop {
    asked: Moment,
    reason: Word<CancelReason>,
}

/// When an attempt was last heard of, and how much it had written by then.
#[derive(Serialize, JsonSchema)]
struct HeardOf {
    at: Moment,
    output_bytes: u64,
}

/// What came of an attempt.
#[derive(Serialize, JsonSchema)]
struct Outcome {
    ending: Word<Ending>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    duration_us: i64,
    /// How long processors were busy with all that it ran; none where that was not measured.
    processor_time_us: Option<i64>,
    /// Its share of what the processors of the machine counted meanwhile, in millionths of a joule.
    package_energy_uj: Option<u64>,
    stdout: Captured,
    stderr: Captured,
    /// What came of the verification of its output; none when nothing was to be verified.
    verified: Option<Verification>,
    /// Why it failed; none when it did not, or did not fail by itself.
    diagnosis: Option<Diagnosis>,
    /// What both say in words.
    said: Option<Found>,
}

impl Attempt {
    pub(super) fn of(attempt: &attempt_history::Attempt, outputs: Outputs) -> Self {
        let outcome = attempt.end.as_ref().and_then(|end| end.outcome.as_ref());
        let findings = outcome.and_then(|outcome| outcome.findings.as_deref());
        Self {
            number: attempt.number,
            request: attempt.requested.sequence,
            status: Word(attempt.phase),
            kind: Word(attempt.kind),
            key: attempt.key.to_string(),
            timeout_ms: attempt.timeout.map(|timeout| timeout.0),
            memory_max_bytes: attempt.memory_max.map(|memory| memory.0),
            requested: attempt.requested.into(),
            stop: attempt.stop.map(|(at, reason)| Stop { asked: at.into(), reason: Word(reason) }),
            stalls: attempt.stalls,
            heard_of: attempt
                .progress
                .map(|(at, written)| HeardOf { at: at.into(), output_bytes: written.0 }),
            ended: attempt.end.as_ref().map(|end| end.moment.into()),
            outcome: outcome.map(|outcome| Outcome {
                ending: Word(outcome.ending),
                exit_code: outcome.exit_code,
                signal: outcome.signal,
                duration_us: outcome.duration.0,
                processor_time_us: outcome.processor_time.map(|busy| busy.0),
                package_energy_uj: outcome.package_energy.map(|energy| energy.0),
                stdout: Captured::of(&outcome.stdout, outputs.stdout),
                stderr: Captured::of(&outcome.stderr, outputs.stderr),
                verified: findings.and_then(|found| found.verified.as_ref()).map(Verification::of),
                diagnosis: findings.and_then(|found| found.diagnosed.as_ref()).map(Diagnosis::of),
                said: findings
                    .and_then(|found| found.said.as_deref())
                    .map(|sealed| Found::of(sealed, outputs.said)),
            }),
            cut_off: attempt.end.as_ref().map(|end| end.cut_off).filter(|times| *times > 0),
        }
    }
}
