//! Kills the server with SIGKILL at random moments while workflows run, again and again: every workflow ends, each outcome
//! is recorded once, nothing acknowledged is lost, and the whole log is decided again byte for byte.

use crate::Failure;
use crate::served::{Random, Served};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::num::NonZero;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use triad_event::{Event, dag, execution, intake};
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;
use triad_replay::frame::{Content, Frame, frames};
use triad_replay::replay::Replay;

const CYCLES: u64 = 500;
/// Workflows that are alive at the beginning of each life.
const ALIVE: u64 = 100;
/// New workflows handed in during each later life.
const SUBMITTED_PER_LIFE: u64 = 12;
const LIFE_MS_MAX: u64 = 500;
/// One life in so many ends while the server is coming up.
const HASTY_EVERY: u64 = 5;
const PROGRESS_STEP: u64 = 25;

struct Soak {
    served: Served,
    random: Random,
    /// Idempotency keys handed in, and the workflow that answered, once one did.
    workflows: BTreeMap<String, Option<String>>,
}

/// Runs the proof.
pub(crate) fn run(cycles: Option<u64>) -> Result<(), Failure> {
    let cycles = cycles.unwrap_or(CYCLES);
    let mut soak =
        Soak { served: Served::new()?, random: Random(0x7472_6961_6421), workflows: BTreeMap::new() };
    for cycle in 0..cycles {
        soak.live_and_die(cycle)?;
        if (cycle + 1) % PROGRESS_STEP == 0 {
            eprintln!("soak: server: {} of {cycles} kills, {} workflows", cycle + 1, soak.workflows.len());
        }
    }
    soak.finish()?;
    let (ended, attempts) = soak.check_log()?;
    println!("figure server_kills {cycles} count");
    println!("figure server_workflows_ended {ended} count");
    println!("figure server_outcomes_recorded {attempts} count");
    println!("figure server_workflows_lost 0 count");
    Ok(())
}

