//! The load: payloads of a fixed length, and a realistic mix of events as an engine would write it.

use fixtures::sample_log::FIRST_TIME_US;
use std::collections::VecDeque;
use triad_event::dag::{QueueReason, Tally, TaskCompleted, TaskQueued, WorkflowCompleted};
use triad_event::execution::{AttemptEnded, AttemptRequested, Captured, Ending};
use triad_event::ids::{AttemptKey, WorkflowId};
use triad_event::intake::{
    Priority, Submission, TaskDefinition, TaskKind, WorkflowAccepted, WorkflowSubmitted,
};
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::subjects::Subject;
use triad_event::{Event, Sealed, Source, codec};
use triad_log::Entry;

/// Bytes of the payloads of the append figures.
pub const PAYLOAD_LENGTH: usize = 300;
/// Streams that are written to at once.
pub const STREAM_COUNT: u64 = 256;
/// Tasks of each workflow in the mix, one after another.
const TASKS_PER_WORKFLOW: u32 = 10;

/// A payload of 300 bytes: a third as random as digests and ids are, the rest text that repeats itself as texts do.
/// Cheap, because making payloads is no part of what is measured.
pub fn payload(task: u64, call: u64) -> Vec<u8> {
    const TEXT: &[u8; PAYLOAD_LENGTH - RANDOM_LENGTH] =
        b"{\"attempt\":1,\"ending\":\"succeeded\",\"exit_code\":0,\"model\":\"some model\",\
        \"prompt_tokens\":1218,\"completion_tokens\":307,\"cost_micro_usd\":4120,\"zone\":\"eu\",\
        \"finish_reason\":\"stop\",\"stdout\":\"the quick bro\"}";
    let mut payload = Vec::with_capacity(PAYLOAD_LENGTH);
    payload.extend_from_slice(random(task, call).as_flattened());
    payload.extend_from_slice(TEXT);
    payload
}

const RANDOM_LENGTH: usize = 104;

/// Bytes as random as those of ids and digests, the same for the same numbers.
fn random(task: u64, call: u64) -> [[u8; 8]; RANDOM_LENGTH / 8] {
    let mut state = (task << 32 | call).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::array::from_fn(|_| {
        // xorshift64*: far cheaper than what is measured.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes()
    })
}

/// An entry of the append figures: 300 bytes in one of 256 streams.
pub fn entry(task: u64, call: u64) -> Entry<Vec<u8>> {
    fixtures::disk_log::entry((task % STREAM_COUNT) as u8, payload(task, call))
}

/// One group of the mix: an input and what was decided from it.
#[derive(Debug, Clone)]
pub struct Group {
    /// The workflow.
    pub stream: [u8; 16],
    /// The events; the first is the input.
    pub events: Vec<(Source, Event)>,
}

/// Workflows of ten tasks in a chain, 256 of them at once, each replaced by a new one when it is done.
#[derive(Debug, Default)]
pub struct Mix {
    live: VecDeque<Workflow>,
    started: u64,
    sequence: u64,
}

#[derive(Debug)]
struct Workflow {
    number: u64,
    next_task: u32,
    request: u64,
}

impl Mix {
    /// The next group. Workflows take turns.
    pub fn next_group(&mut self) -> Group {
        let mut workflow = if (self.live.len() as u64) < STREAM_COUNT {
            self.started += 1;
            Workflow { number: self.started, next_task: 0, request: 0 }
        } else {
            self.live.pop_front().expect("invariant: 256 workflows are live")
        };
        let stream = stream(workflow.number);
        let events = workflow.step(self.sequence);
        self.sequence += events.len() as u64;
        if workflow.next_task <= TASKS_PER_WORKFLOW {
            self.live.push_back(workflow);
        }
        Group { stream, events }
    }

    /// Sequence of the first event of the next group, when the log holds nothing but the mix.
    pub fn next_sequence(&self) -> u64 {
        self.sequence
    }
}

