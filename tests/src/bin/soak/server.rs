//! Kills the server with SIGKILL at random moments while workflows run, again and again: every workflow ends, each outcome
//! is recorded once, nothing acknowledged is lost, what was sealed opens unless it was erased, nothing is half erased, and the
//! whole log is decided again byte for byte.

use crate::program::Failure;
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
/// Workflows whose content is to be erased in each life; the server often dies meanwhile.
const ERASED_PER_LIFE: u64 = 3;
/// One life in so many ends while the server is coming up.
const HASTY_EVERY: u64 = 5;
const PROGRESS_STEP: u64 = 25;

struct Soak {
    served: Served,
    random: Random,
    /// Idempotency keys handed in, and the workflow that answered, once one did.
    workflows: BTreeMap<String, Option<String>>,
    /// Workflows whose content somebody asked to erase.
    asked_to_erase: BTreeSet<String>,
}

/// Runs the proof.
pub(crate) fn run(cycles: Option<u64>) -> Result<(), Failure> {
    let cycles = cycles.unwrap_or(CYCLES);
    let mut soak = Soak {
        served: Served::new()?,
        random: Random(0x7472_6961_6421),
        workflows: BTreeMap::new(),
        asked_to_erase: BTreeSet::new(),
    };
    for cycle in 0..cycles {
        soak.live_and_die(cycle)?;
        if (cycle + 1) % PROGRESS_STEP == 0 {
            eprintln!("soak: server: {} of {cycles} kills, {} workflows", cycle + 1, soak.workflows.len());
        }
    }
    let erased = soak.finish()?;
    let (ended, attempts) = soak.check_log()?;
    println!("figure server_kills {cycles} count");
    println!("figure server_workflows_ended {ended} count");
    println!("figure server_outcomes_recorded {attempts} count");
    println!("figure server_workflows_lost 0 count");
    println!("figure server_subjects_erased {erased} count");
    println!("figure server_content_dangling 0 count");
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
            self.ask_to_erase();
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

    /// Asks for erasures and does not wait for the answers. Of a workflow that has not ended they are refused.
    fn ask_to_erase(&mut self) {
        let known: Vec<String> = self.workflows.values().flatten().cloned().collect();
        for _ in 0..ERASED_PER_LIFE.min(known.len() as u64) {
            let id = known[self.random.below(known.len() as u64) as usize].clone();
            self.asked_to_erase.insert(id.clone());
            let ask = self.served.poster();
            std::thread::spawn(move || ask.post(&format!("/v1/subjects/{id}/erase")).is_ok());
        }
    }

    /// Everything that was sealed opens, or is erased as a whole because somebody asked for it; returns how many are.
    fn check_content(&self) -> Result<u64, Failure> {
        let mut erased = 0;
        for id in self.workflows.values().flatten() {
            let subject = self.served.get(&format!("/v1/subjects/{id}"))?;
            let subject: serde_json::Value =
                serde_json::from_str(&subject).map_err(|error| error.to_string())?;
            let is_erased = subject["state"] == "ERASED";
            if is_erased && !self.asked_to_erase.contains(id) {
                return Err(format!("the content of {id} is erased and nobody asked for it"));
            }
            erased += u64::from(is_erased);
            for path in ["inputs?task=work", "attempts?task=work", "attempts?task=more"] {
                let shown = self.served.get(&format!("/v1/workflows/{id}/{path}&content=true"))?;
                let shown = serde_json::from_str(&shown).map_err(|error| error.to_string())?;
                let mut words = Vec::new();
                content_words(&shown, &mut words);
                let fits =
                    |word: &String| (word == "erased") == is_erased && word != "missing" && word != "damaged";
                if !words.iter().all(fits) || (words.is_empty() && path.starts_with("inputs")) {
                    return Err(format!("{path} of {id}, erased: {is_erased}, is {words:?}"));
                }
            }
        }
        Ok(erased)
    }

    /// A last life in which everything may end.
    fn finish(&mut self) -> Result<u64, Failure> {
        let server = self.served.start_healthy()?;
        self.submit_unanswered();
        for (key, id) in &self.workflows {
            let id = id.as_ref().ok_or_else(|| format!("{key} was never acknowledged"))?;
            self.served.wait_ended(id)?;
        }
        let erased = self.check_content()?;
        self.served.stop(server)?;
        Ok(erased)
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

/// What a document says of each content in it.
#[expect(clippy::wildcard_enum_match_arm, reason = "other JSON holds no words")]
fn content_words(document: &serde_json::Value, words: &mut Vec<String>) {
    match document {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match value {
                    serde_json::Value::String(word) if name == "content" => words.push(word.clone()),
                    value => content_words(value, words),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| content_words(value, words)),
        _ => {}
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
            #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is counted")]
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
                _ => {}
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