impl Soak {
    fn live_and_die(&mut self, cycle: u64) -> Result<(), Failure> {
        let mut server = self.served.start()?;
        if cycle % HASTY_EVERY == HASTY_EVERY - 1 {
            sleep(Duration::from_millis(self.random.below(40)));
        } else {
            self.served.wait_healthy(&mut server)?;
            let count = if cycle == 0 { ALIVE } else { SUBMITTED_PER_LIFE };
            let first = self.workflows.len() as u64;
            for number in first..first + count {
                self.workflows.insert(format!("soak-{number}"), None);
            }
            self.submit_unanswered();
            sleep(Duration::from_millis(self.random.below(LIFE_MS_MAX)));
        }
        server.kill().and_then(|()| server.wait()).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Hands in every workflow that no life has acknowledged yet; the key makes a repetition harmless.
    fn submit_unanswered(&mut self) {
        let unanswered = self.workflows.iter().filter(|(_, id)| id.is_none());
        let keys: Vec<String> = unanswered.map(|(key, _)| key.clone()).collect();
        for key in keys {
            let marks = self.served.path("marks");
            if let Some(id) = self.served.submit(&key, &definition(&key, &marks)) {
                self.workflows.insert(key, Some(id));
            }
        }
    }

    /// A last life in which everything may end.
    fn finish(&mut self) -> Result<(), Failure> {
        let server = self.served.start_healthy()?;
        self.submit_unanswered();
        for (key, id) in &self.workflows {
            let id = id.as_ref().ok_or_else(|| format!("{key} was never acknowledged"))?;
            self.served.wait_ended(id)?;
        }
        self.served.stop(server)
    }

    /// Reads the whole log: verified, decided again, one end per workflow, one outcome per attempt.
    fn check_log(&self) -> Result<(u64, u64), Failure> {
        let copy = self.served.path("log.triadlog");
        let name = copy.to_string_lossy().into_owned();
        self.served.triad(&["log", "copy", &name])?;
        let file = std::fs::File::open(&copy).map_err(|error| error.to_string())?;
        let (mut replay, mut found, mut stopped) = (Replay::default(), Found::default(), None);
        let report = verify_and_fold(
            BufReader::new(file),
            Trust::default(),
            NonZero::<usize>::MIN,
            frames,
            |frames| {
                found.take(&frames);
                if stopped.is_none() {
                    stopped = replay.take(frames).err();
                }
            },
        );
        report.map_err(|error| error.to_string())?;
        let decided = stopped.map_or_else(|| replay.finish().map(|_| ()), Err);
        decided.map_err(|stopped| stopped.to_string())?;
        found.check(&self.workflows, &self.served.path("marks"))
    }
}

/// A chain with a process in its middle, a branch that fails at first, and a join.
fn definition(key: &str, marks: &Path) -> String {
    let mark = format!("echo $TRIAD_IDEMPOTENCY_KEY >> {}; sleep 0.0$(( $$ % 10 ))", marks.display());
    serde_json::json!({
        "name": key,
        "tasks": [
            { "id": "begin", "type": "NOOP" },
            { "id": "work", "type": "PROCESS", "command": ["sh", "-c", mark], "dependencies": ["begin"] },
            { "id": "more", "type": "PROCESS", "command": ["sh", "-c", mark], "dependencies": ["begin"],
              "retry": { "attempts": 3, "base_ms": 20 } },
            { "id": "end", "type": "NOOP", "dependencies": ["work", "more"] },
        ],
    })
    .to_string()
}

/// What the log says happened.
#[derive(Default)]
struct Found {
    accepted: BTreeSet<String>,
    ended: BTreeMap<String, u64>,
    keys: BTreeMap<u64, String>,
    outcomes: BTreeMap<u64, u64>,
    succeeded: BTreeSet<u64>,
    processes: BTreeSet<u64>,
}

impl Found {
    fn take(&mut self, frames: &[Frame]) {
        for frame in frames {
            let Content::Event { recorded, .. } = &frame.content else { continue };
            let stream = recorded.stream.to_string();
            match &recorded.event {
                Event::Intake(intake::Event::WorkflowAccepted(_)) => {
                    self.accepted.insert(stream);
                }
                Event::Dag(
                    dag::Event::WorkflowCompleted(_)
                    | dag::Event::WorkflowFailed(_)
                    | dag::Event::WorkflowCancelled(_),
                ) => *self.ended.entry(stream).or_default() += 1,
                Event::Execution(execution::Event::AttemptRequested(requested)) => {
                    self.keys.insert(recorded.sequence, requested.key.to_string());
                    if requested.kind == intake::TaskKind::Process {
                        self.processes.insert(recorded.sequence);
                    }
                }
                Event::Execution(execution::Event::AttemptEnded(ended)) => {
                    *self.outcomes.entry(ended.request).or_default() += 1;
                    if ended.ending == execution::Ending::Succeeded {
                        self.succeeded.insert(ended.request);
                    }
                }
                Event::Execution(_)
                | Event::Dag(_)
                | Event::Intake(_)
                | Event::Governance(_)
                | Event::Log(_)
                | Event::Subjects(_) => {}
            }
        }
    }

    fn check(
        &self,
        workflows: &BTreeMap<String, Option<String>>,
        marks: &Path,
    ) -> Result<(u64, u64), Failure> {
        let acknowledged: BTreeSet<String> = workflows.values().flatten().cloned().collect();
        if acknowledged.len() != workflows.len() {
            return Err("two idempotency keys were answered with one workflow".into());
        }
        if self.accepted != acknowledged {
            return Err("the accepted workflows are not those that were acknowledged".into());
        }
        if self.ended.len() != acknowledged.len() || self.ended.values().any(|count| *count != 1) {
            return Err("a workflow did not end exactly once".into());
        }
        if self.outcomes.len() != self.keys.len() || self.outcomes.values().any(|count| *count != 1) {
            return Err("an attempt does not have exactly one outcome".into());
        }
        let performed = std::fs::read_to_string(marks).map_err(|error| error.to_string())?;
        let performed: BTreeSet<&str> = performed.lines().collect();
        let unperformed = self
            .succeeded
            .intersection(&self.processes)
            .find(|request| self.keys.get(request).is_none_or(|key| !performed.contains(key.as_str())));
        match unperformed {
            Some(request) => Err(format!("attempt {request} succeeded and was never performed")),
            None => Ok((self.ended.len() as u64, self.outcomes.len() as u64)),
        }
    }
}
