//! The pure core in memory: what it decides and folds in a second when nothing is written.

use crate::engine_load::{chain, workflow};
use crate::session::{Failure, Session, progress, remark};
use benches::stopwatch::timed;
use fixtures::genesis::{NODE, created};
use fixtures::statistics::median;
use std::collections::VecDeque;
use triad_decide::{DECIDE_VERSION, Group, Input, Stamp, World, evolve, execution, governance, intake, step};
use triad_event::execution::{AttemptEnded, Captured, Ending};
use triad_event::governance::EngineStarted;
use triad_event::ids::{BootId, PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Event, Recorded, execution as words};

pub(crate) const FIGURES: &[&str] = &["decide_evolve"];

const WORKFLOWS: u64 = 50_000;
const AT_ONCE: usize = 256;
const CHAIN: u32 = 10;
const RUNS: usize = 5;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let (mut rates, mut counts) = (Vec::new(), (0, 0));
    for run in 1..=RUNS {
        progress(&format!("decide_evolve: run {run} of {RUNS}"));
        let mut drive = Drive::started()?;
        let (ran, duration) = timed(|| drive.run());
        ran?;
        rates.push(drive.inputs as f64 / duration.as_secs_f64());
        counts = (drive.inputs, drive.records);
    }
    remark(&format!(
        "decide_evolve: one thread, {AT_ONCE} workflows at once, chains of {CHAIN}, {WORKFLOWS} workflows: {} \
         inputs and {} records, each decided and folded; making the \
         definitions and outcomes is included; median of {RUNS} runs",
        counts.0, counts.1,
    ));
    session.figure("decide_evolve", median(&rates), "inputs/s", None);
    Ok(())
}

/// A world that is driven as the loop drives it, with effects that succeed at once.
struct Drive {
    world: World,
    group: Group,
    at: Micros,
    /// Attempts that were requested and not ended, with their tasks.
    open: VecDeque<(u64, u32)>,
    inputs: u64,
    records: u64,
    submitted: u64,
}

impl Drive {
    /// A log's first record, and an engine that has started.
    fn started() -> Result<Self, Failure> {
        let mut drive = Self {
            world: World::new(),
            group: Group::default(),
            at: Micros(0),
            open: VecDeque::new(),
            inputs: 0,
            records: 0,
            submitted: 0,
        };
        evolve(&mut drive.world, &first(created()))?;
        let started = EngineStarted {
            build_digest: [0; 32],
            decide_version: DECIDE_VERSION,
            node: NODE,
            boot: BootId::ZERO,
            boottime: Micros::ZERO,
        };
        drive.input(governance::Ask::StartEngine(started))?;
        Ok(drive)
    }

    fn run(&mut self) -> Result<(), Failure> {
        while self.submitted < WORKFLOWS || !self.open.is_empty() {
            while self.world.alive() < AT_ONCE && self.submitted < WORKFLOWS {
                self.submit()?;
            }
            self.end_one()?;
        }
        Ok(())
    }

    fn submit(&mut self) -> Result<(), Failure> {
        let workflow = workflow(self.submitted);
        let submission = intake::Submission {
            owner: String::new(),
            name: "measured".to_owned(),
            idempotency_key: None,
            earlier: None,
            looked_up_through: 0,
            subject: Subject::of(workflow, self.submitted, 0),
            content: [0; 32],
            staged_tasks: 0,
            tasks: chain(CHAIN),
            terms: None,
        };
        self.submitted += 1;
        self.input(Input::of(workflow, intake::Ask::from(submission)))
    }

    fn end_one(&mut self) -> Result<(), Failure> {
        let (request, task) = self.open.pop_front().ok_or("a workflow that is alive has an attempt")?;
        self.input(execution::Ask::EndAttempt(AttemptEnded {
            request,
            task,
            ending: Ending::Succeeded,
            exit_code: None,
            signal: None,
            duration: Micros(1),
            stdout: Captured::NOTHING,
            stderr: Captured::NOTHING,
            used: None,
            findings: None,
        }))
    }

    fn input(&mut self, input: impl Into<Input>) -> Result<(), Failure> {
        self.at = Micros(self.at.0 + 1);
        let stamp = Stamp { at: self.at, elapsed: self.at, principal: PrincipalId::ZERO };
        step(&mut self.world, input.into(), stamp, &mut self.group)?;
        self.inputs += 1;
        self.records += self.group.records.len() as u64;
        for record in &self.group.records {
            if let Event::Execution(words::Event::AttemptRequested(requested)) = &record.event {
                self.open.push_back((record.sequence, requested.task));
            }
        }
        Ok(())
    }
}

fn first(event: Event) -> Recorded<Event> {
    Recorded {
        sequence: 0,
        group: 0,
        at: Micros(0),
        elapsed: Micros(0),
        stream: StreamId::LOG,
        ordinal: 0,
        cause: 0,
        principal: PrincipalId::ZERO,
        event,
    }
}
