//! Simulates seed after seed on both cores until enough events were decided, with every oracle on, and sees that everything
//! rare has happened: `soak simulate [EVENTS]`. One seed again: `soak simulate --seed N`. The actions of a failed run
//! again: `soak simulate --script FILE`. From a known seed on: `soak simulate --from N [EVENTS]`.

use crate::program::Failure;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tests::simulation::boundaries::{Boundaries, run_every_boundary};
use tests::simulation::failure::write_down;
use tests::simulation::fault::Fault;
use tests::simulation::listed::Counts;
use tests::simulation::probe::Probe;
use tests::simulation::scenario::run_script;
use tests::simulation::{Failed, Options, Report, plant, run};
use tests::{entropy, stopwatch};
use triad_event::execution::Ending;
use triad_event::{Kind, log};

/// Events, when no number is given; also the least at which everything rare must have happened.
const EVENTS: u64 = 10_000_000;
const WORKERS: usize = 2;
const PROGRESS_STEP: u64 = 1_000_000;
/// Seeds of which every commit boundary is met in every way.
const BOUNDARY_SEEDS: u64 = 4;
/// Where failures are written down.
const DIRECTORY: &str = "target/simulation";
/// Kinds that nobody writes in a simulation: what repair and people write by hand.
const NEVER_WRITTEN: [Kind; 5] = [
    log::Repaired::KIND,
    log::NoteRecorded::KIND,
    log::KeyEpochBegan::KIND,
    log::CheckpointAttested::KIND,
    log::Adopted::KIND,
];
/// And those of these domains: no client of the simulation shows a credential, keeps a definition under a name or does one
/// thing to
/// many workflows. `api/tests` kills real servers around them.
const NEVER_SHOWN: [&str; 3] = ["access.", "definitions.", "bulk."];

/// What all seeds did.
#[derive(Default)]
struct Sum {
    seeds: u64,
    events: u64,
    commits: u64,
    lives: u64,
    simulated_us: i64,
    faults: Counts<Fault>,
    probes: Counts<Probe>,
    kinds: Vec<u64>,
    endings: [u64; Ending::ALL.len()],
}

/// Runs the proof from a fresh seed on.
pub(crate) fn run_proof(events: Option<u64>) -> Result<(), Failure> {
    let first = entropy::fresh_seed().map_err(|error| format!("no fresh seed could be drawn: {error}"))?;
    run_from(first, events.unwrap_or(EVENTS))
}

/// Serves the commands that run something again; none when the arguments name none.
pub(crate) fn again(arguments: &[String]) -> Option<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["simulate", "--seed", seed] => number(seed).and_then(|seed| one_seed(&Options::seed(seed))),
        ["simulate", "--seed", seed, "--plant", plant] => number(seed).and_then(|seed| planted(seed, plant)),
        ["simulate", "--from", first] => number(first).and_then(|first| run_from(first, EVENTS)),
        ["simulate", "--from", first, events] => {
            number(first).and_then(|first| run_from(first, number(events)?))
        }
        ["simulate", "--script", file] => script(file.as_ref()),
        _ => return None,
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("soak: simulate: {failure}");
            ExitCode::FAILURE
        }
    })
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn planted(seed: u64, plant: &str) -> Result<(), Failure> {
    let bug = plant::named(plant).ok_or("there is no such bug to plant")?;
    one_seed(&Options { plant: Some(bug), ..Options::seed(seed) })
}

fn one_seed(options: &Options) -> Result<(), Failure> {
    eprintln!("{}", options.swarm);
    let report = run(options).map_err(|failed| evidence(options, &failed))?;
    let mut sum = Sum::default();
    sum.add(&report);
    sum.print();
    let digest: String = report.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    eprintln!("soak: simulate: the log has {} records and digest {digest}", report.records);
    Ok(())
}

fn script(file: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let log = run_script(&text).map_err(|error| error.to_string())?;
    eprintln!("soak: simulate: the script ran to its end, and its log is {}", blake3::hash(&log));
    Ok(())
}

fn evidence(options: &Options, failed: &Failed) -> Failure {
    match write_down(options, failed, DIRECTORY.as_ref()) {
        Ok(evidence) => evidence.message,
        Err(error) => format!("{} (and it could not be written down: {error})", failed.violation),
    }
}