impl Workflow {
    /// The input that the workflow waits for, and its consequences. `sequence` is that of the input.
    fn step(&mut self, sequence: u64) -> Vec<(Source, Event)> {
        let mut events = match self.next_task {
            0 => self.submission(),
            task => self.outcome(task - 1),
        };
        if self.next_task == TASKS_PER_WORKFLOW {
            let tally = Tally { completed: TASKS_PER_WORKFLOW, failed: 0, skipped: 0, cancelled: 0 };
            events.push((Source::Engine, WorkflowCompleted { tally }.into()));
        } else {
            events.push((
                Source::Engine,
                TaskQueued {
                    task: self.next_task,
                    reason: QueueReason::Capacity,
                    priority: Priority::Normal,
                    value_lead: None,
                }
                .into(),
            ));
            self.request = sequence + events.len() as u64;
            events.push((Source::Engine, self.request_of(self.next_task)));
        }
        self.next_task += 1;
        events
    }

    fn submission(&self) -> Vec<(Source, Event)> {
        let submitted = WorkflowSubmitted {
            asked: Submission {
                owner: String::new(),
                name: format!("nightly report {}", self.number),
                idempotency_key: Some(digest(self.number)),
                earlier: None,
                looked_up_through: 0,
                subject: Subject::of(WorkflowId(stream(self.number)), self.number, 0),
                staged_tasks: 0,
                tasks: (0..TASKS_PER_WORKFLOW).map(definition).collect(),
                content: digest(self.number + 2),
                terms: None,
            },
            digest: digest(self.number + 1),
        };
        let accepted = WorkflowAccepted {
            digest: digest(self.number + 1),
            tasks: TASKS_PER_WORKFLOW,
            dependencies: TASKS_PER_WORKFLOW - 1,
        };
        vec![(Source::Client, submitted.into()), (Source::Engine, accepted.into())]
    }

    fn request_of(&self, task: u32) -> Event {
        let key = stream(self.number * u64::from(TASKS_PER_WORKFLOW) + u64::from(task));
        AttemptRequested {
            task,
            attempt: 1,
            kind: TaskKind::Process,
            key: AttemptKey(key),
            timeout: Some(Millis(60_000)),
            memory_max: Some(Bytes(256 << 20)),
            reserve: None,
            fixes: None,
        }
        .into()
    }

    fn outcome(&self, task: u32) -> Vec<(Source, Event)> {
        let output = sealed(self.request, 71);
        let ended = AttemptEnded {
            request: self.request,
            task,
            ending: Ending::Succeeded,
            exit_code: Some(0),
            signal: None,
            duration: Micros(1_532_118),
            stdout: Captured { total: output.length, kept: Some(output.into()) },
            stderr: Captured::NOTHING,
            used: None,
            findings: None,
        };
        vec![(Source::Effect, ended.into()), (Source::Engine, TaskCompleted { task, attempts: 1 }.into())]
    }
}

fn definition(task: u32) -> TaskDefinition {
    let mut definition = TaskDefinition {
        name: format!("Step {task} of the report"),
        dependencies: task.checked_sub(1).into_iter().collect(),
        input: Some(sealed(u64::from(task), 62)),
        ..TaskDefinition::new(format!("step-{task}"), TaskKind::Process)
    };
    definition.options.timeout = Some(Millis(60_000));
    definition.options.attempts_max = 3;
    definition.options.retry_base = Some(Millis(500));
    definition
}

/// A reference, as random as those of the vault are.
fn sealed(number: u64, length: u64) -> Sealed {
    Sealed { address: digest(number + 3), commitment: digest(number + 4), length: Bytes(length) }
}

fn digest(number: u64) -> [u8; 32] {
    *random(number, 0).as_flattened().first_chunk().expect("invariant: more than a digest is made")
}

fn stream(number: u64) -> [u8; 16] {
    *random(number, 1).as_flattened().first_chunk().expect("invariant: more than an id is made")
}

/// The entries of a group; `sequence` is that of the first.
pub fn entries(group: &Group, sequence: u64) -> Vec<Entry<Vec<u8>>> {
    let entries = group.events.iter().map(|(source, event)| {
        let mut payload = Vec::new();
        let (kind, kind_version) = codec::encode(event, &mut payload);
        Entry {
            kind,
            kind_version,
            time_us: FIRST_TIME_US + sequence.cast_signed(),
            elapsed_us: sequence,
            clock_state: 1,
            source: source.number(),
            outcome: event.outcome().number(),
            stream: group.stream,
            principal: [9; 16],
            cause: Some(sequence),
            payload,
        }
    });
    entries.collect()
}
