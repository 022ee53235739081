//! Verifying a log file over bytes alone, with and without folding its events.

use crate::log_file::LogFile;
use crate::session::{Failure, Session, progress, remark};
use benches::process::cpu_seconds;
use benches::stopwatch::timed;
use fixtures::sample_log::SEED;
use fixtures::statistics::median;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::num::NonZero;
use std::os::unix::fs::FileExt;
use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::{Event, codec};
use triad_proof::Block;
use triad_proof::key::verify_strict;
use triad_proof::parallel::{verify_and_fold, verify_file};
use triad_proof::verify::Trust;

pub(crate) const FIGURES: &[&str] = &["verified_fold", "verify", "verify_small_commits"];

const THREADS: usize = 2;
const EVENTS: u64 = 1_000_000;
/// Events per commit: one for each stream that is written to at once.
const COMMIT: usize = 256;
const SMALL_COMMIT_EVENTS: u64 = 20_000;
const RUNS: usize = 5;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let scratch = session.scratch()?;
    if session.wants("verified_fold") || session.wants("verify") {
        progress("verified_fold: writing the file");
        let file = LogFile::write(&scratch.path().join("mix.triadlog"), EVENTS, COMMIT)?;
        measure_fold(session, &file)?;
    }
    if session.wants("verify_small_commits") {
        progress("verify_small_commits: writing the file");
        let file = LogFile::write(&scratch.path().join("small.triadlog"), SMALL_COMMIT_EVENTS, 1)?;
        measure_small(session, &file)?;
    }
    Ok(())
}

fn measure_fold(session: &Session, file: &LogFile) -> Result<(), Failure> {
    let (mut folds, mut verifications, mut scans, mut costs) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 1..=RUNS {
        progress(&format!("verified_fold: run {run} of {RUNS}"));
        let cpu = cpu_seconds();
        folds.push(rate(file, || fold(file))?);
        costs.push((cpu_seconds() - cpu) * 1e6 / file.record_count as f64);
        verifications.push(rate(file, || verify(file))?);
        scans.push(rate(file, || hash_records(file))?);
    }
    let events = file.record_count as f64;
    remark(&format!(
        "verified_fold: {} events of the mix in {} commits of {:.1} events on the mean, as many signatures, {:.1} \
         bytes per event in the file, {:.2} us of processor time per event; hashed, linked, decoded and applied on \
         {THREADS} checking threads; limit: one SHA-256 over each record on {THREADS} threads, nothing else: {:.0} \
         events/s",
        file.record_count,
        file.blocks.len(),
        events / file.blocks.len() as f64,
        file.bytes as f64 / events,
        median(&costs),
        median(&scans),
    ));
    let ratio =
        |runs: &[f64]| median(&runs.iter().zip(&scans).map(|(run, scan)| run / scan).collect::<Vec<_>>());
    session.figure("verified_fold", median(&folds), "events/s", Some(ratio(&folds)));
    session.figure("verify", median(&verifications), "events/s", Some(ratio(&verifications)));
    Ok(())
}

fn measure_small(session: &Session, file: &LogFile) -> Result<(), Failure> {
    let (mut verifications, mut signatures) = (Vec::new(), Vec::new());
    for run in 1..=RUNS {
        progress(&format!("verify_small_commits: run {run} of {RUNS}"));
        verifications.push(rate(file, || verify(file))?);
        signatures.push(rate(file, || Ok(check_signatures(file)))?);
    }
    remark(&format!(
        "verify_small_commits: {} events in {} commits; limit: their signatures alone on {THREADS} threads: {:.0} \
         events/s",
        file.record_count,
        file.blocks.len(),
        median(&signatures),
    ));
    let ratios = verifications.iter().zip(&signatures).map(|(run, limit)| run / limit);
    let ratio = median(&ratios.collect::<Vec<_>>());
    session.figure("verify_small_commits", median(&verifications), "events/s", Some(ratio));
    Ok(())
}

/// Events per second; `work` says how many events it saw, and that must be all of them.
fn rate(file: &LogFile, work: impl FnOnce() -> Result<u64, Failure>) -> Result<f64, Failure> {
    let (seen, duration) = timed(work);
    if seen? != file.record_count {
        return Err("a pass over the file did not see every event".into());
    }
    Ok(file.record_count as f64 / duration.as_secs_f64())
}

fn genesis_key() -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key().to_bytes()
}