fn run_from(first: u64, events: u64) -> Result<(), Failure> {
    eprintln!("soak: simulate: seeds from {first} on, until {events} events");
    let ((sum, failure), took) = stopwatch::time(|| simulate(first, events));
    sum.print();
    println!("figure sim_seeds {} count", sum.seeds);
    println!("figure sim_events {} count", sum.events);
    let per_minute = sum.events as u128 * 60_000_000 / took.as_micros().max(1);
    println!("figure sim_events_per_min {per_minute} events/min");
    eprintln!("soak: simulate: seeds {first} to {} in {took:.1?}", first + sum.seeds.max(1) - 1);
    if let Some(failure) = failure {
        return Err(failure);
    }
    let boundaries = meet_boundaries(first)?;
    println!("figure sim_boundary_runs {} count", boundaries.runs);
    println!("figure sim_boundary_events {} count", boundaries.events);
    let missing = sum.missing();
    if sum.events >= EVENTS && !missing.is_empty() {
        return Err(format!("these never happened: {}", missing.join(" ")));
    }
    eprintln!(
        "soak: simulate: never happened: {}",
        if missing.is_empty() { "nothing".to_owned() } else { missing.join(" ") }
    );
    Ok(())
}

fn simulate(first: u64, events: u64) -> (Sum, Option<Failure>) {
    let (next, sum, failure) = (AtomicU64::new(first), Mutex::new(Sum::default()), Mutex::new(None));
    let work = || {
        loop {
            let options = Options::seed(next.fetch_add(1, Ordering::Relaxed));
            let result = run(&options);
            let mut sum = sum.lock().expect("invariant: no holder of this lock panics");
            match result {
                Ok(report) => sum.add(&report),
                Err(failed) => {
                    let mut failure = failure.lock().expect("invariant: no holder of this lock panics");
                    failure.get_or_insert_with(|| evidence(&options, &failed));
                }
            }
            let has_failed = failure.lock().expect("invariant: no holder of this lock panics").is_some();
            if has_failed || sum.events >= events {
                return;
            }
        }
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|_| drop(scope.spawn(work))));
    let unlocked = "invariant: no holder of this lock panics";
    (sum.into_inner().expect(unlocked), failure.into_inner().expect(unlocked))
}

fn meet_boundaries(first: u64) -> Result<Boundaries, Failure> {
    let mut all = Boundaries::default();
    for seed in first..first + BOUNDARY_SEEDS {
        let met = run_every_boundary(seed).map_err(|failed| evidence(&failed.0, &failed.1))?;
        all.runs += met.runs;
        all.events += met.events;
    }
    Ok(all)
}

impl Sum {
    fn add(&mut self, report: &Report) {
        let before = self.events / PROGRESS_STEP;
        self.seeds += 1;
        self.events += report.events;
        self.commits += report.commits;
        self.lives += report.lives;
        self.simulated_us += report.simulated_us;
        self.faults.add(&report.faults);
        self.probes.add(&report.probes);
        self.kinds.resize(report.kinds.len(), 0);
        self.kinds.iter_mut().zip(&report.kinds).for_each(|(count, more)| *count += more);
        self.endings.iter_mut().zip(&report.endings).for_each(|(count, more)| *count += more);
        if self.events / PROGRESS_STEP > before {
            eprintln!("soak: simulate: {} events in {} seeds", self.events, self.seeds);
        }
    }

    fn print(&self) {
        for (fault, count) in self.faults.iter() {
            println!("figure sim_fault_{} {count} count", fault.name().replace('-', "_"));
        }
        for (probe, count) in self.probes.iter() {
            println!("figure sim_probe_{} {count} count", probe.name().replace('-', "_"));
        }
        for (kind, count) in Kind::ALL.iter().zip(&self.kinds) {
            println!("figure sim_kind_{} {count} count", kind.name().replace('.', "_"));
        }
        for (ending, count) in Ending::ALL.iter().zip(&self.endings) {
            println!("figure sim_ending_{} {count} count", format!("{ending:?}").to_lowercase());
        }
        println!("figure sim_commits {} count", self.commits);
        println!("figure sim_lives {} count", self.lives);
        println!("figure sim_hours {} hours", self.simulated_us / 3_600_000_000);
    }

    /// What should have happened and did not.
    fn missing(&self) -> Vec<String> {
        let mut missing: Vec<String> = self.faults.missing().into_iter().map(str::to_owned).collect();
        missing.extend(self.probes.missing().into_iter().map(str::to_owned));
        let kinds = Kind::ALL.iter().zip(&self.kinds);
        let is_shown = |kind: &Kind| !NEVER_SHOWN.iter().any(|domain| kind.name().starts_with(domain));
        let is_due = |kind: &Kind| !NEVER_WRITTEN.contains(kind) && is_shown(kind);
        let kinds = kinds.filter(|(kind, count)| **count == 0 && is_due(kind));
        missing.extend(kinds.map(|(kind, _)| kind.name().to_owned()));
        let endings = Ending::ALL.iter().zip(&self.endings).filter(|(_, count)| **count == 0);
        missing.extend(endings.map(|(ending, _)| format!("{ending:?}")));
        missing
    }
}
