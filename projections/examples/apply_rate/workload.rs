//! The history that is applied: 256 workflows at once, each a chain of ten no-op tasks, in blocks as a log
//! would hand them over.

use triad_event::dag::{Tally, TaskCompleted, WorkflowCompleted};
use triad_event::execution::{AttemptEnded, AttemptRequested, Captured, Ending};
use triad_event::ids::{AttemptKey, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{Submission, TaskDefinition, TaskKind, WorkflowAccepted, WorkflowSubmitted};
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Event, Recorded};

/// Workflows that are alive at once.
const AT_ONCE: u64 = 256;
/// Tasks of a workflow.
const TASKS: u32 = 10;
/// Records of a workflow: its submission and acceptance, three per task, its end.
pub(crate) const RECORDS_PER_WORKFLOW: u64 = 3 + 3 * TASKS as u64;

/// Makes the history, wave after wave of workflows that run side by side.
#[derive(Default)]
pub(crate) struct Workload {
    sequence: u64,
    group: u64,
    workflows: u64,
}

/// The id of the workflow with that number: spread like a random one.
pub(crate) fn id(number: u64) -> WorkflowId {
    let mut bytes = [0; 16];
    let spread = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[..8].copy_from_slice(&spread.to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    WorkflowId(bytes)
}

/// The idempotency key of the workflow with that number.
pub(crate) fn key(number: u64) -> [u8; 32] {
    let mut digest = [7; 32];
    digest[..16].copy_from_slice(&id(number).0);
    digest
}

impl Workload {
    /// The next wave: each step of each workflow is a group of its own, as when outcomes come in one by one.
    pub(crate) fn wave(&mut self) -> Vec<Recorded<Event>> {
        let mut records = Vec::new();
        let numbers = self.workflows..self.workflows + AT_ONCE;
        let mut requests = vec![0; AT_ONCE as usize];
        for (number, request) in numbers.clone().zip(&mut requests) {
            self.submit(number, &mut records);
            *request = self.request(number, 0, &mut records);
        }
        for task in 0..TASKS {
            for (number, request) in numbers.clone().zip(&mut requests) {
                self.end(number, task, *request, &mut records);
                if task + 1 < TASKS {
                    *request = self.request(number, task + 1, &mut records);
                } else {
                    let tally = Tally { completed: TASKS, failed: 0, skipped: 0, cancelled: 0 };
                    self.record(number, WorkflowCompleted { tally }, &mut records);
                }
            }
        }
        self.workflows += AT_ONCE;
        records
    }

    fn submit(&mut self, number: u64, records: &mut Vec<Recorded<Event>>) {
        self.group = self.sequence;
        let digest = [number as u8; 32];
        let submitted = WorkflowSubmitted {
            asked: Submission {
                name: format!("workflow {number}"),
                idempotency_key: Some(key(number)),
                earlier: None,
                looked_up_through: self.sequence.saturating_sub(1),
                subject: Subject::of(id(number), number, 0),
                staged_tasks: 0,
                tasks: (0..TASKS).map(task).collect(),
                content: [0; 32],
            },
            digest,
        };
        self.record(number, submitted, records);
        self.record(number, WorkflowAccepted { digest, tasks: TASKS, dependencies: TASKS - 1 }, records);
    }

    fn request(&mut self, number: u64, task: u32, records: &mut Vec<Recorded<Event>>) -> u64 {
        let requested = AttemptRequested {
            task,
            attempt: 1,
            kind: TaskKind::Noop,
            key: AttemptKey([task as u8; 16]),
            timeout: None,
            memory_max: None,
        };
        self.record(number, requested, records)
    }

    fn end(&mut self, number: u64, task: u32, request: u64, records: &mut Vec<Recorded<Event>>) {
        self.group = self.sequence;
        let ended = AttemptEnded {
            request,
            task,
            ending: Ending::Succeeded,
            exit_code: None,
            signal: None,
            duration: Micros(12),
            stdout: Captured::NOTHING,
            stderr: Captured::NOTHING,
        };
        self.record(number, ended, records);
        self.record(number, TaskCompleted { task, attempts: 1 }, records);
    }

    fn record(&mut self, number: u64, event: impl Into<Event>, records: &mut Vec<Recorded<Event>>) -> u64 {
        let sequence = self.sequence;
        self.sequence += 1;
        records.push(Recorded {
            sequence,
            group: self.group,
            at: Micros(1_790_000_000_000_000 + sequence as i64 * 10),
            stream: StreamId::from(id(number)),
            ordinal: 0,
            cause: self.group,
            principal: PrincipalId::ZERO,
            event: event.into(),
        });
        sequence
    }
}

fn task(number: u32) -> TaskDefinition {
    TaskDefinition {
        id: format!("step-{number}"),
        name: String::new(),
        kind: TaskKind::Noop,
        dependencies: number.checked_sub(1).into_iter().collect(),
        input: None,
        timeout: None,
        attempts_max: 1,
        retry_base: None,
    }
}