fn trust() -> Trust {
    Trust { genesis_key: Some(genesis_key()), ..Trust::default() }
}

fn threads() -> NonZero<usize> {
    NonZero::new(THREADS).unwrap_or(NonZero::<usize>::MIN)
}

fn verify(file: &LogFile) -> Result<u64, Failure> {
    Ok(verify_file(File::open(&file.path)?, trust(), threads())?.counts.verified)
}

/// What is known of the workflows that are not finished.
#[derive(Default)]
struct Workflows {
    live: BTreeMap<[u8; 16], Workflow>,
    applied: u64,
    finished: u64,
}

#[derive(Default)]
struct Workflow {
    phase: Option<WorkflowPhase>,
    tasks: Vec<Option<TaskPhase>>,
}

fn fold(file: &LogFile) -> Result<u64, Failure> {
    let mut workflows = Workflows::default();
    let source = File::open(&file.path)?;
    let mut broken = None;
    verify_and_fold(source, trust(), threads(), decode, |decoded| match decoded {
        Ok(events) => events.into_iter().for_each(|(stream, event)| workflows.apply(stream, &event)),
        Err(error) => broken = Some(error),
    })?;
    match broken {
        Some(error) => Err(error.into()),
        None if workflows.finished == 0 => Err("no workflow of the mix was finished".into()),
        None => Ok(workflows.applied),
    }
}

fn decode(block: &Block<'_>) -> Result<Vec<([u8; 16], Event)>, String> {
    let mut events = Vec::with_capacity(block.record_count());
    for record in block.records() {
        let record = record.map_err(|damage| damage.to_string())?;
        let header = record.header;
        let event = codec::decode(header.kind, header.kind_version, record.payload);
        events.push((header.stream, event.map_err(|error| error.to_string())?));
    }
    Ok(events)
}

impl Workflows {
    fn apply(&mut self, stream: [u8; 16], event: &Event) {
        let workflow = self.live.entry(stream).or_default();
        workflow.phase = WorkflowPhase::after(workflow.phase, event);
        if let Some(task) = task_of(event) {
            let task = task as usize;
            if workflow.tasks.len() <= task {
                workflow.tasks.resize(task + 1, None);
            }
            workflow.tasks[task] = TaskPhase::after(workflow.tasks[task], event);
        }
        if workflow.phase.is_some_and(WorkflowPhase::is_terminal) {
            self.live.remove(&stream);
            self.finished += 1;
        }
        self.applied += 1;
    }
}

/// The task that an event of the mix names.
fn task_of(event: &Event) -> Option<u32> {
    use triad_event::{dag, execution};
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events name no task")]
    match event {
        Event::Dag(dag::Event::TaskQueued(event)) => Some(event.task),
        Event::Dag(dag::Event::TaskCompleted(event)) => Some(event.task),
        Event::Execution(execution::Event::AttemptRequested(event)) => Some(event.task),
        Event::Execution(execution::Event::AttemptEnded(event)) => Some(event.task),
        _ => None,
    }
}

/// The limit of verification: reads the blocks and hashes each record once.
fn hash_records(file: &LogFile) -> Result<u64, Failure> {
    let source = File::open(&file.path)?;
    let lane = |first: usize| -> std::io::Result<u64> {
        let (mut buffer, mut hashed) = (Vec::new(), 0);
        for block in file.blocks.iter().skip(first).step_by(THREADS) {
            buffer.resize(block.length, 0);
            source.read_exact_at(&mut buffer, block.offset)?;
            for (start, end) in &block.records {
                std::hint::black_box(Sha256::digest(&buffer[*start..*end]));
                hashed += 1;
            }
        }
        Ok(hashed)
    };
    let hashed = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || lane(first))).collect();
        lanes
            .into_iter()
            .map(|lane| lane.join().expect("a lane does not panic"))
            .sum::<std::io::Result<u64>>()
    });
    Ok(hashed?)
}

/// The limit of verifying small commits.
fn check_signatures(file: &LogFile) -> u64 {
    let key = genesis_key();
    let lane = |first: usize| {
        let blocks = file.blocks.iter().skip(first).step_by(THREADS);
        let good = blocks.filter(|block| verify_strict(&key, block.checkpoint.as_bytes(), &block.signature));
        good.map(|block| block.records.len() as u64).sum::<u64>()
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || lane(first))).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane does not panic")).sum()
    })
}
