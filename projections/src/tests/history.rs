//! Histories in past-tense words: each word appends the record that says so.

use std::collections::BTreeMap;

use triad_event::dag::{self, QueueReason, Tally};
use triad_event::execution::{self, CancelReason, Captured, Ending};
use triad_event::gates::{self, Closing, Wants};
use triad_event::governance::{self, Setting};
use triad_event::ids::{AttemptKey, BootId, DataSubjectId, LogId, NodeId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{
    self, ApprovalGate, Label, Priority, TaskDefinition, TaskFlow, TaskKind, WorkflowTerms,
};
use triad_event::log::{self, KeyProtection, Place};
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::sealed::ContentClass;
use triad_event::subjects::{self, Obstacle, Standing, Subject};
use triad_event::{Event, Recorded, Sealed, moderation};

/// The log of all histories.
pub(super) const LOG: LogId = LogId([9; 16]);

/// The workflow with that number.
pub(super) fn id(workflow: u8) -> WorkflowId {
    WorkflowId([workflow; 16])
}

/// A log as it grows.
#[derive(Default)]
pub(super) struct History {
    pub(super) records: Vec<Recorded<Event>>,
    ordinals: BTreeMap<StreamId, u64>,
    told: BTreeMap<u8, Told>,
    group: u64,
}

/// What was told of a workflow, so that later words need not repeat it.
#[derive(Default)]
struct Told {
    tasks: u32,
    dependencies: u32,
    attempts: BTreeMap<u32, u32>,
    requests: BTreeMap<u32, u64>,
    tally: [u32; 4],
}

/// What the vault gave for content of that length.
pub(super) fn sealed(address: u8, length: u64) -> Sealed {
    Sealed { address: [address; 32], commitment: [0xc0; 32], length: Bytes(length) }
}

/// Workflows are data subjects by themselves.
pub(super) fn subject(workflow: u8) -> Subject {
    Subject::of(id(workflow), workflow.into(), 0)
}

/// A no-op task.
pub(super) fn noop(id: &str, dependencies: &[u32]) -> TaskDefinition {
    TaskDefinition { dependencies: dependencies.to_vec(), ..TaskDefinition::new(id, TaskKind::Noop) }
}

/// A task that runs a program, with so many attempts.
pub(super) fn process(id: &str, dependencies: &[u32], attempts_max: u32) -> TaskDefinition {
    let mut task =
        TaskDefinition { kind: TaskKind::Process, input: Some(sealed(1, 64)), ..noop(id, dependencies) };
    task.options.attempts_max = attempts_max;
    task
}

/// A task that waits for approval.
pub(super) fn approval(id: &str, dependencies: &[u32]) -> TaskDefinition {
    let gate = ApprovalGate { roles: vec!["approver".to_owned()], needed: 2, expires: Some(Millis(60_000)) };
    let flow = TaskFlow { approval: Some(gate), ..TaskFlow::nothing() };
    TaskDefinition { kind: TaskKind::Approval, flow: Some(flow.into()), ..noop(id, dependencies) }
}

impl History {
    /// A log that an engine has begun to write.
    pub(super) fn begun() -> Self {
        let mut past = Self::default();
        past.governed(log::Created {
            log_id: LOG,
            node: NodeId([1; 16]),
            key_protection: KeyProtection::SoftwareFile,
            verifying_key: [2; 32],
            recovery_key: None,
            build_digest: [0; 32],
            place: Place { id: [0; 16], file_system: 0, inode: 0 },
        });
        past.governed(governance::SettingChanged {
            asked: governance::ChangeSetting {
                scope: String::new(),
                setting: Setting::AttemptsRunningMax,
                value: 256,
                reason: "initial".to_owned(),
            },
            previous: None,
        });
        past.started();
        past
    }

    /// Anything, in the log's own stream, as a group of its own.
    pub(super) fn governed(&mut self, event: impl Into<Event>) -> u64 {
        self.grouped();
        self.recorded(StreamId::LOG, event)
    }

    /// An engine began to write.
    pub(super) fn started(&mut self) {
        let started = governance::EngineStarted {
            build_digest: [3; 32],
            decide_version: 1,
            node: NodeId([1; 16]),
            boot: BootId([4; 16]),
            boottime: Micros(5),
        };
        self.governed(started);
    }

    /// Anything, as part of the group before.
    pub(super) fn recorded(&mut self, stream: StreamId, event: impl Into<Event>) -> u64 {
        let sequence = self.records.len() as u64;
        let ordinal = self.ordinals.entry(stream).or_default();
        self.records.push(Recorded {
            sequence,
            group: self.group,
            at: Micros(1_000_000 + sequence as i64 * 1_000),
            elapsed: Micros(sequence as i64 * 1_000),
            stream,
            ordinal: *ordinal,
            cause: self.group,
            principal: PrincipalId::ZERO,
            event: event.into(),
        });
        *ordinal += 1;
        sequence
    }

    fn grouped(&mut self) {
        self.group = self.records.len() as u64;
    }

    pub(super) fn said(&mut self, workflow: u8, event: impl Into<Event>) -> u64 {
        self.recorded(id(workflow).into(), event)
    }

    /// Part of a definition came in.
    pub(super) fn staged(&mut self, workflow: u8, tasks: Vec<TaskDefinition>) {
        self.grouped();
        let first_task = self.counted(workflow, &tasks);
        self.said(workflow, intake::ChunkStaged { first_task, subject: subject(workflow), tasks });
    }

    /// A definition, or the rest of one, was handed in and accepted.
    pub(super) fn accepted(&mut self, workflow: u8, name: &str, tasks: Vec<TaskDefinition>) {
        self.accepted_under(workflow, name, tasks, None);
    }

    /// The same, under an idempotency key.
    pub(super) fn accepted_under(
        &mut self,
        workflow: u8,
        name: &str,
        tasks: Vec<TaskDefinition>,
        idempotency_key: Option<[u8; 32]>,
    ) {
        self.accepted_with(workflow, name, tasks, idempotency_key, None);
    }

    /// The same, and more was said of it.
    pub(super) fn accepted_with(
        &mut self,
        workflow: u8,
        name: &str,
        tasks: Vec<TaskDefinition>,
        idempotency_key: Option<[u8; 32]>,
        terms: Option<WorkflowTerms>,
    ) {
        self.grouped();
        let staged_tasks = self.counted(workflow, &tasks);
        let digest = [workflow; 32];
        let submitted = intake::WorkflowSubmitted {
            asked: intake::Submission {
                name: name.to_owned(),
                idempotency_key,
                earlier: None,
                looked_up_through: 0,
                subject: subject(workflow),
                staged_tasks,
                tasks,
                content: [0; 32],
                owner: "acme".to_owned(),
                terms: terms.map(Into::into),
            },
            digest,
        };
        self.said(workflow, submitted);
        let told = &self.told[&workflow];
        let (tasks, dependencies) = (told.tasks, told.dependencies);
        self.said(workflow, intake::WorkflowAccepted { digest, tasks, dependencies });
    }

    /// Returns how many tasks there were before.
    fn counted(&mut self, workflow: u8, tasks: &[TaskDefinition]) -> u32 {
        let told = self.told.entry(workflow).or_default();
        let before = told.tasks;
        told.tasks += tasks.len() as u32;
        told.dependencies += tasks.iter().map(|task| task.dependencies.len() as u32).sum::<u32>();
        before
    }

    /// The upload was given up.
    pub(super) fn expired(&mut self, workflow: u8) {
        self.grouped();
        let staged_tasks = self.told[&workflow].tasks;
        self.said(workflow, intake::UploadExpired { staged_tasks });
    }

    /// A task begins to wait for approval.
    pub(super) fn gate_opened(&mut self, workflow: u8, task: u32) {
        let due = Some(Micros(self.records.len() as i64 * 1_000 + 60_000_000));
        self.said(workflow, gates::GateOpened { task, wants: Wants::Approval, signal: None, due });
    }

    /// Somebody approved a task, or declined it.
    pub(super) fn judged(&mut self, workflow: u8, task: u32, is_approval: bool) {
        self.grouped();
        let reason = "looked at it".to_owned();
        match is_approval {
            true => self.said(workflow, gates::ApprovalGiven { task, reason }),
            false => self.said(workflow, gates::ApprovalDeclined { task, reason }),
        };
    }

    /// A task waits no more.
    pub(super) fn gate_closed(&mut self, workflow: u8, task: u32, how: Closing) {
        self.said(workflow, gates::GateClosed { task, how, output: None });
    }

    /// A task waits.
    pub(super) fn queued(&mut self, workflow: u8, task: u32, reason: QueueReason) {
        self.said(workflow, dag::TaskQueued { task, reason, priority: Priority::Normal, value_lead: None });
    }

    /// An attempt was asked for. Returns its sequence.
    pub(super) fn requested(&mut self, workflow: u8, task: u32) -> u64 {
        let told = self.told.entry(workflow).or_default();
        let number = told.attempts.entry(task).or_default();
        *number += 1;
        let requested = execution::AttemptRequested {
            task,
            attempt: *number,
            kind: TaskKind::Process,
            key: AttemptKey([task as u8; 16]),
            timeout: Some(Millis(5_000)),
            memory_max: None,
            reserve: None,
            fixes: None,
        };
        let sequence = self.said(workflow, requested);
        self.told.entry(workflow).or_default().requests.insert(task, sequence);
        sequence
    }

    /// Rules of moderation are set, and removed again.
    pub(super) fn moderated(&mut self) {
        let (document, reason) = ("[[rule]]".to_owned(), "of the test".to_owned());
        self.governed(moderation::RulesSet { document, rules: 1, digest: [5; 32], reason: reason.clone() });
        self.governed(moderation::RulesRemoved { reason });
    }

    /// The newest attempt of a task ended, having printed so many bytes.
    pub(super) fn ended(&mut self, workflow: u8, task: u32, ending: Ending, stdout: u64) {
        self.grouped();
        let exit_code = match ending {
            Ending::Succeeded => Some(0),
            Ending::Exited => Some(3),
            Ending::Signalled
            | Ending::TimedOut
            | Ending::Cancelled
            | Ending::NotStarted
            | Ending::Lost
            | Ending::OutOfMemory
            | Ending::InputUnavailable
            | Ending::InputUnusable
            | Ending::Declined
            | Ending::PartFailed
            | Ending::NotEvaluated
            | Ending::DeadlinePassed
            | Ending::Unverified
            | Ending::Held => None,
        };
        let ended = execution::AttemptEnded {
            request: self.request(workflow, task),
            task,
            ending,
            exit_code,
            signal: None,
            duration: Micros(700),
            stdout: Captured {
                kept: (stdout > 0).then(|| sealed(task as u8, stdout).into()),
                total: Bytes(stdout),
            },
            stderr: Captured::NOTHING,
            used: None,
            findings: None,
        };
        self.said(workflow, ended);
    }

    pub(super) fn request(&self, workflow: u8, task: u32) -> u64 {
        self.told.get(&workflow).and_then(|told| told.requests.get(&task)).copied().unwrap_or(0)
    }

    /// The attempt showed that it is alive.
    pub(super) fn progressed(&mut self, workflow: u8, task: u32) {
        self.grouped();
        let request = self.request(workflow, task);
        self.said(workflow, execution::AttemptProgressed { request, task, output: Bytes(5) });
    }

    /// The attempt was silent for too long.
    pub(super) fn stalled(&mut self, workflow: u8, task: u32) {
        self.grouped();
        let request = self.request(workflow, task);
        self.said(workflow, execution::AttemptStalled { request, task, silent_since: Micros(5) });
    }

    /// The attempt was asked to stop.
    pub(super) fn stopped(&mut self, workflow: u8, task: u32, reason: CancelReason) {
        let request = self.request(workflow, task);
        self.said(workflow, execution::AttemptCancelRequested { request, task, reason });
    }

    /// The attempt was given up.
    pub(super) fn abandoned(&mut self, workflow: u8, task: u32, reason: CancelReason) {
        self.grouped();
        let request = self.request(workflow, task);
        self.said(workflow, execution::AttemptAbandoned { request, task, reason });
    }

    /// The attempt was cut off with its server too often.
    pub(super) fn lost(&mut self, workflow: u8, task: u32) {
        self.grouped();
        let request = self.request(workflow, task);
        self.said(workflow, execution::AttemptLost { request, task, cut_off: 5 });
    }

    /// The task completed.
    pub(super) fn completed(&mut self, workflow: u8, task: u32) {
        let attempts = self.tallied(workflow, task, 0);
        self.said(workflow, dag::TaskCompleted { task, attempts });
    }

    /// The task failed for good.
    pub(super) fn failed(&mut self, workflow: u8, task: u32, ending: Ending) {
        let attempts = self.tallied(workflow, task, 1);
        self.said(workflow, dag::TaskFailed { task, attempts, ending });
    }

    /// The task was skipped.
    pub(super) fn skipped(&mut self, workflow: u8, task: u32, because: u32) {
        self.tallied(workflow, task, 2);
        self.said(workflow, dag::TaskSkipped { task, because });
    }

    /// The task was cancelled.
    pub(super) fn cancelled(&mut self, workflow: u8, task: u32) {
        self.tallied(workflow, task, 3);
        self.said(workflow, dag::TaskCancelled { task });
    }

    fn tallied(&mut self, workflow: u8, task: u32, way: usize) -> u32 {
        let told = self.told.entry(workflow).or_default();
        told.tally[way] += 1;
        told.attempts.get(&task).copied().unwrap_or(0)
    }

    /// Another attempt will be made.
    pub(super) fn retried(&mut self, workflow: u8, task: u32, ending: Ending) {
        let attempt = self.told[&workflow].attempts.get(&task).copied().unwrap_or(0) + 1;
        let delay = Micros(350_000);
        self.said(workflow, dag::RetryScheduled { task, attempt, ending, delay });
    }

    /// Somebody asked that the workflow be stopped.
    pub(super) fn cancel_asked(&mut self, workflow: u8) {
        self.grouped();
        self.said(workflow, dag::CancelRequested { reason: "no longer needed".to_owned() });
    }

    /// The workflow was paused.
    pub(super) fn paused(&mut self, workflow: u8) {
        self.grouped();
        self.said(workflow, dag::WorkflowPaused { reason: "lunch".to_owned() });
    }

    /// The workflow was resumed.
    pub(super) fn resumed(&mut self, workflow: u8) {
        self.grouped();
        self.said(workflow, dag::WorkflowResumed { reason: String::new() });
    }

    /// The workflow ended as its tasks did.
    pub(super) fn closed(&mut self, workflow: u8, is_cancelled: bool) {
        let [completed, failed, skipped, cancelled] = self.told[&workflow].tally;
        let tally = Tally { completed, failed, skipped, cancelled };
        let event: Event = match (is_cancelled, failed + skipped) {
            (true, _) => dag::WorkflowCancelled { tally }.into(),
            (false, 0) => dag::WorkflowCompleted { tally }.into(),
            (false, _) => dag::WorkflowFailed { tally }.into(),
        };
        self.said(workflow, event);
    }

    /// That the content of a workflow be erased was asked for, and the log says what came of it. Returns its
    /// sequence.
    pub(super) fn erasure_asked(&mut self, workflow: u8, obstacle: Option<Obstacle>) -> u64 {
        let (subject, reason) = (subject(workflow), "asked by its owner".to_owned());
        let asked = subjects::RequestErasure { subject, last_accepted: None, reason };
        match obstacle {
            None => self.governed(subjects::ErasureRequested { asked }),
            Some(obstacle) => self.governed(subjects::ErasureRefused { asked, obstacle }),
        }
    }

    /// The key of a workflow's content was destroyed.
    pub(super) fn erased(&mut self, workflow: u8, request: u64) {
        let slot = workflow.into();
        self.governed(subjects::Erased { request, subject: id(workflow).into(), slot });
    }

    /// A hold was placed on the content of a workflow, the so many-th.
    pub(super) fn held(&mut self, workflow: u8, hold: &str, holds: u32) {
        self.governed(subjects::HoldPlaced {
            asked: subjects::PlaceHold {
                subject: id(workflow).into(),
                standing: Standing::Known,
                looked_up_through: 0,
                hold: hold.to_owned(),
                reason: "a lawsuit".to_owned(),
            },
            holds,
        });
    }

    /// A hold was released, so many are left.
    pub(super) fn let_go(&mut self, workflow: u8, hold: &str, holds: u32) {
        let (subject, hold) = (DataSubjectId::from(id(workflow)), hold.to_owned());
        self.governed(subjects::HoldReleased {
            asked: subjects::ReleaseHold { subject, hold, reason: String::new() },
            holds,
        });
    }

    /// Somebody read output of a workflow.
    pub(super) fn read(&mut self, workflow: u8) {
        let (subject, class) = (id(workflow).into(), ContentClass::Stdout);
        self.governed(subjects::PayloadRead { workflow: id(workflow), subject, task: 0, class });
    }

    /// A whole workflow of that many no-op tasks in a chain, from its acceptance to its end.
    pub(super) fn ran(&mut self, workflow: u8, tasks: u32) {
        let chain = (0..tasks).map(|task| {
            let dependencies: Vec<u32> = task.checked_sub(1).into_iter().collect();
            noop(&format!("t{task}"), &dependencies)
        });
        self.accepted_under(workflow, "chain", chain.collect(), Some([workflow; 32]));
        for task in 0..tasks {
            self.requested(workflow, task);
            self.ended(workflow, task, Ending::Succeeded, 0);
            self.completed(workflow, task);
        }
        self.closed(workflow, false);
    }

    /// A workflow of one no-op that is alive, with labels, perhaps one that goes on with another.
    pub(super) fn labelled(&mut self, workflow: u8, labels: &[(&str, &str)], retries: Option<u8>) {
        let label =
            |(name, value): &(&str, &str)| Label { name: (*name).to_owned(), value: (*value).to_owned() };
        let labels = labels.iter().map(label).collect();
        let terms = WorkflowTerms { labels, retries: retries.map(id), ..WorkflowTerms::nothing() };
        self.accepted_with(workflow, "labelled", vec![noop("t0", &[])], None, Some(terms));
    }

    /// The one task of a workflow ran, and that was all.
    pub(super) fn done(&mut self, workflow: u8) {
        self.requested(workflow, 0);
        self.ended(workflow, 0, Ending::Succeeded, 0);
        self.completed(workflow, 0);
        self.closed(workflow, false);
    }
}
