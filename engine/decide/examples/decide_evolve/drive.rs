//! Drives the core as a shell would, for measurements.

use std::collections::VecDeque;

use triad_decide::{DECIDE_VERSION, Group, Input, Stamp, World, evolve, execution, governance, intake, step};
use triad_event::execution::{AttemptEnded, Captured, Ending};
use triad_event::governance::EngineStarted;
use triad_event::ids::{LogId, NodeId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::log::{Created, KeyProtection};
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Event, Recorded, execution as words};

/// Workflows alive at once.
const AT_ONCE: usize = 256;
const CHAIN: u32 = 10;

/// A world that is driven as a shell would, with effects that succeed at once.
pub(crate) struct Drive {
    pub(crate) world: World,
    group: Group,
    at: Micros,
    /// Attempts that were requested, oldest first.
    open: VecDeque<(u64, u32)>,
    pub(crate) inputs: u64,
    pub(crate) records: u64,
    workflows: u64,
    /// Every record, when they are kept for the fold.
    pub(crate) kept: Option<Vec<Recorded<Event>>>,
}

impl Drive {
    /// Gives an input to the core.
    pub(crate) fn input(&mut self, input: impl Into<Input>) {
        self.at = Micros(self.at.0 + 1);
        let stamp = Stamp { at: self.at, principal: PrincipalId::ZERO };
        step(&mut self.world, input.into(), stamp, &mut self.group).expect("accepted");
        self.inputs += 1;
        self.records += self.group.records.len() as u64;
        for record in &self.group.records {
            if let Event::Execution(words::Event::AttemptRequested(requested)) = &record.event {
                self.open.push_back((record.sequence, requested.task));
            }
        }
        if let Some(kept) = &mut self.kept {
            kept.extend(self.group.records.iter().cloned());
        }
    }

    fn submit(&mut self) {
        self.workflows += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.workflows.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        id[8..].copy_from_slice(&self.workflows.to_be_bytes());
        let submission = intake::Submission {
            name: "chain".to_owned(),
            idempotency_key: None,
            earlier: None,
            looked_up_through: 0,
            subject: Subject::of(WorkflowId(id), self.workflows, 0),
            content: [0; 32],
            staged_tasks: 0,
            tasks: (0..CHAIN).map(link).collect(),
        };
        self.input(Input::of(WorkflowId(id), intake::Ask::Submit(submission)));
    }

    fn end_one(&mut self) {
        let Some((request, task)) = self.open.pop_front() else { return };
        self.input(execution::Ask::EndAttempt(AttemptEnded {
            request,
            task,
            ending: Ending::Succeeded,
            exit_code: None,
            signal: None,
            duration: Micros(1),
            stdout: Captured::NOTHING,
            stderr: Captured::NOTHING,
        }));
    }

    /// Submits chains, so many at once, until there were that many, and ends everything that is open.
    pub(crate) fn run(&mut self, workflows: u64) {
        while self.workflows < workflows || !self.open.is_empty() {
            while self.world.alive() < AT_ONCE && self.workflows < workflows {
                self.submit();
            }
            self.end_one();
        }
    }
}

/// A no-op task after the one before it.
pub(crate) fn link(position: u32) -> TaskDefinition {
    TaskDefinition {
        id: format!("step-{position}"),
        name: String::new(),
        kind: TaskKind::Noop,
        dependencies: position.checked_sub(1).into_iter().collect(),
        input: None,
        timeout: None,
        attempts_max: 1,
        retry_base: None,
    }
}

/// A log with an engine that has started.
pub(crate) fn started() -> Drive {
    let mut drive = Drive {
        world: World::new(),
        group: Group::default(),
        at: Micros(0),
        open: VecDeque::new(),
        inputs: 0,
        records: 0,
        workflows: 0,
        kept: None,
    };
    let created = Recorded {
        sequence: 0,
        group: 0,
        at: Micros(0),
        stream: StreamId::LOG,
        ordinal: 0,
        cause: 0,
        principal: PrincipalId::ZERO,
        event: Created {
            log_id: LogId([1; 16]),
            node: NodeId([2; 16]),
            key_protection: KeyProtection::SoftwareFile,
            verifying_key: [3; 32],
            recovery_key: None,
            build_digest: [0; 32],
        }
        .into(),
    };
    evolve(&mut drive.world, &created).expect("the first record");
    drive.input(governance::Ask::StartEngine(EngineStarted {
        build_digest: [0; 32],
        decide_version: DECIDE_VERSION,
        node: NodeId([2; 16]),
    }));
    drive
}
