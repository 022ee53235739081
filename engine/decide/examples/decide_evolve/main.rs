//! Inputs per second of the pure core, in memory: 256 workflows at once, chains of ten no-op tasks, one outcome at a time.
//!
//! `cargo run -p triad-decide --release --example decide_evolve -- 200000`

mod stopwatch;

use std::collections::VecDeque;

use triad_decide::{DECIDE_VERSION, Group, Input, Stamp, World, evolve, execution, governance, intake, step};
use triad_event::execution::{AttemptEnded, Captured, Ending};
use triad_event::governance::EngineStarted;
use triad_event::ids::{LogId, NodeId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::log::{Created, KeyProtection};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, execution as words};

const AT_ONCE: usize = 256;
const CHAIN: u32 = 10;

struct Drive {
    world: World,
    group: Group,
    at: Micros,
    /// Attempts that were requested, oldest first.
    open: VecDeque<(u64, u32)>,
    inputs: u64,
    records: u64,
    workflows: u64,
    /// Every record, when they are kept for the fold.
    kept: Option<Vec<Recorded<Event>>>,
}

impl Drive {
    fn input(&mut self, input: impl Into<Input>) {
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
            staged_tasks: 0,
            tasks: (0..CHAIN).map(link).collect(),
        };
        self.input(Input::Intake { workflow: WorkflowId(id), input: intake::Input::Submit(submission) });
    }

    fn end_one(&mut self) {
        let Some((request, task)) = self.open.pop_front() else { return };
        self.input(execution::Input::EndAttempt(AttemptEnded {
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

    fn run(&mut self, workflows: u64) {
        while self.workflows < workflows || !self.open.is_empty() {
            while self.world.alive() < AT_ONCE && self.workflows < workflows {
                self.submit();
            }
            self.end_one();
        }
    }
}

fn link(position: u32) -> TaskDefinition {
    TaskDefinition {
        id: format!("step-{position}"),
        name: String::new(),
        kind: TaskKind::Noop,
        dependencies: position.checked_sub(1).into_iter().collect(),
        command: vec![],
        env: vec![],
        timeout: None,
        attempts_max: 1,
        retry_base: None,
    }
}

fn started() -> Drive {
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
    drive.input(governance::Input::StartEngine(EngineStarted {
        build_digest: [0; 32],
        decide_version: DECIDE_VERSION,
        node: NodeId([2; 16]),
    }));
    drive
}

fn main() {
    let workflows: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let mut drive = started();
    let took = stopwatch::time(|| drive.run(workflows));
    let rate = |count: u64, took: std::time::Duration| count as f64 / took.as_secs_f64();
    println!("decide_evolve: {:.0} inputs/s, {:.0} records/s", rate(drive.inputs, took), rate(drive.records, took));
    println!("  {} inputs, {} records in {took:?}; alive {}", drive.inputs, drive.records, drive.world.alive());

    let mut drive = started();
    let base = drive.world.clone();
    drive.kept = Some(Vec::new());
    drive.run(workflows.min(50_000));
    let kept = drive.kept.take().unwrap_or_default();
    let mut world = base;
    let took = stopwatch::time(|| kept.iter().for_each(|record| evolve(&mut world, record).expect("legal")));
    println!("fold: {:.0} records/s", rate(kept.len() as u64, took));
    println!("size of a record in memory: {} bytes", size_of::<Recorded<Event>>());
}
